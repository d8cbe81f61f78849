// The same run with every set of vector instructions that this processor has.

#include "benchmarks/solver/bench.hpp"
#include "benchmarks/solver/child.hpp"
#include "libtdse/fourier/chosen_kernels.hpp"

namespace bondscope::tdse::bench {

void instructions(Bench& bench, Report& report) {
  report.note(
      "Preset `production`, one core, each run in a process of its own with PMD_INSTRUCTIONS set. The "
      "yardstick "
      "is FFTW's best on this processor throughout.");
  Table table("Instructions");
  for (const std::size_t index : {std::size_t{0}, std::size_t{1}}) {
    double generic = 0;
    for (const Kernels* kernels : usable_kernels()) {
      const auto run = run_in_child(bench, index, load_preset("production"), bench.repeats, 0, kernels->name);
      if (generic == 0) generic = run.ratio();
      table.row()
          .put("case", name_of(bench.runs[index]))
          .put("instructions", std::string(kernels->name))
          .put("seconds", run.seconds.value, "%.2f")
          .put("yardsticks", run.ratio(), "%.0f")
          .put("of generic", run.ratio() / generic, "%.2f");
      progress("instructions: " + std::string(kernels->name) + ": " + std::to_string(run.seconds.value) +
               " s");
    }
  }
  report.add(std::move(table));
}

}  // namespace bondscope::tdse::bench
