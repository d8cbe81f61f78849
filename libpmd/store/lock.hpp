#pragma once

// Only one process may write to a store. Whoever writes holds FILE.lock beside it: a lock of the operating
// system, and a sign of life in the file every few seconds. The former is exact where it works, but a file
// server may hold the lock of a machine that has crashed, and some file systems know locks within a machine
// only. There the signs of life decide.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <string>

namespace bondscope {

/// Who holds a lock, as its file says.
struct LockHolder {
  long process = 0;        ///< its number
  std::string host;        ///< name of its machine
  std::string boot;        ///< of its machine, since it was switched on; empty: unknown
  long user = 0;           ///< whose process it is
  std::string cluster;     ///< of its Slurm job, or empty
  std::string job;         ///< number of its Slurm job, or empty
  int restart = 0;         ///< how often that job was requeued
  std::uint64_t beat = 0;  ///< its last sign of life

  /// Whether these are the same process.
  bool is(const LockHolder& other) const {
    return process == other.process && host == other.host && boot == other.boot && user == other.user &&
           cluster == other.cluster && job == other.job && restart == other.restart;
  }
  /// e.g. "process 12 on n7, job 4711"
  std::string describe() const;
};

/// This process.
LockHolder this_process();

/// How long a lock is waited for whose holder is on another machine and may be dead.
struct LockWait {
  double beat = 5;      ///< s between signs of life
  double silence = 16;  ///< s without one: long enough if nothing else speaks for the holder being alive
  /// s without one: long enough to take a lock away although the file system says that it is held. Infinite:
  /// never, and it is no longer waited for than `silence`.
  double certain = std::numeric_limits<double>::infinity();
  /// s for which a holder may go on giving signs of life although its job has ended.
  double ending = 60;
  /// Whether it is thought that the holder's job has ended. It is taken for dead only if it is silent, too.
  std::function<bool(const LockHolder&)> has_ended = [](const LockHolder&) { return false; };
  /// Asked while waiting: false gives up.
  std::function<bool()> keep_waiting = [] { return true; };
  /// Gets a line for the user when there is something to wait for.
  std::function<void(const std::string&)> say = [](const std::string&) {};
};

/// A lock that is free again when its holder is killed, or its machine has crashed. The file is removed at
/// the end; one that was left behind does no harm.
class StoreLock {
 public:
  /// Throws FileError if another process holds it and is alive (naming that process), or the lock file cannot
  /// be made.
  explicit StoreLock(const std::filesystem::path& store, const LockWait& wait = {});
  StoreLock(StoreLock&& other) noexcept;
  StoreLock& operator=(StoreLock&&) = delete;
  ~StoreLock();

  /// False on file systems without locks: only the signs of life then keep a second process away.
  bool effective() const;
  /// Why the lock may be weaker than it should be, for the user; empty if it is as good as any.
  std::string weakness() const;
  /// Whether another process has taken the lock over, because this one showed no sign of life for long: it
  /// must not write any more.
  bool lost() const;

 private:
  class Held;
  std::unique_ptr<Held> held_;
};

}  // namespace bondscope
