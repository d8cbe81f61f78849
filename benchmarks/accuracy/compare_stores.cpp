// Compares the runs of two stores in grey levels: compare_stores CANDIDATE.h5 REFERENCE.h5 OUTPUT.json
// Prints a Markdown table. One grey level of the 8-bit image is 5/255 of W = log10(PMD/max).

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>

#include <nlohmann/json.hpp>

#include "libtdse/base/error.hpp"
#include "libtdse/derive/image.hpp"
#include "libtdse/store/store.hpp"

using namespace tdse;

namespace {

struct Comparison {
  double mean_dw = 0, largest_dw = 0, image_grey = 0, energy = 0;
};

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
  for (std::size_t i = 0; i < a.pixels.size(); ++i)
    result.image_grey +=
        std::abs(std::round(a.pixels[i]) - std::round(b.pixels[i])) / static_cast<double>(a.pixels.size());
  result.energy =
      candidate.diagnostics(run).ground_state_energy - reference.diagnostics(run).ground_state_energy;
  return result;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::cerr << "usage: compare_stores CANDIDATE.h5 REFERENCE.h5 OUTPUT.json\n";
    return 2;
  }
  const auto candidate = Store::open(argv[1], Store::Mode::read),
             reference = Store::open(argv[2], Store::Mode::read);
  const auto& a = candidate.description();
  const auto& b = reference.description();
  if (a.runs != b.runs || a.kx != b.kx || a.ky != b.ky)
    throw DataError("the stores hold different runs or axes");
  nlohmann::json rows = nlohmann::json::array();
  std::printf(
      "| molecule | R | I (1e14 W/cm²) | φ | α (°) | mean ΔW where W > -5 | largest ΔW where W > -4 | 8-bit "
      "image, mean grey levels | ΔE0 (hartree) | seconds | reference seconds |\n");
  std::printf("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
  for (std::size_t run = 0; run < candidate.size(); ++run) {
    if (candidate.commit(run).state != RunState::done || reference.commit(run).state != RunState::done)
      continue;
    const auto c = compare(candidate, reference, run);
    const auto& r = a.runs[run];
    const double seconds = candidate.diagnostics(run).wall_seconds,
                 reference_seconds = reference.diagnostics(run).wall_seconds;
    std::printf("| %s | %g | %g | %g | %g | %.4f | %.3f | %.3f | %+.1e | %.1f | %.0f |\n", r.molecule.c_str(),
                r.R, r.intensity_w_cm2 / 1e14, r.cep, r.angle * 180 / M_PI, c.mean_dw, c.largest_dw,
                c.image_grey, c.energy, seconds, reference_seconds);
    rows.push_back({{"molecule", r.molecule},
                    {"R", r.R},
                    {"intensity_w_cm2", r.intensity_w_cm2},
                    {"cep", r.cep},
                    {"angle", r.angle},
                    {"mean_dw", c.mean_dw},
                    {"largest_dw", c.largest_dw},
                    {"image_grey_levels", c.image_grey},
                    {"energy_difference", c.energy},
                    {"seconds", seconds},
                    {"reference_seconds", reference_seconds}});
  }
  std::ofstream(argv[3]) << rows.dump(2) << "\n";
  return 0;
} catch (const Error& error) {
  std::cerr << "error: " << error.what() << "\n";
  return 1;
}
