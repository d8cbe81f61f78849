#include "libml/experiments/quantity.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "libml/data/targets.hpp"
#include "libml/experiments/experiment.hpp"

namespace bondscope::ml {
namespace {

std::vector<std::string> of_training(const Experiment& experiment, std::vector<std::string> own) {
  auto all = own;
  for (const auto& data : experiment.tests)
    for (const auto& quantity : own)
      all.push_back(on_data(quantity, data));
  return all;
}

std::vector<std::string> of_baseline(const Experiment& experiment, const std::vector<std::string>& own) {
  auto all = of_training(experiment, own);
  if (experiment.method == "sift")
    for (const auto& [quantity, q] : quantiles_of_key_points())
      all.push_back(quantity);
  return all;
}

std::vector<std::string> of_curve(const Experiment& experiment, const std::vector<std::string>& own) {
  auto all = own;
  for (const auto runs : experiment.samples)
    for (const auto& quantity : own)
      if (runs != experiment.samples.back()) all.push_back(on_fewer_runs(quantity, runs));
  if (experiment.target_mae > 0) all.insert(all.end(), {"a", "b", "c", "runs for target"});
  return all;
}

std::vector<std::string> of_transfer(const Experiment& experiment) {
  std::vector<std::string> all;
  for (const auto& target : measured_targets()) {
    all.push_back(target);
    all.push_back(target + " untransferred");
    if (!experiment.scratch) continue;
    all.push_back(from_scratch(target));
    all.push_back(from_scratch(target) + ", all runs");
  }
  return all;
}

}  // namespace

std::vector<std::string> quantities(const Experiment& experiment) {
  auto measured = measured_targets();
  switch (experiment.kind) {
    case ExperimentKind::train:
      measured.emplace_back("accuracy");
      return of_training(experiment, measured);
    case ExperimentKind::mean:
      return measured;
    case ExperimentKind::baseline:
      return of_baseline(experiment, measured);
    case ExperimentKind::transfer:
      return of_transfer(experiment);
    case ExperimentKind::learning_curve:
      return of_curve(experiment, measured);
    case ExperimentKind::dictionary:
      return {"accuracy", "accuracy of random areas", "accuracy of random rectangles",
              "accuracy of whole images", "accuracy of permuted classes"};
  }
  return {};
}

std::string on_data(const std::string& quantity, const std::string& data) {
  return quantity + "@" + data;
}

std::string from_scratch(const std::string& quantity) {
  return quantity + " from scratch";
}

std::vector<std::pair<std::string, double>> quantiles_of_key_points() {
  return {{"key points, 5 %", 0.05}, {"key points, median", 0.5}, {"key points, 95 %", 0.95}};
}

std::string on_fewer_runs(const std::string& quantity, std::size_t runs) {
  return fmt::format("{}, {} runs", quantity, runs);
}

std::string unit_of(const std::string& quantity) {
  if (quantity == "a" || quantity == "c") return target("R").unit;
  const auto measured = quantity.substr(0, quantity.find_first_of("@, "));
  return std::ranges::count(measured_targets(), measured) > 0 ? target(measured).unit : "";
}

}  // namespace bondscope::ml
