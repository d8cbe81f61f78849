#include "libml/explain/information.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libml/explain/cells.hpp"
#include "libml/explain/pixels.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/store/derived_store.hpp"

namespace bondscope::ml {
namespace {

using Cells = std::vector<double>;

/// Sums of values [kx][ky] at these momenta in cells of the crop; what is outside is left out.
Cells values_in_cells(std::span<const float> values, const std::vector<double>& kx,
                      const std::vector<double>& ky, const Extent& extent,
                      const FaithfulnessSettings& settings) {
  Cells cells(static_cast<std::size_t>(settings.cells_kx) * static_cast<std::size_t>(settings.cells_ky));
  const auto place = [](double at, double min, double max, int count) {
    const double cell = (at - min) / (max - min) * count;
    return cell >= 0 && cell < count ? static_cast<int>(cell) : -1;  // -1 of 0/0, too
  };
  for (std::size_t i = 0; i < kx.size(); ++i) {
    const int x = place(kx[i], extent.kx_min, extent.kx_max, settings.cells_kx);
    if (x < 0) continue;
    for (std::size_t j = 0; j < ky.size(); ++j)
      if (const int y = place(ky[j], extent.ky_min, extent.ky_max, settings.cells_ky); y >= 0)
        cells[static_cast<std::size_t>(x * settings.cells_ky + y)] +=
            static_cast<double>(values[i * ky.size() + j]);
  }
  return cells;
}

/// The smallest set of cells that holds half of all.
std::vector<std::size_t> cells_of_half(const Cells& cells) {
  std::vector<std::size_t> order(cells.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t i) { return cells[i]; });
  const double half = std::accumulate(cells.begin(), cells.end(), 0.0) / 2;
  double sum = 0;
  std::vector<std::size_t> found;
  for (const auto cell : order) {
    if (sum >= half) break;
    sum += cells[cell];
    found.push_back(cell);
  }
  return found;
}

double share_in(const Cells& cells, const std::vector<std::size_t>& chosen) {
  const double all = std::accumulate(cells.begin(), cells.end(), 0.0);
  double sum = 0;
  for (const auto cell : chosen)
    sum += cells[cell];
  return all > 0 ? sum / all : 0;
}

/// |gradient| of the image by differences of neighbours.
std::vector<float> edges_of(std::span<const float> image, std::size_t width, std::size_t height) {
  std::vector<float> edges;
  const auto at = [&](std::size_t x, std::size_t y) { return image[x * height + y]; };
  for (std::size_t x = 0; x < width; ++x)
    for (std::size_t y = 0; y < height; ++y)
      edges.push_back(std::hypot(at(std::min(x + 1, width - 1), y) - at(x == 0 ? 0 : x - 1, y),
                                 at(x, std::min(y + 1, height - 1)) - at(x, y == 0 ? 0 : y - 1)));
  return edges;
}

std::map<RunParameters, std::size_t> rows_by_run(const Store& information) {
  std::map<RunParameters, std::size_t> rows;
  for (const auto row : information.runs_in(RunState::done))
    rows.emplace(information.description().runs[row], row);
  return rows;
}

/// What lies where in the plane for this run: checked, since the store is from outside.
std::vector<float> density_of(const Store& information, std::size_t row) {
  auto density = intact_pmd(information, row);
  if (!std::ranges::all_of(density, [](float value) { return std::isfinite(value) && value >= 0; }))
    throw DataError(
        fmt::format("{}: run {} has information that is negative or not finite; make the store anew "
                    "with pmd_store sensitivity",
                    information.path().string(), numbers_of(information.description())[row]));
  return density;
}

InformationLikeness likeness(const Cells& map, const Cells& information,
                             const std::vector<std::size_t>& half) {
  return {rank_correlation(map, information), share_in(map, half)};
}

void add(InformationLikeness& sum, const InformationLikeness& one) {
  sum.correlation += one.correlation;
  sum.share += one.share;
}

/// One run's.
struct InformationOfRun {
  double R = 0, intensity = 0;  ///< a.u., 1e14 W/cm²
  InformationMeans scores;
};

InformationMeans means_of(std::span<const InformationOfRun> runs, const auto& wanted) {
  InformationMeans means;
  for (const auto& run : runs) {
    if (!wanted(run)) continue;
    add(means.map, run.scores.map);
    add(means.edges, run.scores.edges);
    add(means.probability, run.scores.probability);
    means.area += run.scores.area;
    ++means.runs;
  }
  const auto count = static_cast<double>(std::max<std::size_t>(means.runs, 1));
  for (auto* one : {&means.map, &means.edges, &means.probability}) {
    one->correlation /= count;
    one->share /= count;
  }
  means.area /= count;
  return means;
}

void add_bins(std::vector<InformationBin>& bins, std::span<const InformationOfRun> runs,
              double InformationOfRun::*parameter, const char* name, const char* unit) {
  constexpr int parts = 3;
  const auto [least, most] = std::ranges::minmax(runs, {}, parameter);
  const double begin = least.*parameter, length = (most.*parameter - begin) / parts;
  if (!(length > 0)) return;
  for (int part = 0; part < parts; ++part) {
    const auto means = means_of(runs, [&](const InformationOfRun& run) {
      return std::clamp(static_cast<int>((run.*parameter - begin) / length), 0, parts - 1) == part;
    });
    if (means.runs > 0)
      bins.push_back({fmt::format("{} {:.3g} to {:.3g} {}", name, begin + part * length,
                                  begin + (part + 1) * length, unit),
                      means});
  }
}

}  // namespace

