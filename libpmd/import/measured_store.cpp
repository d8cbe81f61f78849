#include "libpmd/import/measured_store.hpp"

#include <algorithm>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <png.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libpmd/model/electrons.hpp"
#include "libpmd/model/momentum_plane.hpp"
#include "libpmd/model/pulse_parameters.hpp"
#include "libpmd/store/lock.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope {
namespace {

constexpr int compression = 1;

std::string indented(const std::string& yaml) {
  std::string text;
  std::istringstream lines(yaml);
  for (std::string line; std::getline(lines, line);)
    text += "  " + line + "\n";
  return text;
}

std::string quoted(const std::string& text) {
  YAML::Emitter out;
  out << YAML::DoubleQuoted << text;
  return out.c_str();
}

/// What was found in a file, as an entry of a YAML list.
std::string entry_of(const Measurement& m) {
  std::string text =
      fmt::format("- file: {}\n  bytes: {}\n  xxh3_128: {}\n", quoted(m.file.string()), m.bytes, m.hash);
  text += fmt::format("  centre: [{}, {}]\n  scale_au: {}\n", format_number(m.geometry.centre.x),
                      format_number(m.geometry.centre.y), format_number(m.geometry.scale));
  if (m.symmetry) text += fmt::format("  symmetry_correlation: {:.4f}\n", *m.symmetry);
  if (m.ring) text += fmt::format("  ring_radius: {}\n", format_number(*m.ring));
  return text + fmt::format(
                    "  electrons: {}\n  unmeasured_cells: {:.4f}\n  negative_cells: {:.4f}\n  outside_axes: "
                    "{:.4f}\n",
                    format_number(m.electrons), m.unmeasured, m.negative, m.outside);
}

std::string configuration_of(const ImportSettings& s, const MomentumAxes& axes,
                             const std::vector<Measurement>& all) {
  auto text = fmt::format(
      "preset:\n  name: measured\n  momentum: {{kx_max: {}, kx_spacing: {}, ky_max: {}, ky_spacing: {}}}\n",
      format_number(axes.kx_max), format_number(axes.kx_spacing), format_number(axes.ky_max),
      format_number(axes.ky_spacing));
  text += fmt::format("dataset:\n  name: {}\n", quoted(s.name));
  if (s.pulse_known) text += fmt::format("  pulse: {}\n", to_text(s.pulse));
  text += "import:\n" + indented(to_yaml(s)) + "  files:\n";
  for (const auto& m : all)
    text += indented(indented(entry_of(m)));
  return text;
}

Parameter electrons() {
  return {.name = electrons_parameter,
          .title = electrons_parameter,
          .symbol = "N",
          .unit = "electrons",
          .meaning = "electrons that were measured, without background",
          .label = "electrons that were measured, without background N",
          .range = Range::between(0, 1e18),
          .shown_unit_name = "electrons"};
}

/// The run that a row is, as far as it is known, and the names of what is not.
RunParameters run_of(const ImportSettings& s, const Measurement& m, std::vector<std::string>& unknown) {
  RunParameters run{.molecule = s.molecule};
  for (const auto& parameter : common_parameters()) {
    const auto known = std::ranges::find(s.known, parameter.name, &DeclaredValue::name);
    parameter.set(run, known == s.known.end() ? 0 : known->value);
    if (known == s.known.end()) unknown.push_back(parameter.name);
  }
  std::ranges::sort(unknown);
  electrons().set(run, m.electrons);
  return run;
}

StoreDescription describe(const ImportSettings& s, const MomentumAxes& axes,
                          const std::vector<Measurement>& all, const std::string& given) {
  StoreDescription d;
  d.dataset = s.name;
  d.preset = "measured";
  d.configuration = configuration_of(s, axes, all);
  d.configuration_given = given;
  d.code_version = code_version();
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  d.libraries =
      fmt::format("HDF5 {}.{}.{}; libpng {}; {}", major, minor, release, PNG_LIBPNG_VER_STRING, compiler());
  d.machine = machine();
  d.created = utc_now();
  d.kx = axes.kx();
  d.ky = axes.ky();
  d.declared = {electrons()};
  bool counts = false, uncertainty = false;
  for (const auto& m : all) {
    std::vector<std::string> unknown;
    d.runs.push_back(run_of(s, m, unknown));
    d.unknown.push_back(std::move(unknown));
    d.measured.push_back(1);
    counts = counts || !m.arrays.counts.empty();
    uncertainty = uncertainty || !m.arrays.uncertainty.empty();
  }
  if (counts) d.arrays.push_back("counts");
  if (uncertainty) d.arrays.push_back("uncertainty");
  d.arrays.push_back("mask");
  return d;
}

void check_files(const std::vector<std::filesystem::path>& files) {
  if (files.empty()) throw ConfigError("no file is given; expected one for each distribution");
  std::set<std::filesystem::path> seen;
  for (const auto& file : files)
    if (!seen.insert(file.lexically_normal()).second)
      throw ConfigError(fmt::format("{}: is given twice", file.string()));
}

}  // namespace

std::vector<Measurement> write_measured(const std::filesystem::path& output,
                                        const std::vector<std::filesystem::path>& files,
                                        const ImportSettings& settings, const std::string& given,
                                        const RowMonitor& monitor) {
  check_files(files);
  const StoreLock lock(output);
  if (std::filesystem::exists(std::filesystem::symlink_status(output)))
    throw FileError(output.string() + ": exists already; expected the name of a new store");
  check_folder_writable(output);
  const auto axes = momentum_axes(settings);
  std::vector<Measurement> all;
  for (const auto& file : files) {
    if (monitor && !monitor(all.size(), files.size())) throw Interrupted("interrupted; no store was made");
    all.push_back(measure(file, settings, axes));
  }
  const auto description = describe(settings, axes, all, given);
  const auto plane = plane_of(description.kx, description.ky);
  const auto fill = [&](Store& store) {
    for (std::size_t row = 0; row < all.size(); ++row) {
      Diagnostics diagnostics;
      measure(all[row].pmd, plane, diagnostics);
      store.write(row, all[row].pmd, diagnostics, 1, all[row].arrays);
    }
  };
  Store::create_filled(output, description, fill, StoreKind::sealed, compression);
  return all;
}

}  // namespace bondscope
