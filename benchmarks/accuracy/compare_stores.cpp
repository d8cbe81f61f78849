// Compares the runs of two stores in grey levels: compare_stores CANDIDATE.h5 REFERENCE.h5 OUTPUT.json
// Prints a Markdown table. One grey level of the 8-bit image is 5/255 of W = log10(PMD/max).
// Exit code 3 if a run is missing, mean ΔW exceeds 0.005 or the images differ by more than a grey level.
//
// Images are compared on the same crop, the reference's. The crop is the smallest rectangle with all W > -5;
// where a distribution is so flat at its rim that one sample just above or just below -5 moves an edge, the
// whole picture shifts with it. How far the edges move, and what that makes of the images, are columns of
// their own.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>

#include <nlohmann/json.hpp>

#include "libtdse/base/error.hpp"
#include "libtdse/derive/image.hpp"
#include "libtdse/derive/resize.hpp"
#include "libtdse/store/store.hpp"

using namespace tdse;

namespace {

struct Comparison {
  double mean_dw = 0, largest_dw = 0, grey = 0, own_crop_grey = 0, edge = 0, energy = 0;

  bool good() const { return mean_dw <= 0.005 && grey <= 1; }
};

double mean_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    sum += std::abs(std::round(a[i]) - std::round(b[i]));
  return sum / static_cast<double>(a.size());
}

/// W on the crop of `frame`, resized as the network's images, in grey levels.
std::vector<float> grey_levels(const std::vector<float>& w, const StoreDescription& axes,
                               const Image& frame) {
  const auto& crop = frame.extent;
  std::vector<float> kept;
  int rows = 0;
  for (std::size_t i = 0; i < axes.kx.size(); ++i) {
    if (axes.kx[i] < crop.kx_min || axes.kx[i] > crop.kx_max) continue;
    ++rows;
    for (std::size_t j = 0; j < axes.ky.size(); ++j)
      if (axes.ky[j] >= crop.ky_min && axes.ky[j] <= crop.ky_max) kept.push_back(w[i * axes.ky.size() + j]);
  }
  auto levels = resize_bicubic(kept, rows, static_cast<int>(kept.size()) / rows, frame.width, frame.height);
  for (auto& level : levels)
    level = std::clamp((level + 5) * 51, 0.0f, 255.0f);
  return levels;
}

Comparison compare(const Store& candidate, const Store& reference, std::size_t run) {
  const auto& axes = reference.description();
  const auto p = candidate.pmd(run), q = reference.pmd(run);
  const auto w = log_distribution(p, -5), v = log_distribution(q, -5);
  Comparison result;
  std::size_t support = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    const double difference = std::abs(w[i] - v[i]);
    if (w[i] > -5 || v[i] > -5) {
      result.mean_dw += difference;
      ++support;
    }
    if (v[i] > -4) result.largest_dw = std::max(result.largest_dw, difference);
  }
  result.mean_dw /= static_cast<double>(support);
  const auto a = make_image(p, axes.kx, axes.ky), b = make_image(q, axes.kx, axes.ky);
  result.own_crop_grey = mean_difference(a.pixels, b.pixels);
  result.grey = mean_difference(grey_levels(w, axes, b), grey_levels(v, axes, b));
  const auto &x = a.extent, &y = b.extent;
  result.edge = std::max({std::abs(x.kx_min - y.kx_min), std::abs(x.kx_max - y.kx_max),
                          std::abs(x.ky_min - y.ky_min), std::abs(x.ky_max - y.ky_max)});
  const auto d = candidate.diagnostics(run), e = reference.diagnostics(run);
  result.energy = d.ground_state_energy - e.ground_state_energy;
  return result;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::cerr << "usage: compare_stores CANDIDATE.h5 REFERENCE.h5 OUTPUT.json\n";
    return 2;
  }
  const auto candidate = Store::open(argv[1], Store::Mode::read);
  const auto reference = Store::open(argv[2], Store::Mode::read);
  const auto& a = candidate.description();
  const auto& b = reference.description();
  if (a.runs != b.runs || a.kx != b.kx || a.ky != b.ky)
    throw DataError("the stores hold different runs or axes");
  bool good = true;
  nlohmann::json rows = nlohmann::json::array();
  std::printf(
      "| molecule | R | I (1e14 W/cm²) | φ | α (°) | mean ΔW where W > -5 | largest ΔW where W > -4 | "
      "8-bit image, mean grey levels | crop edges moved (a.u.) | grey levels with own crops | ΔE0 (hartree) "
      "| seconds | reference seconds |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
  for (std::size_t run = 0; run < candidate.size(); ++run) {
    if (candidate.commit(run).state != RunState::done || reference.commit(run).state != RunState::done) {
      std::cerr << "run " << run << " is missing\n";
      good = false;
      continue;
    }
    const auto c = compare(candidate, reference, run);
    good = good && c.good();
    const auto& r = a.runs[run];
    const double seconds = candidate.diagnostics(run).wall_seconds;
    const double reference_seconds = reference.diagnostics(run).wall_seconds;
    std::printf("| %s | %g | %g | %g | %g | %.4f | %.3f | %.2f | %.3f | %.2f | %+.1e | %.0f | %.0f |\n",
                r.molecule.c_str(), r.R, r.intensity_w_cm2 / 1e14, r.cep, r.angle * 180 / M_PI, c.mean_dw,
                c.largest_dw, c.grey, c.edge, c.own_crop_grey, c.energy, seconds, reference_seconds);
    rows.push_back({{"molecule", r.molecule},
                    {"R", r.R},
                    {"intensity_w_cm2", r.intensity_w_cm2},
                    {"cep", r.cep},
                    {"angle", r.angle},
                    {"mean_dw", c.mean_dw},
                    {"largest_dw", c.largest_dw},
                    {"grey_levels", c.grey},
                    {"crop_edge", c.edge},
                    {"grey_levels_with_own_crops", c.own_crop_grey},
                    {"energy_difference", c.energy},
                    {"seconds", seconds},
                    {"reference_seconds", reference_seconds}});
  }
  std::ofstream(argv[3]) << rows.dump(2) << "\n";
  return good ? 0 : 3;
} catch (const Error& error) {
  std::cerr << "error: " << error.what() << "\n";
  return 1;
}
