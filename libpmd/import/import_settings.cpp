#include "libpmd/import/import_settings.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/nearest.hpp"
#include "libpmd/model/parameter.hpp"
#include "libpmd/model/pulse_parameters.hpp"
#include "libpmd/model/units.hpp"

namespace bondscope {
namespace {

constexpr std::size_t longest_name = 64;
constexpr double most_axis_points = 8192;

/// Names of all keys, of those that are no options to begin with.
class Keys {
 public:
  template <class... Value>
  void field(const SettingText& text, Value&&...) {
    keys.emplace_back(text.key);
  }

  std::vector<std::string> keys{"dead", "known", "pulse"};
};

/// From YAML.
class Reader {
 public:
  explicit Reader(const Config& config) : config_(config) {}

  void field(const SettingText& text, std::string& value) { value = config_.text(text.key, value); }
  void field(const SettingText& text, bool& value) { value = config_.flag(text.key, value); }
  void field(const SettingText& text, double& value, Range range) {
    value = config_.number(text.key, range, value);
  }
  template <Named Enum>
  void field(const SettingText& text, Enum& value) {
    value = value_of<Enum>(config_.choice(text.key, all_names<Enum>(), to_string(value)));
  }
  void field(const SettingText& text, std::vector<double>& values, std::size_t least, std::size_t most,
             Range range) {
    if (config_.has(text.key)) values = config_.numbers(text.key, least, most, range);
  }

 private:
  const Config& config_;
};

/// To YAML; leaves out what says nothing.
class Writer {
 public:
  explicit Writer(YAML::Emitter& out) : out_(out) {}

  void field(const SettingText& text, const std::string& value) {
    if (!value.empty()) out_ << YAML::Key << text.key << YAML::Value << YAML::DoubleQuoted << value;
  }
  void field(const SettingText& text, bool value) {
    if (value) out_ << YAML::Key << text.key << YAML::Value << value;
  }
  void field(const SettingText& text, double value, Range) {
    if (value != 0) out_ << YAML::Key << text.key << YAML::Value << format_number(value);
  }
  template <Named Enum>
  void field(const SettingText& text, Enum value) {
    out_ << YAML::Key << text.key << YAML::Value << to_string(value);
  }
  void field(const SettingText& text, const std::vector<double>& values, std::size_t, std::size_t, Range) {
    if (values.empty()) return;
    out_ << YAML::Key << text.key << YAML::Value << YAML::Flow << YAML::BeginSeq;
    for (const double value : values)
      out_ << format_number(value);
    out_ << YAML::EndSeq;
  }

