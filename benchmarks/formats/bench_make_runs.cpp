// A store of very many done runs on small axes, for formats/many_runs:
//   bench_make_runs FILE RUNS [POINTS=16]
// POINTS along each axis. Prints the seconds that it took; nothing is synced but the whole file.

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "libpmd/base/clock.hpp"
#include "libpmd/store/store.hpp"

using namespace bondscope;

int main(int argc, char** argv) {
  try {
    if (argc < 3) throw std::runtime_error("expected FILE RUNS [POINTS]");
    const std::size_t runs = std::stoul(argv[2]), points = argc > 3 ? std::stoul(argv[3]) : 16;
    StoreDescription d;
    d.dataset = d.preset = "benchmark";
    d.configuration = "preset: {name: benchmark}\ndataset: {name: benchmark}\n";
    for (std::size_t i = 0; i < points; ++i)
      d.kx.push_back((static_cast<double>(i) - static_cast<double>(points - 1) / 2) * 0.2);
    d.ky = d.kx;
    for (std::size_t i = 0; i < runs; ++i) {
      const double x = static_cast<double>(i) / static_cast<double>(runs);
      d.runs.push_back({"H2+", 1 + 7 * x, 1e14 * (1 + 3 * std::fmod(x * 7919, 1)), 0, 0});
    }
    const auto begin = Clock::now();
    Store::create_filled(argv[1], d, [&](Store& store) {
      std::vector<float> pmd(points * points);
      for (std::size_t run = 0; run < runs; ++run) {
        for (std::size_t i = 0; i < points; ++i)
          for (std::size_t j = 0; j < points; ++j)
            pmd[i * points + j] = static_cast<float>(
                std::exp(-4 * (d.kx[i] * d.kx[i] + d.ky[j] * d.ky[j]) / d.runs[run].R) + 1e-12);
        Diagnostics diagnostics;
        diagnostics.wall_seconds = 1;
        for (const float value : pmd)
          diagnostics.yield += value * 0.04;
        diagnostics.absorbed = diagnostics.yield;
        diagnostics.pmd_max = pmd[points * points / 2];
        store.write(run, pmd, diagnostics, 1);
      }
    });
    std::printf("%.3f\n", seconds_since(begin));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
