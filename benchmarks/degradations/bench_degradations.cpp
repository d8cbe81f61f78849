// What degradations do to a distribution and what they cost.
//   bench_degradations STORE NODES PICTURE.png
// Of STORE's first run prints the time of each degradation, the law of the counting noise and the errors of
// rotation. NODES has the runs of nodes.yaml: prints how many intensities stand for all shots, and draws its
// first run clean and with each degradation.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <functional>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "benchmarks/solver/timing.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/plot/sheet.hpp"
#include "libpmd/detector/degrade.hpp"
#include "libpmd/detector/rotation.hpp"
#include "libpmd/images/image.hpp"
#include "libpmd/store/derived_store.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

namespace {

struct Case {
  const char* title;
  const char* setting;
  bool drawn;
  Degradation degradation;
};

const std::vector<Case> cases{
    {"clean", "", true, {}},
    {"intensity jitter",
     "standard deviation 5 % of I",
     true,
     {.intensity_jitter = 0.05, .intensity_nodes = 15}},
    {"rotation", "10°", true, {.rotation_deg = 10}},
    {"resolution", "0.03 a.u.", true, {.resolution_au = 0.03}},
    {"resolution", "0.3 a.u.", false, {.resolution_au = 0.3}},
    {"background", "1 % of all electrons", true, {.background = 0.01}},
    {"saturation", "half at 0.1 of the maximum", true, {.saturation = 0.1}},
    {"electrons", "10⁴ in stored cells", false, {.electrons = 1e4}},
    {"electrons", "10⁶ in stored cells", false, {.electrons = 1e6}},
    {"electrons", "10⁸ in stored cells", false, {.electrons = 1e8}},
    {"electrons", "10⁶ in cells of 0.05 a.u.", true, {.electrons = 1e6, .cell_au = 0.05}},
    {"all",
     "5 %, 10°, 0.03 a.u., 1 %, 1, 10⁷ in 0.05 a.u.",
     true,
     {.intensity_jitter = 0.05,
      .intensity_nodes = 15,
      .rotation_deg = 10,
      .resolution_au = 0.03,
      .background = 0.01,
      .saturation = 1,
      .electrons = 1e7,
      .cell_au = 0.05}}};

/// Finds the run of these parameters.
DistributionAt runs_of(const Store& store) {
  return [&store](const RunParameters& p) {
    const auto& runs = store.description().runs;
    for (std::size_t row = 0; row < runs.size(); ++row)
      if (runs[row].R == p.R && std::abs(runs[row].intensity_w_cm2 / p.intensity_w_cm2 - 1) < 1e-8)
        return intact_pmd(store, row);
    throw DataError(store.path().string() + ": no run at " + std::to_string(p.intensity_w_cm2) + " W/cm²");
  };
}

/// Processor time: all this is done by one thread, and other work on the machine should not count.
double best_milliseconds(const std::function<void()>& work) {
  bench::Best best;
  for (int i = 0; i < 30; ++i) {
    const auto begin = std::clock();
    work();
    best.take(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
  }
  return 1e3 * best.value;
}

double sum(const std::vector<float>& values) {
  double all = 0;
  for (const float value : values)
    all += value;
  return all;
}

/// Time and change of the norm; jitter, whose time is that of other distributions, is left out.
void times(const std::vector<float>& clean, const MomentumPlane& plane) {
  std::printf("%zu x %zu samples\n\n| degradation | ms | norm |\n| --- | --- | --- |\n", plane.kx_points,
              plane.ky_points);
  for (const auto& c : cases) {
    Degradation degradation = c.degradation;
    degradation.intensity_jitter.reset();
    degradation.intensity_nodes.reset();
    if (degradation == Degradation{}) continue;
    std::vector<float> seen;
    const double ms = best_milliseconds([&] { seen = detected(clean, plane, degradation, {1, 0}); });
    std::printf("| %s, %s | %.1f | %+.1e |\n", c.title, c.setting, ms, sum(seen) / sum(clean) - 1);
  }
}

void draw(const Store& store, const std::string& file) {
  const auto& d = store.description();
  std::vector<Panel> panels;
  for (const auto& c : cases) {
    if (!c.drawn) continue;
    Panel panel;
    panel.title = {c.title, c.setting};
    panel.kx = d.kx;
    panel.ky = d.ky;
    panel.values = log_distribution(
        degraded(runs_of(store), d.runs[0], plane_of(d.kx, d.ky), c.degradation, {1, 0}), -5);
    panels.push_back(panel);
  }
  SheetSettings sheet;
  sheet.kx = {-2, 2};
  sheet.ky = {-1.2, 1.2};
  draw_sheet(file, panels, sheet);
}

/// Standard deviation of the counts over the root of their mean in blocks of samples, and relative noise,
/// both averaged over the blocks with at least ten electrons at the smallest number.
void noise_law(const std::vector<float>& pmd, const MomentumPlane& plane) {
  constexpr int repetitions = 100;
  constexpr std::size_t side = 8;
  const double all = sum(pmd), fewest = 1e4;
  const std::size_t columns = plane.ky_points / side + 1;
  const auto block_of = [&](std::size_t i) {
    return i / plane.ky_points / side * columns + i % plane.ky_points / side;
  };
  std::vector<double> share(columns * (plane.kx_points / side + 1));
  for (std::size_t i = 0; i < pmd.size(); ++i)
    share[block_of(i)] += pmd[i] / all;
  std::size_t blocks = 0;
  for (const double s : share)
    blocks += s * fewest >= 10;
  const double error = 1 / std::sqrt(2.0 * repetitions * static_cast<double>(blocks));
  std::printf(
      "\nnoise in %zu blocks of 8 x 8 samples, %d times each\n\n| electrons | std. dev. / sqrt(mean) | error "
      "| "
      "relative noise |\n| --- | --- | --- | --- |\n",
      blocks, repetitions);
  std::vector<double> x, y;
  for (const double electrons : {1e4, 1e6, 1e8}) {
    double ratio = 0, relative = 0;
    for (std::uint64_t run = 0; run < repetitions; ++run) {
      const auto seen = counted(pmd, plane, electrons, {static_cast<std::uint64_t>(electrons), run});
      std::vector<double> count(share.size());
      for (std::size_t i = 0; i < pmd.size(); ++i)
        count[block_of(i)] += seen[i] * electrons / all;
      for (std::size_t b = 0; b < share.size(); ++b) {
        if (share[b] * fewest < 10) continue;
        const double due = share[b] * electrons, square = (count[b] - due) * (count[b] - due);
        ratio += square / due;
        relative += square / (due * due);
      }
    }
    const double n = repetitions * static_cast<double>(blocks);
    std::printf("| %.0e | %.4f | %.4f | %.3e |\n", electrons, std::sqrt(ratio / n), error,
                std::sqrt(relative / n));
    x.push_back(std::log(electrons));
    y.push_back(0.5 * std::log(ratio / n / electrons));
  }
  std::printf("\nexponent %.5f +- %.5f\n", (y[2] - y[0]) / (x[2] - x[0]),
              std::sqrt(2) * error / (x[2] - x[0]));
}

/// Norm after a turn, and what a turn and back changes where W > -5.
void rotation_errors(const std::vector<float>& pmd, const MomentumPlane& plane) {
  const double largest = *std::max_element(pmd.begin(), pmd.end());
  std::printf(
      "\n| degrees | norm | mean change of W there and back, k < 0.6 | k >= 0.6 |\n| --- | --- | --- | --- "
      "|\n");
  for (const double degrees : {1.0, 10.0, 45.0}) {
    const auto there = rotated(pmd, plane, degrees), back = rotated(there, plane, -degrees);
    double inner = 0, outer = 0, inner_samples = 0, outer_samples = 0;
    for (std::size_t i = 0; i < pmd.size(); ++i) {
      const double kx = plane.kx_first + static_cast<double>(i / plane.ky_points) * plane.dkx;
      const double ky = plane.ky_first + static_cast<double>(i % plane.ky_points) * plane.dky;
      const double k = std::hypot(kx, ky);
      if (pmd[i] < 1e-5 * largest || k > 2.4) continue;
      const double change = std::abs(std::log10(std::max<double>(back[i], 1e-5 * largest) / pmd[i]));
      (k < 0.6 ? inner : outer) += change;
      ++(k < 0.6 ? inner_samples : outer_samples);
    }
    std::printf("| %g | %+.1e | %.4f | %.4f |\n", degrees, sum(there) / sum(pmd) - 1, inner / inner_samples,
                outer / outer_samples);
  }
}

/// What fewer nodes than the most change, where W > -5.
void node_errors(const Store& store) {
  const auto& parameters = store.description().runs[0];
  std::printf(
      "\n| jitter | nodes | mean change of W against the most nodes | clean |\n| --- | --- | --- | --- |\n");
  for (const auto& [jitter, counts] :
       std::vector<std::pair<double, std::vector<int>>>{{0.02, {15, 7}}, {0.05, {25, 15, 7}}}) {
    const auto reference = jittered(runs_of(store), parameters, jitter, counts.front());
    const double largest = *std::max_element(reference.begin(), reference.end());
    const auto difference = [&](const std::vector<float>& pmd) {
      double all = 0, samples = 0;
      for (std::size_t i = 0; i < pmd.size(); ++i) {
        if (reference[i] < 1e-5 * largest) continue;
        all += std::abs(std::log10(std::max<double>(pmd[i], 1e-5 * largest) / reference[i]));
        ++samples;
      }
      return all / samples;
    };
    for (const int count : counts)
      std::printf("| %g | %d | %.5f | %.5f |\n", jitter, count,
                  difference(jittered(runs_of(store), parameters, jitter, count)),
                  difference(jittered(runs_of(store), parameters, 0)));
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::cerr << "usage: bench_degradations STORE NODES PICTURE.png\n";
    return 2;
  }
  const auto store = Store::open(argv[1], Store::Mode::read), nodes = Store::open(argv[2], Store::Mode::read);
  const auto plane = plane_of(store.description().kx, store.description().ky);
  const auto clean = intact_pmd(store, 0);
  times(clean, plane);
  noise_law(clean, plane);
  rotation_errors(clean, plane);
  node_errors(nodes);
  draw(nodes, argv[3]);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "error: " << error.what() << '\n';
  return 1;
}