 private:
  YAML::Emitter& out_;
};

/// The parameters under `known`, by their names or, of angles, as NAME_deg.
std::vector<DeclaredValue> read_known(const Config& known) {
  std::vector<DeclaredValue> values;
  for (const auto& parameter : common_parameters()) {
    if (known.has(parameter.name))
      values.push_back({parameter.name, known.number(parameter.name, parameter.range)});
    if (parameter.degrees_key.empty() || !known.has(parameter.degrees_key)) continue;
    if (known.has(parameter.name))
      known.fail(parameter.degrees_key, "is given in radians, too; expected one of both");
    values.push_back({parameter.name, known.number(parameter.degrees_key, Range::any()) * units::degrees});
  }
  std::ranges::sort(values);
  return values;
}

void check_names(const Config& config, const ImportSettings& s) {
  for (const auto& [key, value] : {std::pair{"name", s.name}, std::pair{"molecule", s.molecule}})
    if (value.empty() || value.size() > longest_name)
      config.fail(key, fmt::format("expected a name of 1 to {} bytes", longest_name));
}

/// What cannot be together, or not without something else.
void check_together(const Config& config, const ImportSettings& s) {
  const bool events = s.kind == MeasuredKind::events;
  if ((s.ring_au > 0) != (s.ring_radius > 0))
    config.fail(s.ring_au > 0 ? "ring_radius" : "ring_au", "is missing: a ring has a momentum and a radius");
  if (s.ring_au > 0 && s.scale_au > 0)
    config.fail("scale_au", "is given, and a ring, too; expected one of both");
  if (!events && s.scale_au == 0 && s.ring_au == 0)
    config.fail("scale_au",
                "is missing: expected the momentum of one pixel, or a ring (ring_au, ring_radius)");
  if (!events && s.centre.empty() && s.symmetry == CentreSymmetry::none)
    config.fail("centre", "is missing: expected its position in pixels, or symmetry: inversion to find it");
  if (s.symmetry == CentreSymmetry::mirror && s.centre.empty())
    config.fail("centre", "is missing: a mirror says nothing of the position along the polarisation axis");
  if (s.symmetry == CentreSymmetry::inversion && !s.centre.empty())
    config.fail("centre", "is given, and 'symmetry: inversion' finds it; expected one of both");
  if (s.slice_au > 0 && (!events || s.columns.size() < 3))
    config.fail("slice_au", "needs events with a third column, e.g. columns: [1, 2, 3]");
  if (!events && s.centre.size() > 2) config.fail("centre", "of an image has two numbers");
  if (events &&
      (s.per_electron != 1 || s.background_level != 0 || s.ceiling > 0 || s.subtracted || !s.mask.empty()))
    config.fail(
        "kind",
        "events have no per_electron, background_level, ceiling, subtracted or mask: these are of images");
  if (s.subtracted && (!s.background.empty() || s.background_level != 0))
    config.fail("subtracted", "says that no background is left; expected no background");
  if (!s.edge.empty() && !(s.edge[2] > 0)) config.fail("edge", "expected a radius > 0");
}

}  // namespace

ImportSettings read_import_settings(const Config& config) {
  ImportSettings s;
  Keys known;
  visit_import_settings(known, s);
  config.expect_keys(known.keys);
  Reader reader(config);
  visit_import_settings(reader, s);
  if (config.has("dead"))
    for (const auto& disc : config.sections("dead"))
      s.dead.push_back({disc.number("x", Range::any()), disc.number("y", Range::any()),
                        disc.number("radius", Range::positive())});
  s.known = read_known(config.section("known"));
  s.pulse_known = config.has("pulse");
  read(config.section("pulse"), s.pulse);
  config.expect_all_known();
  check_names(config, s);
  check_together(config, s);
  return s;
}

std::string to_yaml(const ImportSettings& s) {
  YAML::Emitter out;
  out << YAML::BeginMap;
  Writer writer(out);
  visit_import_settings(writer, s);
  if (!s.dead.empty()) {
    out << YAML::Key << "dead" << YAML::Value << YAML::BeginSeq;
    for (const auto& disc : s.dead)
      out << YAML::Flow << YAML::BeginMap << YAML::Key << "x" << YAML::Value << format_number(disc.x)
          << YAML::Key << "y" << YAML::Value << format_number(disc.y) << YAML::Key << "radius" << YAML::Value
          << format_number(disc.radius) << YAML::EndMap;
    out << YAML::EndSeq;
  }
  if (!s.known.empty()) {
    out << YAML::Key << "known" << YAML::Value << YAML::Flow << YAML::BeginMap;
    for (const auto& [name, value] : s.known)
      out << YAML::Key << name << YAML::Value << format_number(value);
    out << YAML::EndMap;
  }
  if (s.pulse_known) {
    out << YAML::Key << "pulse" << YAML::Value << YAML::Flow << YAML::BeginMap;
    emit(out, s.pulse);
    out << YAML::EndMap;
  }
  out << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

MomentumAxes momentum_axes(const ImportSettings& s) {
  Observation observation;
  if (!(s.kx_max > 0 && s.kx_spacing > 0 && s.ky_max > 0 && s.ky_spacing > 0))
    read(Config::from_file(find_config("presets", s.preset)), observation);
  auto axes = observation.momentum;
  for (const auto& [own, member] :
       {std::pair{s.kx_max, &MomentumAxes::kx_max}, std::pair{s.kx_spacing, &MomentumAxes::kx_spacing},
        std::pair{s.ky_max, &MomentumAxes::ky_max}, std::pair{s.ky_spacing, &MomentumAxes::ky_spacing}})
    if (own > 0) axes.*member = own;
  for (const auto& [name, max, spacing] :
       {std::tuple{"kx", axes.kx_max, axes.kx_spacing}, std::tuple{"ky", axes.ky_max, axes.ky_spacing}})
    if (max < spacing || 2 * max / spacing > most_axis_points)
      throw ConfigError(fmt::format("{0}_max {1}, {0}_spacing {2}: expected an axis of 3 to {3} points", name,
                                    format_number(max), format_number(spacing), most_axis_points));
  return axes;
}

}  // namespace bondscope
