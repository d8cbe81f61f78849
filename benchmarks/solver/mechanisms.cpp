// What each mechanism that spares work gains, and what it costs in accuracy.

#include "benchmarks/solver/bench.hpp"

namespace bondscope::tdse::bench {
namespace {

struct Variant {
  std::string name;
  Preset preset;
  TimedRun timed = {};
};

std::vector<Variant> variants() {
  const Preset all = load_preset("production");
  std::vector<Variant> list{{"all on", all, {}}};
  const auto add = [&](const std::string& name, const auto& change) {
    Preset preset = all;
    change(preset);
    list.push_back({name, preset, {}});
  };
  add("even_symmetry off", [](Preset& p) { p.mechanisms.even_symmetry = false; });
  add("outer off", [](Preset& p) { p.outer.reset(); });
  add("sparse_sampling off", [](Preset& p) { p.mechanisms.sparse_sampling = false; });
  add("after_pulse off", [](Preset& p) { p.late_stages.clear(); });
  add("all off", [](Preset& p) {
    p.mechanisms = {false, false};
    p.outer.reset();
    p.late_stages.clear();
  });
  return list;
}

}  // namespace

void mechanisms(Bench& bench, Report& report) {
  constexpr std::size_t index = 0;
  const auto reference = reference_of(bench, index);
  report.note("Preset `production`, " + name_of(bench.runs[index]) +
              ", one core. Errors against the converged configuration, in grey levels.");
  Table table("Mechanisms");
  auto all = variants();
  for (int i = 0; i < bench.repeats; ++i)
    for (Variant& variant : all) {
      time_again(variant.timed, bench, index, variant.preset);
      progress("mechanisms: " + variant.name + ": " + std::to_string(variant.timed.seconds.value) + " s");
    }
  for (const auto& [name, preset, timed] : all) {
    Row& row = table.row();
    row.put("mechanisms", name)
        .put("seconds", timed.seconds.value, "%.2f")
        .put("yardsticks", timed.ratio(), "%.0f")
        .put("of all on", timed.ratio() / all.front().timed.ratio(), "%.2f");
    put(row, compare(timed.distribution, reference, preset.momentum.kx(), preset.momentum.ky()));
  }
  report.add(std::move(table));
}

}  // namespace bondscope::tdse::bench
