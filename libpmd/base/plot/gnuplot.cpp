#include "libpmd/base/plot/gnuplot.hpp"

#include <array>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/base/files/text_file.hpp"

extern char** environ;

namespace bondscope {
namespace {

namespace fs = std::filesystem;

/// A file name as a gnuplot string literal: nothing but the delimiter is special.
std::string literal(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text)
    quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + "'";
}

/// How gnuplot is started: with its streams where they belong, and in a process group of its own. Ctrl-C and
/// batch systems send signals to whole groups, and a program that ends well after one still wants its
/// pictures.
class Spawn {
 public:
  Spawn() {
    check(posix_spawn_file_actions_init(&streams_));
    check(posix_spawnattr_init(&attributes_));
    check(posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP));
    check(posix_spawnattr_setpgroup(&attributes_, 0));
  }
  ~Spawn() {
    posix_spawn_file_actions_destroy(&streams_);
    posix_spawnattr_destroy(&attributes_);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;

  void open(int descriptor, const char* file, int flags) {
    check(posix_spawn_file_actions_addopen(&streams_, descriptor, file, flags, 0600));
  }
  /// As posix_spawnp().
  int start(pid_t& child, char* const* arguments) const {
    return posix_spawnp(&child, arguments[0], &streams_, &attributes_, arguments, environ);
  }

 private:
  static void check(int status) {
    if (status != 0)
      throw FileError(fmt::format("cannot prepare to start gnuplot: {}", std::strerror(status)));
  }
  posix_spawn_file_actions_t streams_;
  posix_spawnattr_t attributes_;
};

/// Runs gnuplot without a shell and without the user's start-up files; returns its wait status.
int run_gnuplot(const std::string& script, const std::string& messages) {
  Spawn spawn;
  spawn.open(STDIN_FILENO, "/dev/null", O_RDONLY);
  spawn.open(STDOUT_FILENO, "/dev/null", O_WRONLY);
  spawn.open(STDERR_FILENO, messages.c_str(), O_WRONLY | O_CREAT | O_TRUNC);
  std::string program = "gnuplot", option = "--default-settings", file = script;
  const std::array<char*, 4> arguments{program.data(), option.data(), file.data(), nullptr};
  pid_t child = 0;
  if (const int status = spawn.start(child, arguments.data()))
    throw FileError(
        fmt::format("pictures are drawn by gnuplot, which cannot be started: {} (Debian: apt-get "
                    "install gnuplot-nox fonts-dejavu-core)",
                    std::strerror(status)));
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) throw FileError(fmt::format("waiting for gnuplot failed: {}", std::strerror(errno)));
  return status;
}

std::string first_lines(const fs::path& file, std::size_t max_characters) {
  std::ifstream in(file);
  std::string all;
  for (std::string line; std::getline(in, line) && all.size() < max_characters;)
    if (line.find_first_not_of(" \t^") != std::string::npos) all += (all.empty() ? "" : "; ") + line;
  return all.substr(0, max_characters);
}

template <class Value>
std::string_view bytes_of(std::span<const Value> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

}  // namespace

Gnuplot::Gnuplot(std::filesystem::path png, int width, int height) : png_(std::move(png)) {
  if (width < 16 || height < 16 || width > 16384 || height > 16384)
    throw ConfigError(
        fmt::format("{}: a picture of {} x {} pixels is not possible; each side must be 16 to 16384",
                    png_.string(), width, height));
  std::error_code status;
  const auto parent = fs::temp_directory_path(status);
  std::string folder = ((status ? fs::path("/tmp") : parent) / "pmd-plot-XXXXXX").string();
  if (!mkdtemp(folder.data()))
    throw FileError(
        fmt::format("{}: cannot make a temporary folder: {} (set TMPDIR)", folder, std::strerror(errno)));
  folder_ = folder;
  command("set encoding utf8");
  command(
      fmt::format("set terminal pngcairo enhanced background rgb 'white' font 'DejaVu Sans,11' size {},{}",
                  width, height));
  command("set output " + literal((folder_ / "picture.png").string()));
}

Gnuplot::~Gnuplot() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void Gnuplot::command(const std::string& line) {
  script_ += line + "\n";
}

std::string Gnuplot::keep(std::string_view bytes) {
  const auto file = folder_ / fmt::format("data{}", ++files_);
  std::ofstream out(file, std::ios::binary);
  if (!out.write(bytes.data(), static_cast<std::streamsize>(bytes.size())).flush())
    throw FileError(file.string() + ": cannot be written");
  return literal(file.string());
}

std::string Gnuplot::table(const std::vector<std::vector<double>>& columns) {
  for (const auto& column : columns)
    if (column.size() != columns.front().size())
      throw DataError(png_.string() + ": the columns of a table to plot differ in length");
  std::string text;
  for (std::size_t row = 0; !columns.empty() && row < columns.front().size(); ++row) {
    for (const auto& column : columns)
      text += (std::isfinite(column[row]) ? fmt::format("{}", column[row]) : "NaN") + " ";
    text += '\n';
  }
  return keep(text);
}

std::string Gnuplot::matrix(std::span<const float> values, std::span<const double> x,
                            std::span<const double> y) {
  if (values.empty() || values.size() != x.size() * y.size())
    throw DataError(fmt::format("{}: {} values to plot on {} x {} points", png_.string(), values.size(),
                                x.size(), y.size()));
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
  return keep(bytes_of(std::span<const float>(cells))) + " binary matrix with image";
}

std::string Gnuplot::cells(std::span<const std::uint8_t> rgb, std::size_t columns, const PlotRange& x,
                           const PlotRange& y) {
  const std::size_t rows = columns ? rgb.size() / 3 / columns : 0;
  if (rows == 0 || rgb.size() != 3 * rows * columns)
    throw DataError(fmt::format("{}: {} bytes to plot as coloured cells in rows of {}", png_.string(),
                                rgb.size(), columns));
  const double dx = x.length() / static_cast<double>(columns), dy = y.length() / static_cast<double>(rows);
  return fmt::format(
      "{} binary array=({},{}) format='%uchar%uchar%uchar' dx={} dy={} origin=({},{}) using 1:2:3 with "
      "rgbimage",
      keep(bytes_of(rgb)), columns, rows, dx, dy, x.min + dx / 2, y.min + dy / 2);
}

void Gnuplot::write() {
  const auto script = folder_ / "script.gp", messages = folder_ / "messages",
             picture = folder_ / "picture.png";
  const auto parent = folder_of(png_);
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
    throw FileError(
        fmt::format("{}: gnuplot drew no picture{}{}", png_.string(), said.empty() ? "" : ": ", said));
  }
  write_file(png_, read_text_file(picture, size));
}

}  // namespace bondscope
