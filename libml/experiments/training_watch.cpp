#include "libml/experiments/training_watch.hpp"

#include <utility>

#include <fmt/format.h>

#include "libml/report/tables.hpp"
#include "libml/train/checkpoint.hpp"
#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

/// "12 of 100 epochs and batch 3 of the next"
std::string epochs_done(std::size_t epochs, const Recipe& recipe, std::uint64_t batches) {
  const auto text = fmt::format("{} of {} epochs", epochs, recipe.training.epochs);
  return batches == 0 ? text : fmt::format("{} and batch {} of the next", text, batches);
}

}  // namespace

TrainingWatch::TrainingWatch(const Recipe& recipe, std::filesystem::path output, const Limits& limits,
                             const Listener& listener, bool one_of_many)
    : recipe_(recipe),
      output_(std::move(output)),
      limits_(limits),
      listener_(listener),
      one_of_many_(one_of_many),
      began_(Clock::now()),
      pace_(limits.checkpoint_interval(), limits.time_limit()) {}

SessionHooks TrainingWatch::hooks() {
  return {.started = [this](const auto& model, const auto* continued) { started(model, continued); },
          .batch_done = [this](const BatchDone& batch) { return batch_done(batch); },
          .epoch_done = [this](const std::vector<Epoch>& curve) { epoch_done(curve); },
          .saved = [this](double seconds) { pace_.saved(limits_.now(), seconds); },
          .fitting =
              [this](std::size_t done, std::size_t all) {
                limits_.check();
                listener_.progress([&] { return fmt::format("{} of {} of this stage", done, all); });
              }};
}

void TrainingWatch::check_stopped(const Session& session) const {
  const bool stopped = !session.complete();
  // Where nothing was left to train, stopping again would lead nowhere.
  const bool no_test =
      batches_ > 0 && (limits_.signalled() || !pace_.fits(limits_.now(), session.description.test_runs));
  if (!stopped && !no_test) return;
  throw Interrupted(fmt::format("stopped by {} after {}, saved in {}; the same command continues",
                                limits_.signalled() ? "a signal" : "the time limit",
                                epochs_done(session.curve.size(), recipe_, session.batches_done),
                                checkpoint_file(output_).string()));
}

void TrainingWatch::started(const ModelDescription& model, const Checkpoint* continued) {
  if (!one_of_many_) listener_.line(describe_start(model));
  if (continued) {
    const auto& state = continued->state;
    listener_.line("continued after " + epochs_done(state.curve.size(), recipe_, state.batches_done));
    const auto conditions = training_conditions(model.device, model.threads);
    if (conditions != continued->conditions)
      listener_.line(
          fmt::format("note: it was saved on {}, here it has {}: the model will differ by rounding",
                      continued->conditions, conditions));
    if (!state.curve.empty()) write_learning_curve_csv(output_ / "learning_curve.csv", recipe_, state.curve);
  }
  pace_.begin(limits_.now());
  began_ = Clock::now();
}

Request TrainingWatch::batch_done(const BatchDone& batch) {
  ++batches_;
  const auto epochs_left = static_cast<std::size_t>(recipe_.training.epochs - batch.epoch);
  batches_left_ = epochs_left * batch.batches + batch.batches - batch.batch;
  listener_.progress([&] { return progress_line(batch, recipe_, seconds_left()); });
  return limits_.signalled() ? Request::stop : pace_.next(limits_.now(), batch);
}

void TrainingWatch::epoch_done(const std::vector<Epoch>& curve) {
  write_learning_curve_csv(output_ / "learning_curve.csv", recipe_, curve);
  const auto text = [&] { return progress_line(curve.back(), recipe_, seconds_left()); };
  if (one_of_many_)
    listener_.progress(text);
  else
    listener_.line(text());
}

double TrainingWatch::seconds_left() const {
  return batches_ == 0
             ? 0
             : seconds_since(began_) / static_cast<double>(batches_) * static_cast<double>(batches_left_);
}

std::string after_divergence(const std::string& store, const std::filesystem::path& output) {
  const auto checkpoint = checkpoint_file(output);
  return fmt::format(
      ". Whether the store is sound says 'pmd_store verify {}'{}", store,
      std::filesystem::exists(checkpoint)
          ? fmt::format("; the last good state stays in {}, other values need another --output or "
                        "--overwrite",
                        checkpoint.string())
          : "");
}

}  // namespace bondscope::ml
