#pragma once

// Watches one training: tells how it goes, and decides when it is saved and when it stops.

#include <filesystem>
#include <string>

#include "libml/experiments/limits.hpp"
#include "libml/experiments/listener.hpp"
#include "libml/train/pace.hpp"
#include "libml/train/session.hpp"

namespace bondscope::ml {

/// Watches one training: signals, time limit, progress.
class TrainingWatch {
 public:
  /// `one_of_many`: its epochs are progress, not lines. All must outlive it.
  TrainingWatch(const Recipe& recipe, std::filesystem::path output, const Limits& limits,
                const Listener& listener, bool one_of_many = false);

  /// To be given to the training.
  SessionHooks hooks();

  /// Throws Interrupted if the training was stopped, or if after it there is no time for the test.
  void check_stopped(const Session& session) const;

 private:
  void started(const ModelDescription& model, const Checkpoint* continued);
  Request batch_done(const BatchDone& batch);
  void epoch_done(const std::vector<Epoch>& curve);
  double seconds_left() const;

  const Recipe& recipe_;
  std::filesystem::path output_;
  const Limits& limits_;
  const Listener& listener_;
  bool one_of_many_;
  Clock::time_point began_;
  Pace pace_;
  std::size_t batches_ = 0, batches_left_ = 0;  ///< in this go
};

/// What a training that diverged should be told beside what the trainer knows.
std::string after_divergence(const std::string& store, const std::filesystem::path& output);

}  // namespace bondscope::ml
