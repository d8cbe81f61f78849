#include "libtdse/solver/team.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <system_error>
#include <thread>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope::tdse {

Part part_of(int count, int parts, int index) {
  const auto begin = [&](int i) { return static_cast<int>(static_cast<long long>(count) * i / parts); };
  return {begin(index), begin(index + 1)};
}

void Ranks::sum(std::span<double>) {}

void Ranks::exchange(const void* send, const std::vector<std::size_t>& send_begin, void* receive,
                     const std::vector<std::size_t>& receive_begin, std::size_t unit) {
  const auto* const from = static_cast<const std::byte*>(send);
  std::copy(from + send_begin[0] * unit, from + send_begin[1] * unit,
            static_cast<std::byte*>(receive) + receive_begin[0] * unit);
}

struct Threads::Pool {
  std::mutex mutex;
  std::condition_variable begin, end;
  const std::function<void(int)>* task = nullptr;
  unsigned long long round = 0;
  int busy = 0;
  bool stop = false;
  std::vector<std::thread> threads;

  ~Pool() {
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    begin.notify_all();
    for (auto& thread : threads)
      thread.join();
  }

  void work(int index) {
    unsigned long long done = 0;
    std::unique_lock lock(mutex);
    while (true) {
      begin.wait(lock, [&] { return stop || round != done; });
      if (stop) return;
      done = round;
      lock.unlock();
      (*task)(index);
      lock.lock();
      if (--busy == 0) end.notify_one();
    }
  }
};

Threads::Threads(int count) : pool_(std::make_unique<Pool>()) {
  try {
    for (int i = 1; i < count; ++i)
      pool_->threads.emplace_back([pool = pool_.get(), i] { pool->work(i); });
  } catch (const std::system_error& e) {
    throw ConfigError(fmt::format("cannot start {} threads: {}", count, e.what()));
  }
}

Threads::~Threads() = default;

int Threads::count() const {
  return static_cast<int>(pool_->threads.size()) + 1;
}

void Threads::run(const std::function<void(int)>& task) {
  if (!pool_->threads.empty()) {
    {
      const std::lock_guard lock(pool_->mutex);
      pool_->task = &task;
      pool_->busy = static_cast<int>(pool_->threads.size());
      ++pool_->round;
    }
    pool_->begin.notify_all();
  }
  task(0);
  if (!pool_->threads.empty()) {
    std::unique_lock lock(pool_->mutex);
    pool_->end.wait(lock, [&] { return pool_->busy == 0; });
  }
}

}  // namespace bondscope::tdse
