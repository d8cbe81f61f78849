#include "libml/explain/explanation_report.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "libml/arrays/safetensors.hpp"
#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

constexpr std::size_t panels_per_sheet = 12;
constexpr double w_cm2_shown = 1e14;  // W/cm²

double sum_of(const std::vector<float>& map) {
  return std::accumulate(map.begin(), map.end(), 0.0);
}

std::vector<float> grey_of(const SampleSet& samples, std::size_t sample) {
  if (!samples.has_floats()) {
    const auto image = samples.image_of(sample);
    return {image.begin(), image.end()};
  }
  const auto image = samples.floats_of(sample);
  const auto [least, most] = std::ranges::minmax_element(image);
  std::vector<float> grey;
  for (const float value : image)
    grey.push_back(*most > *least ? 255 * (value - *least) / (*most - *least) : 0);
  return grey;
}

std::string title_of(const RunParameters& run) {
  return fmt::format("R = {:.2f} a.u., I = {:.2f}·10¹⁴ W/cm²", run.R, run.intensity_w_cm2 / w_cm2_shown);
}

}  // namespace

std::string explanations_csv(const SampleSet& samples, const Explanations& explanations) {
  std::string text = "run,R,intensity,answer,baseline,sum_of_map,kx_min,kx_max,ky_min,ky_max\n";
  for (std::size_t i = 0; i < explanations.chosen.size(); ++i) {
    const auto& sample = samples.samples[explanations.chosen[i]];
    const auto& found = explanations.of[i];
    text += fmt::format("{},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g}\n", sample.number,
                        sample.parameters.R, sample.parameters.intensity_w_cm2 / w_cm2_shown, found.answer,
                        found.baseline, sum_of(found.map), sample.extent.kx_min, sample.extent.kx_max,
                        sample.extent.ky_min, sample.extent.ky_max);
  }
  return text;
}

std::string explanations_safetensors(const SampleSet& samples, const Explanations& explanations) {
  std::vector<float> maps;
  std::vector<double> extents;
  std::vector<std::int64_t> runs;
  for (std::size_t i = 0; i < explanations.chosen.size(); ++i) {
    const auto& sample = samples.samples[explanations.chosen[i]];
    const auto& map = explanations.of[i].map;
    maps.insert(maps.end(), map.begin(), map.end());
    const auto& e = sample.extent;
    extents.insert(extents.end(), {e.kx_min, e.kx_max, e.ky_min, e.ky_max});
    runs.push_back(static_cast<std::int64_t>(sample.number));
  }
  const auto count = static_cast<std::int64_t>(runs.size());
  return to_safetensors({{"maps", {count, samples.image.width, samples.image.height}, std::move(maps)},
                         {"extent", {count, 4}, std::move(extents)},
                         {"run", {count}, std::move(runs)}});
}

std::vector<std::size_t> spread_over_R(const SampleSet& samples, std::span<const std::size_t> chosen,
                                       std::size_t most) {
  std::vector<std::size_t> order(chosen.begin(), chosen.end());
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return samples.samples[i].parameters.R; });
  if (order.size() <= most) return order;
  std::vector<std::size_t> spread;
  for (std::size_t i = 0; i < most; ++i)
    spread.push_back(order[(2 * i + 1) * order.size() / (2 * most)]);
  return spread;
}

void draw_explanations(const std::filesystem::path& png, const std::string& title, const SampleSet& samples,
                       const Explanations& explanations) {
  std::vector<MapPanel> panels;
  const GuideMaker guides(samples);
  for (const auto sample : spread_over_R(samples, explanations.chosen, panels_per_sheet)) {
    const auto i = static_cast<std::size_t>(std::ranges::find(explanations.chosen, sample) -
                                            explanations.chosen.begin());
    const auto& explanation = explanations.of[i];
    const auto& run = samples.samples[sample];
    MapPanel image{.title = {title_of(run.parameters)},
                   .values = grey_of(samples, sample),
                   .width = static_cast<std::size_t>(samples.image.width),
                   .height = static_cast<std::size_t>(samples.image.height),
                   .extent = run.extent};
    auto map = image;
    map.values = explanation.map;
    map.title = {fmt::format("{}: answer {:.3g}, mean image {:.3g}",
                             bondscope::to_string(explanations.method), explanation.answer,
                             explanation.baseline)};
    map.limit = readable_limit_of(explanation.map);
    map.guides = guides.of(run.parameters);
    panels.push_back(std::move(image));
    panels.push_back(std::move(map));
  }
  draw_map_sheet(png, title, panels, 4,
                 explanations.unit + (sums_up(explanations.method) ? " per pixel" : ""));
}

