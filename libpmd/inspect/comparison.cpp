#include "libpmd/inspect/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/inspect/report_parts.hpp"

namespace bondscope {
namespace {

void expect_same_axis(const char* name, const std::vector<double>& a, const std::vector<double>& b) {
  const bool same = a.size() == b.size() && std::ranges::equal(a, b, [](double x, double y) {
                      return std::abs(x - y) <= 1e-9 * std::max(1.0, std::abs(x));
                    });
  if (!same)
    throw DataError(
        fmt::format("the momentum axes {} differ, {} points from {} to {} and {} from {} to {}: only "
                    "distributions on the "
                    "same axes can be compared",
                    name, a.size(), a.front(), a.back(), b.size(), b.front(), b.back()));
}

}  // namespace

Comparison compare(const Store& reference, const Store& other, double floor,
                   const std::function<void(std::size_t, std::size_t)>& progress) {
  const auto &d = reference.description(), &e = other.description();
  expect_same_axis("kx", d.kx, e.kx);
  expect_same_axis("ky", d.ky, e.ky);
  std::map<RunParameters, std::size_t> place;
  for (const auto run : other.runs_in(RunState::done))
    place.emplace(e.runs[run], run);
  Comparison result;
  result.floor = floor;
  for (const auto run : reference.runs_in(RunState::done)) {
    const auto found = place.find(d.runs[run]);
    if (found == place.end())
      ++result.unmatched;
    else
      result.runs.push_back({.reference = run, .other = found->second, .difference = {}});
  }
  if (result.runs.empty())
    throw DataError(fmt::format("{} and {} have no run with the same parameters done",
                                reference.path().string(), other.path().string()));
  std::size_t done = 0;
  for (auto& run : result.runs) {
    const auto a = reference.pmd(run.reference), b = other.pmd(run.other);
    run.difference = grey_difference(a, b, d.ky.size(), floor);
    run.yield_ratio = other.diagnostics(run.other).yield / reference.diagnostics(run.reference).yield;
    run.identical = a == b;
    if (progress) progress(++done, result.runs.size());
  }
  return result;
}

namespace {

/// Over all runs: the mean of means, the largest of all.
GreyDifference overall(const Comparison& comparison) {
  GreyDifference all;
  for (const auto& run : comparison.runs) {
    all.mean += run.difference.mean / static_cast<double>(comparison.runs.size());
    all.largest = std::max(all.largest, run.difference.largest);
  }
  return all;
}

long identical(const Comparison& comparison) {
  return std::ranges::count_if(comparison.runs, &ComparedRun::identical);
}

}  // namespace

std::string comparison_text(const Store& reference, const Comparison& comparison) {
  std::string text = "    mean     rms  largest  yield ratio\n";
  for (const auto& run : comparison.runs)
    text += fmt::format("{:8.3f}{:8.3f}{:9.2f}{:13.6f}  {}{}\n", run.difference.mean, run.difference.rms,
                        run.difference.largest, run.yield_ratio,
                        run_name(reference.description(), run.reference), run.identical ? ", identical" : "");
  const auto all = overall(comparison);
  return text + fmt::format(
                    "\n{} runs compared, {} identical, {} without a counterpart; grey levels: {:.3g} on "
                    "average, {:.3g} at most\n",
                    comparison.runs.size(), identical(comparison), comparison.unmatched, all.mean,
                    all.largest);
}

std::string comparison_json(const Store& reference, const Comparison& comparison) {
  auto runs = nlohmann::json::array();
  for (const auto& run : comparison.runs) {
    runs.push_back(run_json(reference.description(), run.reference));
    runs.back().update({{"mean", run.difference.mean},
                        {"rms", run.difference.rms},
                        {"largest", run.difference.largest},
                        {"yield_ratio", run.yield_ratio},
                        {"identical", run.identical}});
  }
  const auto all = overall(comparison);
  return dump({{"runs", runs},
               {"unmatched", comparison.unmatched},
               {"identical", identical(comparison)},
               {"mean", all.mean},
               {"largest", all.largest}});
}

}  // namespace bondscope
