#include "libpmd/detector/degraded_store.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/store/derived_store.hpp"

namespace bondscope {

namespace {

/// The distributions at the intensities of the shots, and the runs behind them.
class Shots {
 public:
  Shots(const Degradation& degradation, Interpolator& between, Outside outside)
      : nodes_(intensity_nodes(*degradation.intensity_jitter,
                               static_cast<int>(degradation.intensity_nodes.value_or(7)))),
        between_(between),
        outside_(outside) {
    known_ = between.store().description().runs[between.rows().front()];
    for (const auto row : between.rows())
      for (const auto root : roots_of(between.store(), row))
        roots_.insert(root);
  }

  /// `name` is the run's, for errors.
  void check(const RunParameters& run, const std::string& name) const {
    RunParameters there = known_;
    there.R = run.R;
    there.intensity_w_cm2 = run.intensity_w_cm2;
    std::string other = run.molecule == there.molecule ? "" : "molecule";
    const auto mine = values_of(run), theirs = values_of(there);
    for (std::size_t i = 0; i < std::min(mine.size(), theirs.size()); ++i)
      if (mine[i] != theirs[i]) other += (other.empty() ? "" : ", ") + mine[i].name;
    if (run != there)
      throw DataError(fmt::format(
          "{}: differs in more than R and intensity ({}) from the runs of {}, between which shots are "
          "interpolated",
          name, other, between_.store().path().string()));
    try {
      between_.terms({run.R, run.intensity_w_cm2});
    } catch (const DataError& error) {
      throw DataError(fmt::format("{}: {}", name, error.what()));
    }
  }

  /// Whether runs behind that row are between which shots are interpolated.
  bool knows(const Store& store, std::size_t row) const {
    for (const auto root : roots_of(store, row))
      if (roots_.contains(root)) return true;
    return false;
  }

  /// Every run that has a part, with its share.
  void add_links(const RunParameters& run, std::uint32_t source, std::vector<Link>& links) const {
    std::map<std::size_t, double> shares;
    for (const auto& node : nodes_) {
      RunParameters shot = run;
      shot.intensity_w_cm2 *= node.factor;
      for (const auto& [row, weight] : terms(run, shot).terms)
        shares[row] += node.weight * weight;
    }
    for (const auto& [row, share] : shares)
      links.push_back(link_to(between_.store(), row, share, source));
  }

  /// `mean` has the mean intensity of the shots.
  std::vector<float> at(const RunParameters& mean, const RunParameters& shot) {
    return between_.evaluate(terms(mean, shot));
  }

 private:
  /// Outside of the hull: as near to the shot's intensity as the hull allows at the same R. The mean is
  /// inside.
  InterpolationTerms terms(const RunParameters& mean, const RunParameters& shot) const {
    if (outside_ == Outside::refuse) return between_.terms({shot.R, shot.intensity_w_cm2});
    return between_.terms_towards({mean.R, mean.intensity_w_cm2}, shot.intensity_w_cm2);
  }

  std::vector<IntensityNode> nodes_;
  Interpolator& between_;
  Outside outside_;
  RunParameters known_;
  std::unordered_set<std::uint64_t> roots_;
};

/// What the distributions of `done` may be used for once their shots are interpolated between others.
std::vector<Use> uses_with_shots(const Store& store, const std::vector<std::size_t>& done,
                                 const Shots& shots) {
  const auto use_of = [&](std::size_t row) { return store.description().use_of(row); };
  bool training = false, test = false, shared = false;
  for (const auto row : done) {
    training = training || use_of(row) == Use::training;
    test = test || use_of(row) == Use::test;
    shared = shared || shots.knows(store, row);
  }
  if (training && test)
    throw DataError(
        fmt::format("{}: has distributions for training and for tests; all shots are interpolated between "
                    "the same runs, so expected a store of one kind, and other runs between for the other",
                    store.path().string()));
  if (test && shared)
    throw DataError(
        fmt::format("{}: is for tests, but the runs between which shots are interpolated are behind it, too; "
                    "expected other runs",
                    store.path().string()));
  std::vector<Use> uses;
  for (const auto row : done)
    uses.push_back(shared ? Use::training : use_of(row));
  return uses;
}

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
  if (std::filesystem::exists(output)) throw FileError(fmt::format("{}: exists already", output.string()));

  const auto done = store.runs_in(RunState::done);
  if (done.empty()) throw DataError(fmt::format("{}: no run is done yet", store.path().string()));
  std::optional<Shots> shots;
  std::vector<const Store*> sources{&store};
  std::vector<Use> uses;
  bool same = false;
  if (jitter) {
    shots.emplace(degradation, *between, outside);
    same = between->store().description_checksum() == store.description_checksum();
    if (!same) sources.push_back(&between->store());
    check_compatible(sources);
    uses = uses_with_shots(store, done, *shots);
  } else {
    for (const auto row : done)
      uses.push_back(d.use_of(row));
  }
  std::vector<DerivedRow> rows;
  for (std::size_t i = 0; i < done.size(); ++i) {
    const auto row = done[i];
    // With jitter the run itself only says at which parameters.
    DerivedRow made{d.runs[row], uses[i], {link_to(store, row, jitter ? 0 : 1)}};
    if (jitter) {
      shots->check(d.runs[row], store.name_of(row));
      shots->add_links(d.runs[row], same ? 0 : 1, made.links);
    }
    rows.push_back(std::move(made));
  }
  const auto make = [&](std::size_t i) {
    const auto row = done[i];
    const DistributionAt at = [&](const RunParameters& shot) {
      return jitter ? shots->at(d.runs[row], shot) : intact_pmd(store, row);
    };
    return DerivedDistribution{degraded(at, d.runs[row], plane, degradation, {seed, d.numbers[row]}),
                               store.diagnostics(row)};
  };
  auto method = nlohmann::ordered_json::parse(describe(degradation, seed));
  if (d.derivation) method["of"] = nlohmann::ordered_json::parse(d.derivation->method);
  write_derived(output, sources, method.dump(), rows, make, monitor);
  return rows.size();
}

}  // namespace bondscope
