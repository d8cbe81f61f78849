#include <csignal>
#include <thread>

#include <catch2/catch.hpp>

#include "libpmd/base/process/signals.hpp"

using namespace bondscope;

using namespace std::chrono_literals;
using bondscope::SignalWatch;
using bondscope::StopRequest;

TEST_CASE("the first signal drains, a later one abandons") {
  for (const int first : {SIGTERM, SIGINT, SIGUSR1}) {
    const SignalWatch watch;
    CHECK(watch.request() == StopRequest::none);
    std::raise(first);
    CHECK(watch.request() == StopRequest::drain);
    std::raise(SIGTERM);
    CHECK(watch.request() == StopRequest::drain);
    std::this_thread::sleep_for(1050ms);
    std::raise(SIGUSR1);
    CHECK(watch.request() == StopRequest::abandon);
  }
}

TEST_CASE("the handlers of before come back") {
  std::signal(SIGUSR1, SIG_IGN);
  { const SignalWatch watch; }
  CHECK(std::signal(SIGUSR1, SIG_DFL) == SIG_IGN);
}
