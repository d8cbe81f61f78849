#include <csignal>
#include <filesystem>

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "libpmd/base/error.hpp"
#include "libpmd/store/lock.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;

using bondscope::StoreLock;

TEST_CASE("a store is locked once, and the lock leaves nothing behind") {
  const TemporaryFolder folder;
  const auto store = folder / "s.h5";
  {
    const StoreLock lock(store);
    CHECK(lock.effective());
    CHECK_THROWS_WITH(StoreLock(store), Catch::Contains("another farm") &&
                                            Catch::Contains("process " + std::to_string(getpid())));
  }
  CHECK(std::filesystem::is_empty(folder.path()));
  const StoreLock again(store);
}

TEST_CASE("the lock of a killed process is free") {
  const TemporaryFolder folder;
  const auto store = folder / "s.h5";
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const StoreLock lock(store);
    if (write(ready[1], "x", 1) != 1) _exit(1);
    pause();
    _exit(0);
  }
  char byte = 0;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  CHECK_THROWS_AS(StoreLock(store), FileError);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  CHECK_NOTHROW(StoreLock(store));
  close(ready[0]);
  close(ready[1]);
}

TEST_CASE("a lock where no file can be made is refused") {
  CHECK_THROWS_AS(StoreLock("/nowhere/s.h5"), FileError);
}