Store open_information(const std::filesystem::path& file, const std::string& parameter) {
  auto store = Store::open(file, Store::Mode::read);
  const auto refuse = [&](const std::string& what) {
    throw DataError(
        fmt::format("{}: {}; expected what 'pmd_store sensitivity STORE --parameter {} --output {}' makes",
                    file.string(), what, parameter, file.filename().string()));
  };
  const auto& derivation = store.description().derivation;
  const auto method = nlohmann::json::parse(derivation ? derivation->method : "{}");
  if (!method.is_object() || method.value("kind", nlohmann::json()) != "sensitivity")
    refuse("is no store of information");
  if (const auto its = method.value("parameter", nlohmann::json()); its != parameter)
    refuse(fmt::format("has the information about {}, and {} is explained", its.dump(), parameter));
  return store;
}

std::vector<std::size_t> samples_with_information(const Store& information, const SampleSet& samples) {
  const auto rows = rows_by_run(information);
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (rows.contains(samples.samples[i].parameters)) found.push_back(i);
  return found;
}

InformationScores compare_with_information(const Store& information, const SampleSet& samples,
                                           std::span<const std::size_t> chosen,
                                           const std::vector<Explanation>& explanations,
                                           const FaithfulnessSettings& settings) {
  const auto& description = information.description();
  const auto row_of = rows_by_run(information);
  std::vector<InformationOfRun> runs;
  const auto width = static_cast<std::size_t>(samples.image.width);
  const auto height = static_cast<std::size_t>(samples.image.height);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const auto& sample = samples.samples[chosen[i]];
    const auto row = row_of.find(sample.parameters);
    if (row == row_of.end()) continue;
    const auto lies = values_in_cells(density_of(information, row->second), description.kx, description.ky,
                                      sample.extent, settings);
    const auto half = cells_of_half(lies);
    const auto pixels = pixels_of(samples, chosen[i]);
    const auto cells = [&](const std::vector<float>& map) {
      return in_cells(map, samples.image.width, samples.image.height, settings.cells_kx, settings.cells_ky,
                      true);
    };
    constexpr double unit = 1e14;  // W/cm²
    runs.push_back({sample.parameters.R, sample.parameters.intensity_w_cm2 / unit,
                    InformationMeans{
                        .runs = 1,
                        .area = static_cast<double>(half.size()) / static_cast<double>(lies.size()),
                        .map = likeness(cells(explanations[i].map), lies, half),
                        .edges = likeness(cells(edges_of(pixels, width, height)), lies, half),
                        .probability = likeness(cells(probability_of(pixels, samples.image)), lies, half)}});
  }
  if (runs.empty())
    throw DataError(information.path().string() +
                    ": has the information of none of the explained runs; expected the store that pmd_store "
                    "sensitivity made of the same runs");
  InformationScores scores{means_of(runs, [](const auto&) { return true; }), {}};
  add_bins(scores.bins, runs, &InformationOfRun::R, "R", "a.u.");
  add_bins(scores.bins, runs, &InformationOfRun::intensity, "intensity", "1e14 W/cm^2");
  return scores;
}

std::string information_summary(const InformationScores& scores) {
  const auto& all = scores.all;
  auto text = fmt::format(
      "  {} runs; where information about R lies: half of it in {:.1f} % of the crop's cells\n"
      "                            rank correlation   share there\n",
      all.runs, 100 * all.area);
  for (const auto& [name, one] : {std::pair{"the maps", all.map},
                                  {"an edge detector", all.edges},
                                  {"the probability", all.probability}})
    text += fmt::format("    {:<24}{:>10.3f}{:>14.1f} %\n", name, one.correlation, 100 * one.share);
  text += "  the same of parts of the ranges: maps, edge detector, probability; half of the information in\n";
  for (const auto& [range, means] : scores.bins)
    text += fmt::format(
        "    {:<34} {:>3} runs  {:>6.3f} {:>5.1f} %  {:>6.3f} {:>5.1f} %  {:>6.3f} {:>5.1f} %  {:>5.1f} %\n",
        range, means.runs, means.map.correlation, 100 * means.map.share, means.edges.correlation,
        100 * means.edges.share, means.probability.correlation, 100 * means.probability.share,
        100 * means.area);
  return text;
}

}  // namespace bondscope::ml
