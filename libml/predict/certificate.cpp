#include "libml/predict/certificate.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {
namespace {

/// Positions of the targets that are parameters themselves.
std::vector<std::size_t> parameters_of(const Answer& answer) {
  std::vector<std::size_t> chosen;
  for (std::size_t t = 0; t < answer.targets.size(); ++t)
    if (answer.targets[t].target.part == Part::itself) chosen.push_back(t);
  return chosen;
}

/// Of the errors of two targets, in the whole evidence.
double correlation(const Evidence& evidence, std::size_t a, std::size_t b) {
  double aa = 0, bb = 0, ab = 0;
  for (std::size_t i = 0; i < evidence.size(); ++i) {
    const double of_a = evidence.error_of_nearest(i, a), of_b = evidence.error_of_nearest(i, b);
    aa += of_a * of_a;
    bb += of_b * of_b;
    ab += of_a * of_b;
  }
  // Never so near to ±1 that the matrix could not be inverted.
  return aa > 0 && bb > 0 ? 0.98 * ab / std::sqrt(aa * bb) : 0;
}

double deviation(const AnsweredTarget& target) {
  return target.reach(0) * target.target.parameter.shown_unit;
}

/// Of an angle that is told only up to a part of its turn the value that the input knows, if it does, says
/// which.
double start_of(const Answer& answer, const AnsweredTarget& target) {
  const auto& parameter = target.target.parameter;
  const double value = target.value * parameter.shown_unit,
               period = target.target.period() * parameter.shown_unit;
  const bool known = std::ranges::find(answer.sample.unknown, parameter.name) == answer.sample.unknown.end();
  if (target.target.multiple == 1 || !known) return value;
  return value + period * std::round((parameter.of(answer.sample.parameters) - value) / period);
}

/// Names of the parameters that are fitted.
std::vector<std::string> fitted_parameters(const Answer& answer) {
  std::vector<std::string> names;
  for (const auto t : parameters_of(answer))
    names.push_back(answer.targets[t].target.parameter.name);
  return names;
}

}  // namespace

std::string start_of_fit(const Answer& answer, const ConformalIntervals& intervals) {
  const auto chosen = parameters_of(answer);
  if (chosen.empty())
    throw ConfigError(
        "the model answers no parameter itself (only cosines and sines), so there is nothing to fit");
  nlohmann::json values = nlohmann::json::array(), covariance = nlohmann::json::array();
  for (const auto a : chosen) {
    const auto& target = answer.targets[a];
    values.push_back(start_of(answer, target));
    auto row = nlohmann::json::array();
    for (const auto b : chosen) {
      const double of_both = deviation(target) * deviation(answer.targets[b]);
      row.push_back(a == b ? of_both : correlation(intervals.evidence(), a, b) * of_both);
    }
    covariance.push_back(row);
  }
  return nlohmann::json{
             {"parameters", fitted_parameters(answer)}, {"values", values}, {"covariance", covariance}}
             .dump(1) +
         "\n";
}

std::vector<std::string> fit_command(const Answer& answer, const ModelDescription& model,
                                     const std::filesystem::path& program, const std::string& input,
                                     const std::filesystem::path& start, const std::filesystem::path& output,
                                     const std::string& preset, double density_of, int ranks) {
  const auto fitted = fitted_parameters(answer);
  std::vector<std::string> command{
      "mpirun",          "-q",           "-n",       std::to_string(ranks),
      "--oversubscribe", "--bind-to",    "none",     program.string(),
      "--input",         input,          "--run",    std::to_string(answer.sample.number),
      "--start",         start.string(), "--fit",    fmt::format("{}", fmt::join(fitted, ",")),
      "--preset",        preset,         "--output", output.string()};
  if (density_of > 0) command.insert(command.end(), {"--electrons", format_number(density_of)});
  for (const auto& name : answer.sample.unknown) {
    const auto parameters = all_parameters(model.data.declared);
    const auto found = std::ranges::find(parameters, name, &Parameter::name);
    if (found == parameters.end() || std::ranges::find(fitted, name) != fitted.end()) continue;
    command.insert(
        command.end(),
        {"--value", fmt::format("{}={}", name, format_number(found->of(model.train.front().parameters)))});
  }
  return command;
}

}  // namespace bondscope::ml
