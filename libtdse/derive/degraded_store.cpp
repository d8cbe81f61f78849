#include "libtdse/derive/degraded_store.hpp"

#include <vector>

#include "libtdse/base/error.hpp"
#include "libtdse/derive/derived_store.hpp"

namespace tdse {

std::size_t write_degraded(const std::filesystem::path& output, const Store& store,
                           const Degradation& degradation, std::uint64_t seed, const RowMonitor& monitor,
                           const DistributionAt& at) {
  const auto& d = store.description();
  const auto plane = plane_of(d.kx, d.ky);
  check(degradation);
  if (degradation.cell_au) check_cell(*degradation.cell_au, plane);
  const bool jitter = degradation.intensity_jitter.value_or(0) > 0;
  if (jitter && !at)
    throw ConfigError("intensity_jitter: needs distributions between the stored intensities");
  if (std::filesystem::exists(output)) throw FileError(output.string() + ": exists already");

  const auto done = store.runs_in(RunState::done);
  if (done.empty()) throw DataError(store.path().string() + ": no run is done yet");
  std::vector<DerivedRow> rows;
  for (const auto row : done)
    rows.push_back({d.runs[row], d.derivation ? d.derivation->use[row] : Use::any, {link_to(store, row, 1)}});
  const auto make = [&](std::size_t i) {
    const auto row = done[i];
    const auto clean = [&](const RunParameters&) { return intact_pmd(store, row); };
    return DerivedDistribution{degraded(jitter ? at : DistributionAt(clean), d.runs[row], plane, degradation,
                                        {seed, d.numbers[row]}),
                               store.diagnostics(row)};
  };
  write_derived(output, {&store}, describe(degradation, seed), rows, make, monitor);
  return rows.size();
}

}  // namespace tdse
