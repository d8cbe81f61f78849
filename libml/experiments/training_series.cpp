#include "apps/pmd_train/studies.hpp"

#include <cstdio>
#include <iostream>

#include "apps/pmd_train/console.hpp"
#include "libml/report/lines.hpp"
#include "libml/train/checkpoint.hpp"
#include "libml/train/folder_lock.hpp"
#include "libml/train/process.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/duration.hpp"

using namespace bondscope;

std::string LoadedData::key(const std::string& store, const ImageSettings& image) {
  return store + "\n" + to_string(image);
}

const ml::SampleSet& LoadedData::listed(const std::string& store, const ImageSettings& image) {
  const auto name = key(store, image);
  if (const auto found = loaded_.find(name); found != loaded_.end()) return found->second;
  if (const auto found = listed_.find(name); found != listed_.end()) return found->second;
  return listed_.emplace(name, ml::list_samples(store, image)).first->second;
}

const ml::SampleSet& LoadedData::loaded(const std::string& store, const ImageSettings& image) {
  const auto name = key(store, image);
  if (const auto found = loaded_.find(name); found != loaded_.end()) return found->second;
  auto samples = load(store, image, threads_, [&](std::size_t made, std::size_t all) {
    check_loading(limits_, made, all, something_done_);
  });
  return loaded_.emplace(name, std::move(samples)).first->second;
}

StudyRunner::StudyRunner(const CommandLine& command_line, const Limits& limits)
    : limits_(limits),
      machine_{command_line.device(), command_line.threads()},
      replace_others_(command_line.has("overwrite")),
      data_(limits, machine_.threads) {
  ml::prepare_process(machine_.threads);
}

std::string StudyRunner::left() const {
  const double rest = work_ - work_done_ - work_skipped_;
  if (work_done_ <= 0 || rest <= 0) return {};
  return "; about " + format_duration(seconds_ / work_done_ * rest) + " left";
}

std::optional<ml::TestResult> StudyRunner::find_result(const ml::TrainingJob& job,
                                                       const ml::SampleSet& listed, bool& replace) const {
  try {
    return ml::find_result(job, listed);
  } catch (const Error&) {
    if (!replace_others_) throw;
    replace = true;
    return {};
  }
}

ml::TestResult StudyRunner::run(const ml::TrainingJob& job, const std::string& store,
                                const std::string& title) {
  const NewFolders new_folders(job.folder);
  ml::prepare_folder(job.folder);
  const ml::FolderLock lock(job.folder);
  const auto& listed = data_.listed(store, job.recipe.image);
  bool replace = false;
  const auto result = find_result(job, listed, replace);
  if (result) {
    ml::remove_checkpoint(ml::checkpoint_file(job.folder));
    work_skipped_ += work_of(job.recipe, result->train_runs);
    data_.something_done();
    std::cout << title << ": " << to_line(*result) << "  (was done)" << std::endl;
    return *result;
  }
  check_loading(limits_, 0, listed.size(), true);
  const auto& samples = data_.loaded(store, job.recipe.image);
  const auto start = Clock::now();
  std::cout << title << " ..." << std::endl;
  Watcher watcher(job.recipe, job.folder, limits_, true);
  const ml::JobHooks hooks{.session = watcher.hooks(),
                           .trained = [&](const ml::Session& session) { watcher.check_stopped(session); },
                           .tested = {}};
  print_warnings(ml::train_and_test(job, samples, machine_, hooks, replace));
  const auto done = ml::read_test_result(job.folder / "metrics.json");
  const double seconds = seconds_since(start);
  seconds_ += seconds;
  work_done_ += work_of(job.recipe, done.train_runs);
  data_.something_done();
  std::cout << title << ": " << to_line(done) << "  (" << format_duration(seconds) << left() << ")"
            << std::endl;
  return done;
}

double work_of(const ml::Recipe& recipe, std::size_t train_runs) {
  return static_cast<double>(train_runs) * recipe.training.epochs * recipe.network.members;
}

std::string to_line(const ml::TestResult& result) {
  std::string line;
  for (const auto& metric : result.metrics) {
    char value[32];
    std::snprintf(value, sizeof value, "%.4g", metric.value);
    line += (line.empty() ? "" : ", ") + metric.name + " " + value +
            (metric.unit.empty() ? "" : " " + metric.unit);
  }
  return line + ", " + std::to_string(result.train_runs) + " training and " +
         std::to_string(result.test_runs) + " test runs";
}
