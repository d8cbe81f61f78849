// What ends in a child process, and what of it arrives here.

#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/process/child.hpp"

using namespace bondscope;
using Catch::Contains;
using Catch::StartsWith;
using End = ChildOutcome::End;

TEST_CASE("a task in a child process answers, and changes nothing here") {
  int touched = 0;
  const auto outcome = run_in_child([&] {
    touched = 1;
    return std::string(200'000, 'x');
  });
  CHECK(outcome.end == End::well);
  CHECK(outcome.text == std::string(200'000, 'x'));
  CHECK(touched == 0);
}

TEST_CASE("errors of a task in a child process are thrown here, with class and text") {
  CHECK_THROWS_AS(try_in_child("a.h5", [] { throw FileError("a.h5: no such file"); }), FileError);
  CHECK_THROWS_WITH(try_in_child("a.h5", [] { throw FileError("a.h5: no such file"); }),
                    "a.h5: no such file");
  CHECK_THROWS_AS(try_in_child("a.h5", [] { throw DataError("a.h5: foreign"); }), DataError);
  CHECK_THROWS_AS(try_in_child("a.h5", [] { throw ConfigError("a.h5: unknown key"); }), ConfigError);
  CHECK_THROWS_AS(try_in_child("a.h5", [] { throw Interrupted("stopped"); }), Interrupted);
  CHECK_THROWS_WITH(try_in_child("a.h5", [] { throw std::runtime_error("strange"); }), "strange");
  CHECK_NOTHROW(try_in_child("a.h5", [] {}));
}

TEST_CASE("a crash, a hang and a hunger for memory in a child process are errors that name the file") {
  const auto crash = [](int signal) { return [signal] { std::raise(signal); }; };
  CHECK_THROWS_AS(try_in_child("a.h5", crash(SIGSEGV)), DataError);
  CHECK_THROWS_WITH(try_in_child("a.h5", crash(SIGSEGV)),
                    StartsWith("a.h5: reading it crashed (Segmentation fault)"));
  CHECK_THROWS_WITH(try_in_child("a.h5", crash(SIGABRT)), Contains("crashed (Aborted)"));
  CHECK_THROWS_WITH(try_in_child("a.h5", [] { _exit(0); }), Contains("crashed"));
  CHECK_THROWS_WITH(try_in_child("a.h5", [] { pause(); }, {.seconds = 1}), StartsWith("a.h5: reading"));
  const auto turn = [] {
    volatile int turns = 0;
    for (;;)
      static_cast<void>(turns);
  };
  CHECK_THROWS_WITH(try_in_child("a.h5", turn, {.processor_seconds = 1}), Contains("more than 1 s of"));
#ifndef __SANITIZE_ADDRESS__
  const auto hunger = [] {
    std::vector<std::vector<char>> all;
    for (;;)
      all.emplace_back(std::size_t{16} << 20, 'x');
  };
  CHECK_THROWS_WITH(try_in_child("a.h5", hunger, {.memory_bytes = std::uint64_t{256} << 20}),
                    Contains("more than 256 MiB of memory"));
#endif
}
