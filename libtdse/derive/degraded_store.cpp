#include "libtdse/derive/degraded_store.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libtdse/base/error.hpp"
#include "libtdse/derive/derived_store.hpp"

namespace tdse {

namespace {

/// The distributions at the intensities of the shots, and the runs behind them.
class Shots {
 public:
  Shots(const Degradation& degradation, Interpolator& between, Outside outside)
      : nodes_(intensity_nodes(*degradation.intensity_jitter,
                               static_cast<int>(degradation.intensity_nodes.value_or(7)))),
        between_(between),
        outside_(outside) {
    const auto& d = between.store().description();
    known_ = d.runs[between.rows().front()];
  }

  void check(const RunParameters& run, const std::string& name) const {
    if (run.molecule != known_.molecule || run.cep != known_.cep || run.angle != known_.angle)
      throw DataError(name + ": has another molecule, phase or angle than the runs of " +
                      between_.store().path().string() + ", between which shots are interpolated");
  }

  /// Every run that has a part, with its share.
  void add_links(const RunParameters& run, std::uint32_t source, std::vector<Link>& links) const {
    std::map<std::size_t, double> shares;
    for (const auto& node : nodes_)
      for (const auto& [row, weight] : terms({run.R, node.factor * run.intensity_w_cm2}).terms)
        shares[row] += node.weight * weight;
    for (const auto& [row, share] : shares)
      links.push_back(link_to(between_.store(), row, share, source));
  }

  std::vector<float> at(const RunParameters& run) {
    return between_.evaluate(terms({run.R, run.intensity_w_cm2}));
  }

 private:
  InterpolationTerms terms(const PlanePoint& point) const { return between_.terms(point, outside_); }

  std::vector<IntensityNode> nodes_;
  Interpolator& between_;
  Outside outside_;
  RunParameters known_;
};

}  // namespace

std::size_t write_degraded(const std::filesystem::path& output, const Store& store,
                           const Degradation& degradation, std::uint64_t seed, const RowMonitor& monitor,
                           Interpolator* between, Outside outside) {
  const auto& d = store.description();
  const auto plane = plane_of(d.kx, d.ky);
  check(degradation);
  if (degradation.cell_au) check_cell(*degradation.cell_au, plane);
  const bool jitter = degradation.intensity_jitter.value_or(0) > 0;
  if (jitter && !between)
    throw ConfigError("intensity_jitter: needs a store between whose runs shots can be interpolated");
  if (std::filesystem::exists(output)) throw FileError(output.string() + ": exists already");

  const auto done = store.runs_in(RunState::done);
  if (done.empty()) throw DataError(store.path().string() + ": no run is done yet");
  std::optional<Shots> shots;
  std::vector<const Store*> sources{&store};
  bool same = false;
  if (jitter) {
    shots.emplace(degradation, *between, outside);
    same = between->store().description_checksum() == store.description_checksum();
    if (!same) sources.push_back(&between->store());
    check_compatible(sources);
  }
  std::vector<DerivedRow> rows;
  for (const auto row : done) {
    DerivedRow made{d.runs[row], d.derivation ? d.derivation->use[row] : Use::any, {link_to(store, row, 1)}};
    if (jitter) {
      const std::string name = store.path().string() + ": run " + std::to_string(d.numbers[row]);
      shots->check(d.runs[row], name);
      if (same && made.use == Use::test)
        throw DataError(name +
                        ": is for tests only, but shots are to be interpolated between all runs of this "
                        "store; give another store for that");
      if (same) made.use = Use::training;
      shots->add_links(d.runs[row], same ? 0 : 1, made.links);
    }
    rows.push_back(std::move(made));
  }
  const auto make = [&](std::size_t i) {
    const auto row = done[i];
    const DistributionAt at = [&](const RunParameters& run) {
      return jitter ? shots->at(run) : intact_pmd(store, row);
    };
    return DerivedDistribution{degraded(at, d.runs[row], plane, degradation, {seed, d.numbers[row]}),
                               store.diagnostics(row)};
  };
  write_derived(output, sources, describe(degradation, seed), rows, make, monitor);
  return rows.size();
}

}  // namespace tdse
