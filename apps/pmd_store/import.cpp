#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>
#include <limits>
#include <list>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/pmd_store/commands.hpp"
#include "apps/shared/open_in_child.hpp"
#include "apps/shared/progress.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/import/measured_store.hpp"
#include "libpmd/import/measurement_picture.hpp"

using namespace bondscope;

namespace {

constexpr const char* help = R"(Usage: pmd_store import OUTPUT FILE... [options]

Makes the new store OUTPUT of measured momentum distributions, one for each FILE: an image (NPY, PNG, TIFF, HDF5, or lines of
numbers; what a file is, its first bytes say), or with --kind events a list of electrons. It needs to be told where momentum 0
is, which way the light was polarised, and the momentum of a pixel. Beside OUTPUT a picture shows what was understood: look at
it. What is not known of the molecule and the laser is marked as unknown; nothing else can read as a value.

Of an image, positions are pixels from the middle of the upper left one: x to the right, y downwards. Of events they are in the
units of the columns, y upwards. The distribution is normalised to 1 on the store's axes. Where a background was more than what was
measured, values are negative and stay so; an image of the distribution shows them as black.

--settings reads a YAML file with the same names (_ for -), and besides
  dead: [{x: 310, y: 255, radius: 12}]          discs in which nothing was measured
  known: {intensity_w_cm2: 2e14, angle_deg: 0}  parameters that are known, by their names in data sets
  pulse: {wavelength_nm: 800, cycles: 2}        the laser's, as in a data set
What options say counts more than the file, and --set KEY=VALUE changes any of these.

An experiment is three-dimensional and the computed distributions are not: docs/import.md says what a slice, a projection and an
Abel inversion mean for a comparison.

Examples:
  pmd_store import seen.h5 vmi.tif --centre 511.5,498 --axis-deg 90 --scale-au 0.0042
  pmd_store import seen.h5 run1.npy run2.npy --symmetry inversion --ring-au 0.91 --ring-radius 210 --beyond unmeasured
  pmd_store import slice.h5 electrons.txt --kind events --columns 1,2,3 --slice-au 0.05
  pmd_store import all.h5 day1/*.png --settings detector.yaml --set known.angle_deg=0
)";

/// Declares an option for each setting, and tells which were given: "key=value" in YAML.
class Options {
 public:
  explicit Options(CommandLine& command_line) : command_line_(command_line) {}

  void field(const SettingText& text, const std::string& value) {
    auto& one = add(text);
    one.text = value;
    command_line_.text(one.name, text.placeholder, one.text, text.meaning);
    one.yaml = [&one] {
      return nlohmann::json(one.text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    };
  }
  void field(const SettingText& text, bool) {
    auto& one = add(text);
    command_line_.flag(one.name, one.flag, text.meaning);
    one.yaml = [] { return std::string("true"); };
  }
  void field(const SettingText& text, double, Range range) {
    auto& one = add(text);
    command_line_.number(one.name, text.placeholder, one.number, range, text.meaning);
    one.yaml = [&one] { return format_number(*one.number); };
  }
  template <Named Enum>
  void field(const SettingText& text, Enum value) {
    auto& one = add(text);
    one.text = to_string(value);
    command_line_.choice(one.name, text.placeholder, one.text, all_names<Enum>(), text.meaning);
    one.yaml = [&one] { return one.text; };
  }
  void field(const SettingText& text, const std::vector<double>&, std::size_t least, std::size_t most,
             Range range) {
    auto& one = add(text);
    command_line_.add(
        one.name, text.placeholder, text.meaning, [&one, least, most, range](const std::string& given) {
          const auto parts = split(given);
          one.text.clear();
          for (const auto& part : parts) {
            const auto value = read_number(part);
            if (!value || !range.contains(*value) || parts.size() < least || parts.size() > most)
              throw WrongCommandLine(fmt::format(
                  "--{}: '{}' is not a list of {}{} numbers with commas between, each {}", one.name, given,
                  least == most ? "" : fmt::format("{} or ", least), most, range.describe()));
            one.text += (one.text.empty() ? "" : ", ") + format_number(*value);
          }
        });
    one.yaml = [&one] { return "[" + one.text + "]"; };
  }

  /// Of the options that were given, in the order of the settings.
  std::vector<std::string> assignments() const {
    std::vector<std::string> all;
    for (const auto& one : all_)
      if (command_line_.given(one.name)) all.push_back(one.key + "=" + one.yaml());
    return all;
  }

 private:
  struct One {
    std::string key, name, text{};
    bool flag = false;
    std::optional<double> number{};
    std::function<std::string()> yaml{};
  };

  One& add(const SettingText& text) {
    std::string name = text.key;
    std::ranges::replace(name, '_', '-');
    return all_.emplace_back(One{text.key, name});
  }

  CommandLine& command_line_;
  std::list<One> all_;  ///< whose members options refer to
};

/// Nothing of the file is read here before a child process has survived it.
void try_to_read(const std::string& file_or_part, const std::string& dataset) {
  std::error_code status;
  const auto file = std::filesystem::exists(file_or_part, status)
                        ? file_or_part
                        : file_or_part.substr(0, file_or_part.rfind(':'));
  open_in_child(file, [&] { read_part(file_or_part, dataset); });
}

std::filesystem::path picture_of(const std::filesystem::path& output, std::size_t row, std::size_t rows) {
  auto picture = output;
  picture.replace_extension();
  if (rows > 1) picture += fmt::format("_{:0{}}", row, std::to_string(rows - 1).size());
  picture += ".png";
  return picture;
}

std::string report(const Measurement& m) {
  return fmt::format(
      "{}: centre ({:.6g}, {:.6g}){}, {:.5g} a.u. per unit, {:.5g} electrons; {:.1f} % of the cells not "
      "measured, "
      "{:.1f} % negative, {:.2f} % of the signal beyond the axes\n",
      m.file.string(), m.geometry.centre.x, m.geometry.centre.y,
      m.symmetry ? fmt::format(" found with correlation {:.2f}", *m.symmetry) : "", m.geometry.scale,
      m.electrons, 100 * m.unmeasured, 100 * m.negative, 100 * m.outside);
}

}  // namespace

int import_measured(const Arguments& arguments) {
  std::vector<std::string> files, overrides;
  std::optional<std::string> settings_file;
  bool no_pictures = false;
  CommandLine command_line(help);
  command_line.arguments(files, 2, std::numeric_limits<std::size_t>::max(),
                         "expected a new file and the measured ones");
  Options options(command_line);
  const ImportSettings defaults;
  visit_import_settings(options, defaults);
  command_line.text("settings", "YAML", settings_file, "file with these settings");
  command_line.assignments("set", "KEY=VALUE", overrides, "changes a setting of the file");
  command_line.flag("no-pictures", no_pictures, "only the store");
  if (!command_line.read(arguments)) return exit_code::success;

  std::string given = settings_file ? read_text_file(*settings_file) : "";
  auto config =
      settings_file ? Config::from_text(given, *settings_file) : Config::from_text("{}", "settings");
  auto changes = options.assignments();
  changes.insert(changes.end(), overrides.begin(), overrides.end());
  for (const auto& change : changes) {
    config.set(change);
    given += "# --set " + change + "\n";
  }
  const auto settings = read_import_settings(config);
  const auto axes = momentum_axes(settings);

  const std::filesystem::path output = files.front();
  const std::vector<std::filesystem::path> measured(files.begin() + 1, files.end());
  for (std::size_t row = 0; row < measured.size() && !no_pictures; ++row)
    if (const auto picture = picture_of(output, row, measured.size()); std::filesystem::exists(picture))
      throw FileError(
          fmt::format("{} exists, and a picture would be drawn there; expected another name of the store, or "
                      "--no-pictures",
                      picture.string()));
  for (const auto& file : measured)
    open_in_child(file, [&] { read_table(file, settings.dataset); });
  for (const auto& file : {settings.background, settings.mask})
    if (!file.empty()) try_to_read(file, settings.dataset);

  StoppableProgress progress("import", "files");
  const auto rows = write_measured(output, measured, settings, given, std::ref(progress));
  progress.end();
  for (std::size_t row = 0; row < rows.size(); ++row) {
    std::cout << report(rows[row]);
    if (!no_pictures) draw_measurement(rows[row], settings, axes, picture_of(output, row, rows.size()));
  }
  std::cout << fmt::format("{}: {}, {}\n", output.string(), counted(rows.size(), "distribution"),
                           format_bytes(std::filesystem::file_size(output)));
  if (!no_pictures) std::cout << fmt::format("look at {}\n", picture_of(output, 0, rows.size()).string());
  return exit_code::success;
}
