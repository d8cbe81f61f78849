#include "libpmd/store/lock.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "libpmd/base/clock.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/base/files/file_system.hpp"
#include "libpmd/store/lock_file.hpp"

namespace bondscope {
namespace {

namespace fs = std::filesystem;

/// Waits until it is clear whether the lock can be had.
class Waiting {
 public:
  Waiting(const fs::path& store, const LockWait& wait)
      : store_(store), wait_(wait), name_(lock_name(store)) {}

  /// The lock file, locked where the file system knows locks, of a holder that is dead if there was one.
  File acquire(bool& effective) {
    check_folder_writable(store_);
    for (;;) {
      File file = open_lock(name_);
      const Locked locked = try_lock(file);
      // The previous holder may have removed the file between our open and our lock.
      if (locked != Locked::by_another && !file.is_at(name_)) continue;
      auto holder = read_holder(file);
      if (!holder && file.size() > 0) {  // perhaps read while it was being written
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        holder = read_holder(file);
      }
      if (locked == Locked::by_another && !holder) refuse("a process that does not say who it is");
      if (!holder || is_dead(*holder, locked)) {
        if (locked != Locked::by_another) {
          effective = locked == Locked::by_us;
          return file;
        }
        take_away(file, *holder);
        continue;
      }
      if (!wait_.keep_waiting()) throw Interrupted("stopped while waiting for the lock; nothing was changed");
      std::this_thread::sleep_for(std::chrono::duration<double>(std::min(1.0, 0.2 * wait_.beat)));
    }
  }

 private:
  [[noreturn]] void refuse(const std::string& who) const {
    throw FileError(fmt::format("{}: another farm is writing to this store ({}); wait for it or stop it",
                                store_.string(), who));
  }

  /// Throws when the holder gives a sign of life.
  bool is_dead(const LockHolder& holder, Locked locked) {
    const LockHolder me = this_process();
    if (holder.is(me) && locked == Locked::by_us) return true;
    const bool same_machine = !holder.boot.empty() && holder.boot == me.boot;
    // Within a machine the lock is the truth, if there are locks.
    if (same_machine && locked == Locked::by_us) return true;
    if (same_machine && locked == Locked::by_another) refuse(holder.describe());
    if (!watched_ || !watched_->is(holder)) {
      watched_ = holder;
      since_ = looked_ = Clock::now();
      silent_ = 0;
      said_ = false;
    }
    // Time in which this process, or its file system, stood still may be time in which the holder did, too.
    constexpr double longest_look = 2;
    silent_ += std::min(seconds_since(looked_), longest_look);
    looked_ = Clock::now();
    const bool ended = wait_.has_ended(holder);
    if (holder.beat != watched_->beat) {
      if (!ended || seconds_since(since_) > wait_.ending) refuse(holder.describe());
      watched_ = holder;
      silent_ = 0;
    }
    const double silent = silent_;
    // The file system insists that somebody holds it: it may know better than a list of jobs.
    if (locked == Locked::by_another && std::isinf(wait_.certain) && silent >= wait_.silence)
      refuse(fmt::format("{}, of whom nothing was heard for {:.0f} s", holder.describe(), silent));
    const double enough = locked == Locked::by_another && !ended ? wait_.certain : wait_.silence;
    if (!said_ && silent > 0.1 * wait_.silence) {
      wait_.say(fmt::format("{} has the lock of {} (in {}); waiting up to {:.0f} s for a sign of life{}",
                            holder.describe(), store_.string(), name_.string(), enough,
                            ended ? ", although its job has ended" : ""));
      said_ = true;
    }
    return silent >= enough;
  }

  /// The dead holder's lock stays with the file that it is on; ours will be on a new one.
  void take_away(const File& file, const LockHolder& holder) {
    if (!file.is_at(name_)) return;
    ::unlink(name_.c_str());
    wait_.say(fmt::format("the lock of {} is taken over: {} is dead", store_.string(), holder.describe()));
  }

  fs::path store_;
  const LockWait& wait_;
  fs::path name_;
  std::optional<LockHolder> watched_;
  Clock::time_point since_, looked_;  ///< watched first, and last
  double silent_ = 0;                 ///< s
  bool said_ = false;
};

}  // namespace

/// Gives signs of life in a thread of its own, whatever the process is busy with.
class StoreLock::Held {
 public:
  Held(const fs::path& store, const LockWait& wait)
      : name_(lock_name(store)),
        file_(Waiting(store, wait).acquire(effective_)),
        weakness_(effective_ ? reach_of_locks(file_system_of(name_)) : "this file system has no locks"),
        me_(this_process()),
        beat_(wait.beat) {
    if (!write_holder(file_, me_)) throw FileError(name_.string() + ": cannot be written to");
    thread_ = std::thread([this] { live(); });
  }

  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  ~Held() {
    {
      const std::lock_guard guard(mutex_);
      over_ = true;
    }
    end_.notify_all();
    thread_.join();
    // Removed while still locked, so that nobody else can hold what is removed here.
    if (!lost_ && !taken_over() && file_.is_at(name_)) ::unlink(name_.c_str());
  }

  bool effective() const { return effective_; }
  const std::string& weakness() const { return weakness_; }
  bool lost() const { return lost_; }

 private:
  bool taken_over() const {
    const auto names_another = [&](const File& file) {
      const auto holder = read_holder(file);
      return holder && !holder->is(me_);
    };
    // A file that somebody removed has not been taken over, nor one that cannot be seen at the moment.
    const File there(name_, O_RDONLY, 0, name_);
    return names_another(file_) || (there.is_open() && names_another(there));
  }

  void live() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are for those who wait for them
    std::unique_lock guard(mutex_);
    while (!end_.wait_for(guard, std::chrono::duration<double>(beat_), [&] { return over_; })) {
      guard.unlock();
      if (taken_over()) lost_ = true;
      ++me_.beat;
      if (!lost_) write_holder(file_, me_);
      guard.lock();
    }
  }

  fs::path name_;
  bool effective_ = true;
  File file_;
  std::string weakness_;
  LockHolder me_;
  double beat_;
  std::atomic<bool> lost_ = false;
  bool over_ = false;
  std::mutex mutex_;
  std::condition_variable end_;
  std::thread thread_;
};

StoreLock::StoreLock(const fs::path& store, const LockWait& wait)
    : held_(std::make_unique<Held>(store, wait)) {}
StoreLock::StoreLock(StoreLock&&) noexcept = default;
StoreLock::~StoreLock() = default;

bool StoreLock::effective() const {
  return held_->effective();
}
std::string StoreLock::weakness() const {
  return held_->weakness();
}
bool StoreLock::lost() const {
  return held_->lost();
}

}  // namespace bondscope