void draw_averages(const std::filesystem::path& png, const std::string& title, const SampleSet& samples,
                   const MapAverages& averages, bool attention, const std::string& unit) {
  std::size_t columns = 1;
  while (columns < averages.bins.size() && averages.bins[columns].R_min > averages.bins[columns - 1].R_min)
    ++columns;
  // One scale for all, so that bins compare.
  std::vector<float> all;
  for (const auto& bin : averages.bins) {
    const auto& values = attention ? bin.attention : bin.mean;
    if (bin.count > 0) all.insert(all.end(), values.begin(), values.end());
  }
  const double limit = readable_limit_of(all);
  std::vector<MapPanel> panels;
  const GuideMaker guides(samples);
  for (const auto& bin : averages.bins) {
    RunParameters usual;
    usual.R = bin.R;
    usual.intensity_w_cm2 = bin.intensity * w_cm2_shown;
    usual.angle = bin.angle;
    MapPanel panel{.title = {fmt::format("R {:.2g} to {:.2g} a.u., I {:.2g} to {:.2g}·10¹⁴ W/cm²", bin.R_min,
                                         bin.R_max, bin.intensity_min, bin.intensity_max),
                             fmt::format("{} runs", bin.count)},
                   .values = attention ? bin.attention : bin.mean,
                   .width = averages.width,
                   .height = averages.height,
                   .extent = averages.extent,
                   .limit = limit,
                   .sizes = attention};
    if (bin.count > 0) panel.guides = guides.of(usual);
    panels.push_back(std::move(panel));
  }
  draw_map_sheet(png, title, panels, columns, unit);
}

std::string faithfulness_summary(const FaithfulnessScores& scores, const NetworkSpec& spec,
                                 const std::string& unit) {
  const auto& curves = scores.curves;
  std::string text = fmt::format(
      "  {} images; how far the answer moves ({}), mean over the share of cells deleted:\n"
      "    important cells first   {:.4g}   (random order {:.4g}; larger is better)\n"
      "    important cells last    {:.4g}   (smaller is better)\n",
      scores.images, unit, curves.deletion, curves.random, curves.insertion);
  if (std::isfinite(scores.incompleteness))
    text += fmt::format("  what the map's sum misses of answer - baseline: {:.2g} %\n",
                        100 * scores.incompleteness);
  text += "  rank correlation of the map in cells with that of\n";
  text += fmt::format("    the image with noise    {:.3f}   (1: stable)\n", scores.stability);
  if (std::isfinite(scores.symmetry))
    text +=
        fmt::format("    its mirror image        {:.3f}   (1: as symmetric as the image)\n", scores.symmetry);
  const auto layers = layers_from_above(spec);
  for (std::size_t i = 0; i < scores.randomised.size(); ++i)
    text += fmt::format("    layers drawn anew down to {:<7} {:.3f}   (0: the map is of what was learned)\n",
                        layers[i], scores.randomised[i]);
  return text;
}

std::string faithfulness_csv(ExplanationMethod method, const FaithfulnessScores& scores,
                             const NetworkSpec& spec) {
  std::string header = "method,images,deletion,random,insertion,incompleteness,stability,symmetry";
  auto line = fmt::format("{},{},{:.6g},{:.6g},{:.6g},{:.6g},{:.4f},{:.4f}", bondscope::to_string(method),
                          scores.images, scores.curves.deletion, scores.curves.random,
                          scores.curves.insertion, scores.incompleteness, scores.stability, scores.symmetry);
  const auto layers = layers_from_above(spec);
  for (std::size_t i = 0; i < scores.randomised.size(); ++i) {
    header += ",random down to " + layers[i];
    line += fmt::format(",{:.4f}", scores.randomised[i]);
  }
  return header + "\n" + line + "\n";
}

}  // namespace bondscope::ml
