#pragma once

// Who shares the work of one run: ranks, each with its own slab of the fields, and threads within a rank.
// Every line of a field is transformed whole by one of them, and sums are taken row by row in a fixed order:
// the result has the same bits whoever takes part.

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "libtdse/fourier/kernels.hpp"

namespace bondscope::tdse {

/// Part `index` of 0 … count-1 shared among `parts` as evenly as possible.
struct Part {
  int first = 0, last = 0;  ///< first <= i < last
  /// Rows.
  int size() const { return last - first; }
};
/// The `index`-th of `parts` parts of `count` rows.
Part part_of(int count, int parts, int index);

/// The ranks of a run, as seen from one of them; this class itself: a rank alone. All members but rank() and
/// size() are collective.
class Ranks {
 public:
  virtual ~Ranks() = default;
  /// Of this process, from 0.
  virtual int rank() const { return 0; }
  /// Number of processes.
  virtual int size() const { return 1; }

  /// values[i] <- sum over ranks, on every rank. Exact where all ranks but one have zero.
  virtual void sum(std::span<double> values);
  /// send[send_begin[r]] … send[send_begin[r + 1] - 1] go to rank r; what rank r sends to this one arrives
  /// from receive[receive_begin[r]] on.
  template <class Block>
  void exchange(const Block* send, const std::vector<std::size_t>& send_begin, Block* receive,
                const std::vector<std::size_t>& receive_begin) {
    exchange(send, send_begin, receive, receive_begin, sizeof(Block));
  }
  /// The same for units of so many bytes, a multiple of `smallest_unit`.
  virtual void exchange(const void* send, const std::vector<std::size_t>& send_begin, void* receive,
                        const std::vector<std::size_t>& receive_begin, std::size_t unit);
  /// In bytes: the values of a block in single precision.
  static constexpr std::size_t smallest_unit = sizeof(BasicBlock<float>);
};

/// Threads that work on one task at a time.
class Threads {
 public:
  /// `count` >= 1, the calling thread included. Throws ConfigError if the system refuses them.
  explicit Threads(int count = 1);
  ~Threads();
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  /// Threads, the caller's included.
  int count() const;
  /// task(thread) for 0 <= thread < count(), at the same time; returns when all have. The task must not
  /// throw.
  void run(const std::function<void(int thread)>& task);

 private:
  struct Pool;
  std::unique_ptr<Pool> pool_;
};

/// Who shares one run.
struct Team {
  /// Processes; one by default.
  std::shared_ptr<Ranks> ranks = std::make_shared<Ranks>();
  /// Of each process; one by default.
  std::shared_ptr<Threads> threads = std::make_shared<Threads>();
};

}  // namespace bondscope::tdse
