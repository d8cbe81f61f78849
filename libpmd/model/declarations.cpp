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

const Parameter* find(std::span<const Parameter> known, const std::string& name) {
  const auto at = std::ranges::find(known, name, &Parameter::name);
  return at == known.end() ? nullptr : &*at;
}

Parameter read_declaration(const Config& config, const std::string& name, const Parameter* known) {
  config.expect_keys({"symbol", "unit", "meaning", "range", "default", "period"});
  const auto of = [&](const std::string& text) { return known ? std::optional(text) : std::nullopt; };
  Parameter parameter;
  if (known) parameter = *known;
  parameter.name = parameter.title = name;
  parameter.symbol = short_text(config, "symbol", known ? known->symbol : name);
  parameter.unit = short_text(config, "unit", of(parameter.unit));
  parameter.meaning = short_text(config, "meaning", of(parameter.meaning));
  if (known && parameter.unit != known->unit)
    config.fail("unit",
                fmt::format("'{}' is not the unit of {}; expected {}", parameter.unit, name, known->unit));
  parameter.label = parameter.meaning;
  if (parameter.symbol != name) parameter.label += " " + parameter.symbol;
  parameter.shown_unit_name = parameter.unit;
  if (parameter.unit == "rad") parameter.degrees_key = name + "_deg";
  if (config.has("range")) {
    const auto ends = config.numbers("range", 2, 2, parameter.range);
    if (!(ends[0] < ends[1])) config.fail("range", "expected [smaller, larger]");
    parameter.range = Range::between(ends[0], ends[1]);
  }
  if (config.has("default")) parameter.fallback = config.number("default", parameter.range);
  if (config.has("period")) parameter.period = config.number("period", Range::positive());
  config.expect_all_known();
  return parameter;
}

/// Keys that are not asked for by this.
bool has(const Config& mapping, const std::string& key) {
  const auto keys = mapping.keys();
  return !key.empty() && std::ranges::find(keys, key) != keys.end();
}

/// Whether a mapping with draws, or a list of runs under one of its keys, gives values of a parameter.
bool gives(const Config& mapping, std::initializer_list<const char*> lists, const Parameter& parameter) {
  const auto given_in = [&](const Config& where) {
    return has(where, parameter.name) || has(where, parameter.degrees_key);
  };
  if (given_in(mapping)) return true;
  for (const char* list : lists)
    if (has(mapping, list) && mapping.is_list(list) && std::ranges::any_of(mapping.sections(list), given_in))
      return true;
  return false;
}

}  // namespace

std::vector<Parameter> read_declarations(const Config& dataset, std::span<const Parameter> known) {
  const Config section = dataset.section("parameters");
  std::vector<Parameter> declared;
  const auto names = section.keys();
  // Before they are read: each is looked for among all.
  if (names.size() > most_declared)
    dataset.fail("parameters", fmt::format("declares {}; expected at most {}", names.size(), most_declared));
  for (const auto& name : names) {
    if (!is_name(name))
      section.fail(name, fmt::format("expected a name of letters, digits and '_', at most {}", longest_name));
    if (taken(name)) section.fail(name, "this name has a meaning already; expected another one");
    declared.push_back(read_declaration(section.section(name), name, find(known, name)));
  }
  const bool draws = !has(dataset, "runs") || !dataset.is_list("runs");
  for (const auto& one : known) {
    // A mistyped key is told these names.
    for (const auto& key : {one.name, one.degrees_key})
      if (draws && !key.empty()) static_cast<void>(dataset.has(key));
    const bool given = gives(dataset, {"runs", "also"}, one) ||
                       (has(dataset, "focal") && gives(dataset.section("focal"), {"points"}, one));
    if (given && !find(declared, one.name)) declared.push_back(one);
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
