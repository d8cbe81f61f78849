#pragma once

// Watches trainings: prints how they go, and decides when they stop.

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "apps/pmd_train/command_line.hpp"
#include "libml/train/pace.hpp"
#include "libml/train/session.hpp"
#include "libpmd/base/process/signals.hpp"

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start);

/// When this process began, loading of its libraries included.
Clock::time_point process_start();

/// What limits a process, whatever it trains.
struct Limits {
  explicit Limits(const CommandLine& command_line);

  Clock::time_point start = process_start();
  std::optional<double> time_limit;
  double checkpoint_interval = 600;
  bondscope::SignalWatch signals;

  double now() const { return seconds_since(start); }
  bool signalled() const { return signals.request() != bondscope::StopRequest::none; }
};

/// One training.
class Watcher {
 public:
  /// `sparing`: of one training among many, which prints a line now and then only.
  Watcher(const bondscope::ml::Recipe& recipe, std::filesystem::path output, const Limits& limits,
          bool sparing = false);

  bondscope::ml::SessionHooks hooks();

  /// Throws bondscope::Interrupted if the training was stopped, or if after it there is no time for the test.
  void check_stopped(const bondscope::ml::Session& session) const;

 private:
  void started(const bondscope::ml::ModelDescription& model, const bondscope::ml::Checkpoint* continued);
  bondscope::ml::Request batch_done(const bondscope::ml::BatchDone& batch);
  void epoch_done(const std::vector<bondscope::ml::Epoch>& curve);
  double seconds_left() const;

  const bondscope::ml::Recipe& recipe_;
  std::filesystem::path output_;
  const Limits& limits_;
  bool sparing_;
  Clock::time_point began_, last_line_;
  bondscope::ml::Pace pace_;
  std::size_t batches_ = 0, batches_left_ = 0;  ///< in this go
};

/// While images are made. Throws bondscope::Interrupted after a signal; if the time is over,
/// bondscope::Interrupted if `something_done`, else bondscope::ConfigError: to continue would not help.
void check_loading(const Limits& limits, std::size_t made, std::size_t all, bool something_done);

/// What a training that diverged should be told beside what the trainer knows.
std::string after_divergence(const std::string& store, const std::filesystem::path& output);
