#include "libtdse/fit/computed_runs.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/dataset/dataset.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope::tdse {

ComputedRuns::ComputedRuns(std::filesystem::path store, RunsInCommon common, Workers& workers,
                           const SignalWatch& signals, GenerateListener listener)
    : store_(std::move(store)),
      common_(std::move(common)),
      workers_(workers),
      signals_(signals),
      listener_(std::move(listener)) {
  if (std::filesystem::exists(store_)) known_ = Store::open(store_, Store::Mode::read).description().runs;
}

FarmSources ComputedRuns::sources(const std::vector<RunParameters>& runs) const {
  const DataSet set{"fit", 0, common_.model, common_.declared, RunList(runs), {}, {}, {}};
  return {.dataset = "runs of the fit",
          .preset = common_.preset,
          .set = common_.set,
          .runs = {},
          .seed = {},
          .dataset_text = set.to_yaml()};
}

std::pair<RunParameters, MomentumPlane> ComputedRuns::resolved(const RunParameters& run) const {
  const auto farm = FarmConfiguration::load(sources({run}));
  const auto named = farm.describe().runs.front();
  farm.plan(named);
  return {named, plane_of(farm.preset.momentum.kx(), farm.preset.momentum.ky())};
}

std::vector<std::vector<float>> ComputedRuns::distributions(const std::vector<RunParameters>& runs) {
  auto all = known_;
  for (const auto& run : runs)
    if (std::ranges::find(all, run) == all.end()) all.push_back(run);
  GenerateOptions options;
  options.store = store_;
  options.log = journal_file(store_);
  options.grow = true;
  const auto generation = Generation::load(sources(all), options);
  const auto generated = generate(generation, workers_, signals_, Afterwards::stay, listener_);
  const auto& result = generated.result;
  if (result.cause == StopCause::broken) throw FileError(result.reason);
  if (!result.failures.empty())
    throw NumericsError(fmt::format("{}, run {}: {}", store_.string(), result.failures.front().run,
                                    result.failures.front().reason));
  if (result.unfinished > 0)
    throw Interrupted(
        fmt::format("stopped with {} runs to do; the same command continues", result.unfinished));
  known_ = generation.description.runs;
  computed_ += generated.to_do;

  const auto store = Store::open(store_, Store::Mode::read);
  std::vector<std::vector<float>> distributions;
  for (const auto& run : runs) {
    const auto place = std::ranges::find(known_, run);
    if (place == known_.end())
      throw DataError(fmt::format("{}: {} is not among its runs", store_.string(), describe(run)));
    const auto row = static_cast<std::size_t>(place - known_.begin());
    if (store.commit(row).state != RunState::done)
      throw NumericsError(fmt::format("{}: {}; to try it again remove {}", store.name_of(row),
                                      store.failure_reason(row), store_.string()));
    distributions.push_back(store.pmd(row));
  }
  return distributions;
}

}  // namespace bondscope::tdse
