#include "apps/pmd_train/watcher.hpp"

#include <iostream>

#include "libml/report/lines.hpp"
#include "libml/report/tables.hpp"
#include "libml/train/checkpoint.hpp"
#include "libml/train/process.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/duration.hpp"

using namespace bondscope;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

Clock::time_point process_start() {
  return Clock::now() -
         std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(ml::process_age()));
}

Limits::Limits(const CommandLine& command_line)
    : time_limit(command_line.duration("time-limit")),
      checkpoint_interval(command_line.text("checkpoint-interval") == "0"
                              ? 0
                              : command_line.duration("checkpoint-interval").value_or(600)) {}

Watcher::Watcher(const ml::Recipe& recipe, std::filesystem::path output, const Limits& limits, bool sparing)
    : recipe_(recipe),
      output_(std::move(output)),
      limits_(limits),
      sparing_(sparing),
      began_(Clock::now()),
      last_line_(began_),
      pace_(limits.checkpoint_interval, limits.time_limit) {}

ml::SessionHooks Watcher::hooks() {
  return {.started = [this](const auto& model, const auto* continued) { started(model, continued); },
          .batch_done = [this](const ml::BatchDone& batch) { return batch_done(batch); },
          .epoch_done = [this](const std::vector<ml::Epoch>& curve) { epoch_done(curve); },
          .saved = [this](double seconds) { pace_.saved(limits_.now(), seconds); }};
}

void Watcher::check_stopped(const ml::Session& session) const {
  const bool stopped = !session.complete();
  // Where nothing was left to train, stopping again would lead nowhere.
  const bool no_test =
      batches_ > 0 && (limits_.signalled() || !pace_.fits(limits_.now(), session.description.test_runs));
  if (!stopped && !no_test) return;
  std::string text = std::string("stopped by ") + (limits_.signalled() ? "a signal" : "the time limit") +
                     " after " + std::to_string(session.curve.size()) + " of " +
                     std::to_string(recipe_.training.epochs) + " epochs";
  if (session.batches_done > 0) text += " and batch " + std::to_string(session.batches_done) + " of the next";
  throw Interrupted(text + ", saved in " + ml::checkpoint_file(output_).string() +
                    "; the same command continues");
}

void Watcher::started(const ml::ModelDescription& model, const ml::Checkpoint* continued) {
  if (!sparing_) std::cout << ml::describe_start(model) << std::endl;
  if (continued) {
    const auto& state = continued->state;
    std::cout << "continued after " << state.curve.size() << " of " << recipe_.training.epochs << " epochs";
    if (state.batches_done > 0) std::cout << " and batch " << state.batches_done << " of the next";
    std::cout << std::endl;
    const auto conditions = ml::training_conditions(model.device, model.threads);
    if (conditions != continued->conditions)
      std::cout << "note: it was saved on " << continued->conditions << ", here it has " << conditions
                << ": the model will differ by rounding" << std::endl;
    if (!state.curve.empty())
      ml::write_learning_curve_csv(output_ / "learning_curve.csv", recipe_, state.curve);
  }
  pace_.begin(limits_.now());
  began_ = last_line_ = Clock::now();
}

ml::Request Watcher::batch_done(const ml::BatchDone& batch) {
  ++batches_;
  const auto epochs_left = static_cast<std::size_t>(recipe_.training.epochs - batch.epoch);
  batches_left_ = epochs_left * batch.batches + batch.batches - batch.batch;
  if (seconds_since(last_line_) > 30) {
    std::cout << ml::progress_line(batch, recipe_, seconds_left()) << std::endl;
    last_line_ = Clock::now();
  }
  return limits_.signalled() ? ml::Request::stop : pace_.next(limits_.now(), batch);
}

void Watcher::epoch_done(const std::vector<ml::Epoch>& curve) {
  ml::write_learning_curve_csv(output_ / "learning_curve.csv", recipe_, curve);
  if (sparing_ && seconds_since(last_line_) < 10) return;
  std::cout << ml::progress_line(curve.back(), recipe_, seconds_left()) << std::endl;
  last_line_ = Clock::now();
}

double Watcher::seconds_left() const {
  return batches_ == 0
             ? 0
             : seconds_since(began_) / static_cast<double>(batches_) * static_cast<double>(batches_left_);
}

void check_loading(const Limits& limits, std::size_t made, std::size_t all, bool something_done) {
  if (limits.signalled())
    throw Interrupted("stopped by a signal before the training; the same command continues");
  if (!limits.time_limit || limits.now() < *limits.time_limit) return;
  if (something_done) throw Interrupted("stopped by the time limit; the same command continues");
  throw ConfigError("--time-limit: " + format_duration(*limits.time_limit) + " were over when " +
                    std::to_string(made) + " of " + std::to_string(all) +
                    " images were made and nothing was trained; expected more");
}

std::string after_divergence(const std::string& store, const std::filesystem::path& output) {
  std::string text = ". Whether the store is sound says 'pmd_store verify " + store + "'";
  const auto checkpoint = ml::checkpoint_file(output);
  if (std::filesystem::exists(checkpoint))
    text += "; the last good state stays in " + checkpoint.string() +
            ", other values need another --output or --overwrite";
  return text;
}
