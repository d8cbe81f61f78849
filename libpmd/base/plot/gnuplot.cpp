#include "libpmd/base/plot/gnuplot.hpp"

#include <array>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

extern char** environ;

namespace bondscope {
namespace {

namespace fs = std::filesystem;

/// A file name as a gnuplot string literal; unlike quote() nothing but the delimiter is special.
std::string literal(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text)
    quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + "'";
}

class SpawnActions {
 public:
  SpawnActions() { check(posix_spawn_file_actions_init(&actions_)); }
  ~SpawnActions() { posix_spawn_file_actions_destroy(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;

  void open(int descriptor, const char* file, int flags) {
    check(posix_spawn_file_actions_addopen(&actions_, descriptor, file, flags, 0600));
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  static void check(int status) {
    if (status != 0)
      throw FileError(std::string("cannot prepare to start gnuplot: ") + std::strerror(status));
  }
  posix_spawn_file_actions_t actions_;
};

/// A process group of its own: Ctrl-C and batch systems send signals to whole groups, and a program that ends
/// well after one still wants its pictures.
class SpawnAttributes {
 public:
  SpawnAttributes() {
    if (posix_spawnattr_init(&attributes_) != 0) throw FileError("cannot prepare to start gnuplot");
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes_, 0);
  }
  ~SpawnAttributes() { posix_spawnattr_destroy(&attributes_); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;

  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

/// Runs gnuplot without a shell and without the user's start-up files; returns its wait status.
int run_gnuplot(const std::string& script, const std::string& messages) {
  SpawnActions actions;
  const SpawnAttributes attributes;
  actions.open(STDIN_FILENO, "/dev/null", O_RDONLY);
  actions.open(STDOUT_FILENO, "/dev/null", O_WRONLY);
  actions.open(STDERR_FILENO, messages.c_str(), O_WRONLY | O_CREAT | O_TRUNC);
  std::string program = "gnuplot", option = "--default-settings", file = script;
  const std::array<char*, 4> arguments{program.data(), option.data(), file.data(), nullptr};
  pid_t child = 0;
  if (const int status =
          posix_spawnp(&child, program.c_str(), actions.get(), attributes.get(), arguments.data(), environ))
    throw FileError(std::string("pictures are drawn by gnuplot, which cannot be started: ") +
                    std::strerror(status) + " (Debian: apt-get install gnuplot-nox fonts-dejavu-core)");
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) throw FileError(std::string("waiting for gnuplot failed: ") + std::strerror(errno));
  return status;
}

std::string first_lines(const fs::path& file, std::size_t max_characters) {
  std::ifstream in(file);
  std::string all;
  for (std::string line; std::getline(in, line) && all.size() < max_characters;)
    if (line.find_first_not_of(" \t^") != std::string::npos) all += (all.empty() ? "" : "; ") + line;
  return all.substr(0, max_characters);
}

/// Copies under a temporary name first, so that `to` never holds half a picture.
void publish(const fs::path& from, const fs::path& to) {
  const fs::path partial = to.string() + ".partial-" + std::to_string(getpid());
  std::error_code status;
  fs::copy_file(from, partial, fs::copy_options::overwrite_existing, status);
  if (!status) fs::rename(partial, to, status);
  if (status) {
    std::error_code ignored;
    fs::remove(partial, ignored);
    throw FileError(to.string() + ": cannot be written: " + status.message());
  }
}

}  // namespace

Gnuplot::Gnuplot(std::filesystem::path png, int width, int height) : png_(std::move(png)) {
  if (width < 16 || height < 16 || width > 16384 || height > 16384)
    throw ConfigError(png_.string() + ": a picture of " + std::to_string(width) + " x " +
                      std::to_string(height) + " pixels is not possible; each side must be 16 to 16384");
  std::error_code status;
  const auto parent = fs::temp_directory_path(status);
  std::string folder = ((status ? fs::path("/tmp") : parent) / "pmd-plot-XXXXXX").string();
  if (!mkdtemp(folder.data()))
    throw FileError(folder + ": cannot make a temporary folder: " + std::strerror(errno) + " (set TMPDIR)");
  folder_ = folder;
  command("set encoding utf8");
  command("set terminal pngcairo enhanced background rgb 'white' font 'DejaVu Sans,11' size " +
          std::to_string(width) + "," + std::to_string(height));
  command("set output " + literal((folder_ / "picture.png").string()));
}

Gnuplot::~Gnuplot() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void Gnuplot::command(const std::string& line) {
  script_ += line + "\n";
}

std::string Gnuplot::table(const std::vector<std::vector<double>>& columns) {
  for (const auto& column : columns)
    if (column.size() != columns.front().size())
      throw DataError(png_.string() + ": the columns of a table to plot differ in length");
  const auto file = folder_ / ("table" + std::to_string(++files_));
  std::ofstream out(file);
  for (std::size_t row = 0; !columns.empty() && row < columns.front().size(); ++row) {
    for (const auto& column : columns)
      out << (std::isfinite(column[row]) ? format_number(column[row]) : "NaN") << ' ';
    out << '\n';
  }
  if (!out.flush()) throw FileError(file.string() + ": cannot be written");
  return literal(file.string());
}

std::string Gnuplot::matrix(std::span<const float> values, std::span<const double> x,
                            std::span<const double> y) {
  if (values.empty() || values.size() != x.size() * y.size())
    throw DataError(png_.string() + ": " + std::to_string(values.size()) + " values to plot on " +
                    std::to_string(x.size()) + " x " + std::to_string(y.size()) + " points");
  // Layout: the number of columns and their x, then for every y: y and its row of values, all float32.
  std::vector<float> cells;
  cells.reserve((x.size() + 1) * (y.size() + 1));
  cells.push_back(static_cast<float>(x.size()));
  for (const double position : x)
    cells.push_back(static_cast<float>(position));
  for (std::size_t j = 0; j < y.size(); ++j) {
    cells.push_back(static_cast<float>(y[j]));
    for (std::size_t i = 0; i < x.size(); ++i)
      cells.push_back(values[i * y.size() + j]);
  }
  const auto file = folder_ / ("matrix" + std::to_string(++files_));
  std::ofstream out(file, std::ios::binary);
  out.write(reinterpret_cast<const char*>(cells.data()),
            static_cast<std::streamsize>(cells.size() * sizeof(float)));
  if (!out.flush()) throw FileError(file.string() + ": cannot be written");
  return literal(file.string());
}

std::string Gnuplot::cells(std::span<const std::uint8_t> rgb, std::size_t columns, double x_min, double x_max,
                           double y_min, double y_max) {
  const std::size_t rows = columns ? rgb.size() / 3 / columns : 0;
  if (rows == 0 || rgb.size() != 3 * rows * columns)
    throw DataError(png_.string() + ": " + std::to_string(rgb.size()) +
                    " bytes to plot as coloured cells in rows of " + std::to_string(columns));
  const auto file = folder_ / ("cells" + std::to_string(++files_));
  std::ofstream out(file, std::ios::binary);
  out.write(reinterpret_cast<const char*>(rgb.data()), static_cast<std::streamsize>(rgb.size()));
  if (!out.flush()) throw FileError(file.string() + ": cannot be written");
  const double dx = (x_max - x_min) / static_cast<double>(columns);
  const double dy = (y_max - y_min) / static_cast<double>(rows);
  return literal(file.string()) + " binary array=(" + std::to_string(columns) + "," + std::to_string(rows) +
         ") format='%uchar%uchar%uchar' dx=" + format_number(dx) + " dy=" + format_number(dy) + " origin=(" +
         format_number(x_min + dx / 2) + "," + format_number(y_min + dy / 2) + ") using 1:2:3 with rgbimage";
}

void Gnuplot::write() {
  const auto script = folder_ / "script.gp", messages = folder_ / "messages",
             picture = folder_ / "picture.png";
  const auto parent = png_.has_parent_path() ? png_.parent_path() : fs::path(".");
  std::error_code status;
  if (!fs::is_directory(parent, status)) throw FileError(parent.string() + ": no such directory");
  if (fs::is_directory(png_, status))
    throw FileError(png_.string() + ": is a directory, not a name for a picture");
  std::ofstream out(script);
  out << script_ << "unset output\n";
  if (!out.flush()) throw FileError(script.string() + ": cannot be written");
  out.close();

  const int wait_status = run_gnuplot(script.string(), messages.string());
  const bool exited_well = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
  const auto size = fs::file_size(picture, status);
  if (!exited_well || status || size == 0) {
    const auto said = first_lines(messages, 600);
    throw FileError(png_.string() + ": gnuplot drew no picture" + (said.empty() ? "" : ": " + said));
  }
  publish(picture, png_);
}

std::string Gnuplot::quote(const std::string& text) {
  // Single quotes: gnuplot expands neither backslashes nor back-ticked shell commands in them. A doubled
  // quote at the very beginning would end the literal, so apostrophes become typographic ones.
  std::string safe;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) {
      safe += ' ';
    } else if (c == '\'') {
      safe += "’";
    } else {
      if (std::strchr("_^{}@&~\\", c)) safe += '\\';
      safe += c;
    }
  }
  return literal(safe);
}

}  // namespace bondscope
