#include "libml/predict/answer_text.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/process/build_info.hpp"
#include "libpmd/base/statistics/quantile.hpp"

namespace bondscope::ml {
namespace {

using Json = nlohmann::ordered_json;

/// Decimals that show two digits of the scale.
int decimals_of(const AnsweredTarget& target) {
  if (!(target.scale > 0)) return 4;
  return std::clamp(1 - static_cast<int>(std::floor(std::log10(target.scale))), 0, 9);
}

Json json_of(const AnsweredTarget& target) {
  Json intervals = Json::array();
  for (std::size_t l = 0; l < shown_levels.size(); ++l) {
    Json one{{"level", shown_levels[l]}, {"low", nullptr}, {"high", nullptr}};
    if (const auto& interval = target.intervals[l]) {
      one["low"] = interval->low;
      one["high"] = interval->high;
      if (target.parts[l].size() > 1)
        for (const auto& part : target.parts[l])
          one["parts"].push_back({part.low, part.high});
    }
    intervals.push_back(one);
  }
  Json quantiles = Json::object();
  for (const double q : {0.025, 0.05, 0.16, 0.5, 0.84, 0.95, 0.975})
    quantiles[fmt::format("{:g}", q)] = quantile(target.draws, q);
  Json json{{"value", target.value},
            {"unit", target.target.unit},
            {"scale", target.scale},
            {"intervals", intervals},
            {"quantiles", quantiles}};
  if (const double period = target.target.period(); period > 0) json["period"] = period;
  return json;
}

Json json_of(const RunParameters& run) {
  Json json = Json::object();
  for (const auto& [name, value] : values_of(run))
    json[name] = value;
  return json;
}

Json json_of(const Answer& answer) {
  Json targets = Json::object(), nearest = Json::array();
  for (const auto& target : answer.targets)
    targets[target.target.name] = json_of(target);
  for (const auto& run : answer.nearest)
    nearest.push_back({{"molecule", run.parameters.molecule},
                       {"parameters", json_of(run.parameters)},
                       {"distance", run.distance}});
  Json json{{"row", answer.sample.run},
            {"number", answer.sample.number},
            {"electrons", answer.sample.electrons},
            {"unknown", answer.sample.unknown},
            {"targets", targets},
            {"p_value", answer.alarm.p_value},
            {"strangest", Strangeness::names[answer.alarm.strangest]},
            {"excess", answer.alarm.excess},
            {"trusted", answer.trusted()},
            {"distrust", answer.distrust},
            {"hints", answer.hints},
            {"notes", answer.notes},
            {"nearest", nearest}};
  for (std::size_t l = 0; l < shown_levels.size(); ++l) {
    if (answer.joint[l].empty()) continue;
    Json ellipses = Json::array();
    for (const auto& e : answer.joint[l])
      ellipses.push_back({{"centre", {e.x, e.y}}, {"matrix", {{e.xx, e.xy}, {e.xy, e.yy}}}});
    json["joint"].push_back({{"level", shown_levels[l]}, {"ellipses", ellipses}});
  }
  for (const auto& [name, value] : answer.effects)
    json["effects"][name] = value ? Json(*value) : Json();
  for (const auto& peak : answer.peaks)
    json["peaks"].push_back({{"values", peak.values}, {"deficit", peak.deficit}});
  return json;
}

}  // namespace

std::string shown(double value, const AnsweredTarget& target) {
  return fmt::format("{:.{}f}", value, decimals_of(target));
}

std::string name_of(const Sample& sample) {
  auto text = fmt::format("row {}", sample.run);
  if (sample.electrons > 0) text += fmt::format(", {:.3g} electrons", sample.electrons);
  return text;
}

std::string describe_interval(const AnsweredTarget& target, std::size_t level) {
  if (target.parts[level].empty()) return "too few runs to say";
  std::string text;
  for (const auto& part : target.parts[level])
    text += fmt::format("{}{} to {}", text.empty() ? "" : " or ", shown(part.low, target),
                        shown(part.high, target));
  return text;
}

std::string describe(const AnsweredTarget& target) {
  auto text = fmt::format("{} = {}{}{}", target.target.name, shown(target.value, target),
                          target.target.unit.empty() ? "" : " ", target.target.unit);
  std::string intervals;
  for (std::size_t l = 0; l < shown_levels.size(); ++l) {
    intervals += fmt::format("{}{:.0f} %: ", l == 0 ? "" : "; ", 100 * shown_levels[l]);
    intervals += describe_interval(target, l);
  }
  return fmt::format("{} ({})", text, intervals);
}

std::string describe(const Answer& answer) {
  auto text = name_of(answer.sample) + "\n";
  for (const auto& target : answer.targets)
    text += "  " + describe(target) + "\n";
  if (answer.trusted())
    text += fmt::format("  like what the model learned from (p = {:.2g})\n", answer.alarm.p_value);
  else
    text += "  ANSWER NOT TO BE TRUSTED\n";
  for (const auto& reason : answer.distrust)
    text += "    because " + reason + "\n";
  for (const auto& hint : answer.hints)
    text += "    perhaps " + hint + "\n";
  for (const auto& note : answer.notes)
    text += "  note: " + note + "\n";
  return text;
}

std::string describe_in_a_line(const Answer& answer) {
  auto text = name_of(answer.sample) + ":";
  for (const auto& target : answer.targets) {
    text += fmt::format(" {} {}", target.target.name, shown(target.value, target));
    if (const auto& interval = target.intervals[1])
      text += fmt::format(" [{}, {}]", shown(interval->low, target), shown(interval->high, target));
    text += fmt::format(" {},", target.target.unit);
  }
  return text +
         fmt::format(" p {:.2g}{}", answer.alarm.p_value, answer.trusted() ? "" : ", NOT TO BE TRUSTED");
}

std::string to_json(const std::vector<Answer>& answers, const Answerer& answerer, const std::string& input) {
  Json assumed = Json::object(), all = Json::array();
  for (const auto& [key, value] : assumptions(answerer.model().description))
    assumed[key] = value;
  for (const auto& answer : answers)
    all.push_back(json_of(answer));
  const auto& model = answerer.model();
  return Json{{"format", "pmd-answers"},
              {"format_version", 1},
              {"created", utc_now()},
              {"code_version", code_version()},
              {"model", model.folder.string()},
              {"recipe", model.description.recipe.name},
              {"input", input},
              {"assumptions", assumed},
              {"alarm_level", alarm_level},
              {"answers", all}}
             .dump(1) +
         "\n";
}

}  // namespace bondscope::ml
