#include "libpmd/base/process/signals.hpp"

#include <atomic>
#include <cstdint>

#include <time.h>

namespace bondscope {
namespace {

constexpr std::array watched{SIGTERM, SIGINT, SIGUSR1};
constexpr std::int64_t same_request_ms = 1000;

// A signal handler can reach nothing but objects of static storage.
std::atomic<int> level{0};
std::atomic<std::int64_t> first_ms{0};
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

std::int64_t milliseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

extern "C" void count_signal(int) {
  if (level == 0) {
    first_ms = milliseconds();
    level = 1;
  } else if (milliseconds() - first_ms >= same_request_ms) {
    level = 2;
  }
}

}  // namespace

SignalWatch::SignalWatch() {
  level = 0;
  struct sigaction action {};
  action.sa_handler = count_signal;
  sigemptyset(&action.sa_mask);
  for (const int signal : watched)
    sigaddset(&action.sa_mask, signal);
  action.sa_flags = SA_RESTART;  // a write to the store must not be cut short
  for (std::size_t i = 0; i < watched.size(); ++i)
    sigaction(watched[i], &action, &previous_[i]);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGXFSZ, &ignore, &previous_.back());
}

SignalWatch::~SignalWatch() {
  for (std::size_t i = 0; i < watched.size(); ++i)
    sigaction(watched[i], &previous_[i], nullptr);
  sigaction(SIGXFSZ, &previous_.back(), nullptr);
}

StopRequest SignalWatch::request() const {
  return static_cast<StopRequest>(level.load());
}

}  // namespace bondscope
