#include "libml/experiments/training_series.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "libml/data/split.hpp"
#include "libml/experiments/training_watch.hpp"
#include "libml/experiments/work_folder.hpp"
#include "libml/report/tables.hpp"
#include "libml/train/checkpoint.hpp"
#include "libml/train/identity.hpp"
#include "libml/train/model_folder.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/duration.hpp"

namespace bondscope::ml {

TrainingSeries::TrainingSeries(const Machine& machine, const Limits& limits, const Listener& listener,
                               bool replace_others)
    : machine_(machine),
      limits_(limits),
      listener_(listener),
      replace_others_(replace_others),
      data_(limits, listener, machine.threads) {}

namespace {

void copy_model(const std::filesystem::path& from, const std::filesystem::path& to) {
  constexpr auto replace = std::filesystem::copy_options::overwrite_existing;
  clear_folder(to);
  std::error_code status;
  auto names = other_files(from);
  for (const auto& [name, file] : read_description(from / "model.json").files)
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  names.emplace_back("model.json");  // last: from here on it is a model
  for (const auto& name : names)
    if (!std::filesystem::copy_file(from / name, to / name, replace, status))
      throw FileError(fmt::format("{}: cannot be copied to {}: {}", (from / name).string(), to.string(),
                                  status.message()));
}

}  // namespace

std::string TrainingSeries::left() const {
  const double rest = work_ - work_done_ - work_skipped_;
  if (work_done_ <= 0 || rest <= 0) return {};
  return fmt::format("; about {} left", format_duration(seconds_ / work_done_ * rest));
}

std::optional<TestResult> TrainingSeries::find_result(const TrainingJob& job, const SampleSet& listed,
                                                      bool& replace) const {
  try {
    return ml::find_result(job, listed, replace_others_);
  } catch (const Error&) {
    if (!replace_others_) throw;
    replace = true;
    return {};
  }
}

TestResult TrainingSeries::run(const TrainingJob& job, const std::string& store, const std::string& title) {
  const WorkFolder folder(job.folder);
  const auto& listed = data_.listed(store, job.recipe.image, job.with);
  bool replace = false;
  auto result = find_result(job, listed, replace);
  std::string note = "was done";
  const auto identity =
      training_identity(job.recipe, listed, job.start ? std::optional(origin_of(*job.start)) : std::nullopt);
  if (const auto same = made_.find(identity); !result && same != made_.end()) {
    copy_model(same->second, job.folder);
    result = read_test_result(job.folder);
    note = "as " + same->second.string();
  }
  if (result) {
    made_.emplace(identity, job.folder);
    remove_checkpoint(checkpoint_file(job.folder));
    work_skipped_ += work_of(job.recipe, result->train_runs);
    data_.something_done();
    listener_.line(fmt::format("{}: {}  ({})", title, to_line(*result), note));
    return *result;
  }
  limits_.check();
  const auto& samples = data_.loaded(store, job.recipe.image, job.with);
  const auto start = Clock::now();
  listener_.line(title + " ...");
  TrainingWatch watch(job.recipe, job.folder, limits_, listener_, true);
  const JobHooks hooks{.session = watch.hooks(),
                       .trained = [&](const Session& session) { watch.check_stopped(session); },
                       .tested = {}};
  listener_.warnings(train_and_test(job, samples, machine_, hooks, replace));
  const auto done = read_test_result(job.folder);
  made_.emplace(identity, job.folder);
  const double seconds = seconds_since(start);
  seconds_ += seconds;
  work_done_ += work_of(job.recipe, done.train_runs);
  data_.something_done();
  listener_.line(fmt::format("{}: {}  ({}{})", title, to_line(done), format_duration(seconds), left()));
  return done;
}

TestResult TrainingSeries::test(const std::filesystem::path& folder, const SampleSet& samples,
                                const std::vector<std::size_t>& tests) const {
  return test_result(evaluate(load_model(folder, Weights::best, machine_.device), samples, tests));
}

double work_of(const Recipe& recipe, std::size_t train_runs) {
  const auto runs = static_cast<double>(train_runs);
  return recipe.is_network() ? runs * recipe.training.epochs * recipe.network.members : runs;
}

std::size_t training_part(const SampleSet& samples, const Recipe& recipe) {
  return split_samples(samples, recipe.train_fraction, recipe.validation_fraction, recipe.split_seed)
      .train.size();
}

void expect_runs(const SampleSet& samples, const Recipe& recipe) {
  split_samples(samples, recipe.train_fraction, recipe.validation_fraction, recipe.split_seed,
                recipe.train_runs);
  if (recipe.is_network()) expect_a_batch(recipe.training, recipe.train_runs);
}

std::string to_line(const TestResult& result) {
  std::string line;
  for (const auto& metric : result.metrics)
    line += fmt::format("{} {:.4g}{}{}, ", metric.name, metric.value, metric.unit.empty() ? "" : " ",
                        metric.unit);
  return fmt::format("{}{} training and {} test runs", line, result.train_runs, result.test_runs);
}

}  // namespace bondscope::ml
