#include "libpmd/model/declarations.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include <fmt/format.h>

#include "libpmd/model/diagnostics.hpp"

namespace bondscope {
namespace {

constexpr std::size_t longest_name = 40, longest_text = 200;

/// Names that have a meaning in data sets, files or tables already.
bool taken(const std::string& name) {
  const auto is_of = [&](const Parameter& one) {
    return name == one.name || name == one.title || name == one.degrees_key;
  };
  const auto is_field = [&](const DiagnosticsField& field) { return name == field.name; };
  constexpr const char* others[] = {"name",         "seed",     "pulse",       "softening", "molecule",
                                    "runs",         "focal",    "parameters",  "points",    "peaks_per_R",
                                    "lowest_w_cm2", "rule",     "intensities", "run",       "number",
                                    "ladder_ratio", "checksum", "kx_min",      "kx_max",    "ky_min",
                                    "ky_max",       "accuracy", "sets",        "molecules"};
  return std::ranges::any_of(common_parameters(), is_of) ||
         std::ranges::any_of(diagnostics_fields, is_field) ||
         std::ranges::find(others, name) != std::end(others);
}

bool is_name(const std::string& text) {
  const auto letter = [](unsigned char c) { return std::isalpha(c) != 0; };
  const auto fits = [&](unsigned char c) { return letter(c) || std::isdigit(c) != 0 || c == '_'; };
  return !text.empty() && text.size() <= longest_name && letter(static_cast<unsigned char>(text.front())) &&
         std::ranges::all_of(text, fits);
}

std::string short_text(const Config& config, const std::string& key,
                       std::optional<std::string> fallback = {}) {
  auto text = config.text(key, std::move(fallback));
  const auto control = [](unsigned char c) { return c < ' '; };
  if (text.empty() || text.size() > longest_text || std::ranges::any_of(text, control))
    config.fail(key, fmt::format("expected a text of 1 to {} bytes without line breaks", longest_text));
  return text;
}

Parameter read_declaration(const Config& config, const std::string& name) {
  Parameter parameter{.name = name,
                      .title = name,
                      .symbol = short_text(config, "symbol", name),
                      .unit = short_text(config, "unit"),
                      .meaning = short_text(config, "meaning"),
                      .label = {}};
  parameter.label = parameter.meaning;
  if (parameter.symbol != name) parameter.label += " " + parameter.symbol;
  parameter.shown_unit_name = parameter.unit;
  if (parameter.unit == "rad") parameter.degrees_key = name + "_deg";
  if (config.has("range")) {
    const auto ends = config.numbers("range", 2, 2, Range::any());
    if (!(ends[0] < ends[1])) config.fail("range", "expected [smaller, larger]");
    parameter.range = Range::between(ends[0], ends[1]);
  }
  if (config.has("default")) parameter.fallback = config.number("default", parameter.range);
  if (config.has("period")) parameter.period = config.number("period", Range::positive());
  config.expect_all_known();
  return parameter;
}

}  // namespace

std::vector<Parameter> read_declarations(const Config& dataset) {
  const Config section = dataset.section("parameters");
  std::vector<Parameter> declared;
  for (const auto& name : section.keys()) {
    if (!is_name(name))
      section.fail(name, fmt::format("expected a name of letters, digits and '_', at most {}", longest_name));
    if (taken(name)) section.fail(name, "this name has a meaning already; expected another one");
    declared.push_back(read_declaration(section.section(name), name));
  }
  for (auto& one : declared)  // a name of its own comes first
    if (section.has(one.degrees_key)) one.degrees_key.clear();
  if (declared.size() > most_declared)
    dataset.fail("parameters",
                 fmt::format("declares {}; expected at most {}", declared.size(), most_declared));
  return declared;
}

void emit(YAML::Emitter& out, const std::vector<Parameter>& declared) {
  out << YAML::BeginMap;
  for (const auto& one : declared) {
    out << YAML::Key << one.name << YAML::Value << YAML::BeginMap;
    out << YAML::Key << "symbol" << YAML::Value << one.symbol;
    out << YAML::Key << "unit" << YAML::Value << one.unit;
    out << YAML::Key << "meaning" << YAML::Value << one.meaning;
    if (std::isfinite(one.range.min))
      out << YAML::Key << "range" << YAML::Value << YAML::Flow << YAML::BeginSeq
          << format_number(one.range.min) << format_number(one.range.max) << YAML::EndSeq;
    if (one.fallback) out << YAML::Key << "default" << YAML::Value << format_number(*one.fallback);
    if (one.period > 0) out << YAML::Key << "period" << YAML::Value << format_number(one.period);
    out << YAML::EndMap;
  }
  out << YAML::EndMap;
}

std::string declarations_text(const std::vector<Parameter>& declared) {
  YAML::Emitter out;
  out << YAML::BeginMap << YAML::Key << "parameters" << YAML::Value;
  emit(out, declared);
  out << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

std::vector<Parameter> read_declarations(const std::string& text, const std::string& source) {
  if (text.empty()) return {};
  const auto document = Config::from_text(text, source);
  auto declared = read_declarations(document);
  document.expect_all_known();
  return declared;
}

}  // namespace bondscope
