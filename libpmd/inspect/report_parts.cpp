#include "libpmd/inspect/report_parts.hpp"

#include <array>
#include <vector>

#include <nlohmann/json.hpp>

#include "libpmd/store/history.hpp"

namespace bondscope {
namespace {

using nlohmann::json;

/// The files that this one was made from; theirs are only counted.
std::string history_lines(const std::string& history) {
  constexpr std::size_t most = 8;
  const auto all = ancestors(history);
  std::string text;
  std::size_t direct = 0;
  for (const auto& one : all) {
    if (one.depth > 0 || ++direct > most) continue;
    text += line(direct == 1 ? "made from" : "", "{}{}{}: {} runs done, created {}, code {}", one.file,
                 one.part.empty() ? "" : ", part ", one.part, one.runs_done, one.created, one.code_version);
  }
  if (direct > most) text += line("", "and {} more", direct - most);
  if (all.size() > direct) text += line("", "(those were made from {} others)", all.size() - direct);
  return text;
}

/// How the distributions were derived, and what they are for.
std::string derivation_lines(const Derivation& derived) {
  std::string method = json::parse(derived.method).dump(-1, ' ', true);
  std::erase(method, '"');
  auto text = line("derived", "{}", method);
  std::array<std::size_t, 3> uses{};
  for (const auto use : derived.use)
    ++uses[static_cast<std::size_t>(use)];
  if (uses[0] < derived.use.size())
    text += line("for learning", "{} for training only, {} for tests only, {} for either", uses[1], uses[2],
                 uses[0]);
  return text;
}

}  // namespace

std::string list_of(const std::map<std::string, std::size_t>& counts) {
  std::vector<std::string> all;
  for (const auto& [name, count] : counts)
    all.push_back(fmt::format("{} ({})", name, count));
  return fmt::format("{}", fmt::join(all, ", "));
}

std::string interval(const Spread& spread, double unit, const std::string& unit_name) {
  auto text = fmt::format("{:.4g}", spread.min / unit);
  if (spread.min != spread.max) text += fmt::format(" to {:.4g}", spread.max / unit);
  return unit_name.empty() ? text : text + " " + unit_name;
}

std::string data_set_lines(const StoreDescription& d) {
  auto text = line("data set", "{} (seed {})", d.dataset, d.seed) + line("preset", "{}", d.preset);
  if (!d.part.empty()) text += line("part", "{} of the data set", d.part);
  return text;
}

std::string parameter_lines(const std::vector<ParameterSpread>& parameters) {
  std::string text;
  for (const auto& [parameter, spread] : parameters) {
    const bool multiple = parameter.shown_unit_name.starts_with("1e");
    text += line("  " + parameter.title, "{}",
                 spread.count == 0 ? "unknown"
                                   : interval(spread, parameter.shown_unit,
                                              (multiple ? "× " : "") + parameter.shown_unit_name));
  }
  return text;
}

std::string origin_lines(const StoreDescription& d) {
  auto text = line("created", "{}", d.created) + line("code", "{}", d.code_version) +
              line("libraries", "{}", d.libraries) + line("machine", "{}", d.machine);
  if (d.derivation) text += derivation_lines(*d.derivation);
  return text + history_lines(d.history);
}

json to_json(const Spread& spread) {
  if (spread.count == 0) return nullptr;
  return {{"count", spread.count}, {"min", spread.min}, {"median", spread.median}, {"max", spread.max}};
}

json to_json(const std::vector<ParameterSpread>& parameters) {
  json document;
  for (const auto& [parameter, spread] : parameters)
    document[parameter.name] = to_json(spread);
  return document;
}

json axis_json(std::size_t points, double min, double max) {
  return {{"points", points}, {"min", min}, {"max", max}};
}

json description_json(const StoreDescription& d, bool configuration) {
  json document{{"dataset", d.dataset},
                {"preset", d.preset},
                {"seed", d.seed},
                {"part", d.part},
                {"created", d.created},
                {"code_version", d.code_version},
                {"libraries", d.libraries},
                {"machine", d.machine},
                {"history", d.history.empty() ? json::array() : json::parse(d.history)}};
  if (d.derivation) document["derivation"] = json::parse(d.derivation->method);
  if (configuration) document["configuration"] = d.configuration;
  return document;
}

std::string run_name(const StoreDescription& d, std::size_t run) {
  const auto number =
      d.numbers[run] == run ? "" : fmt::format(" (number {} of the data set)", d.numbers[run]);
  return fmt::format("run {}{} ({})", run, number, describe(d.runs[run], d.unknown_of(run)));
}

json run_json(const StoreDescription& d, std::size_t run) {
  json document{{"run", run}, {"number", d.numbers[run]}, {"molecule", d.runs[run].molecule}};
  for (const auto& [name, value] : values_of(d.runs[run]))
    document[name] = d.knows(run, name) ? json(value) : json(nullptr);
  return document;
}

std::string dump(const json& document) {
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace bondscope
