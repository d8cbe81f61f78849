// Writers that are killed, run out of space or meet each other.

#include <chrono>
#include <csignal>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libpmd/base/files/array_file.hpp"
#include "libpmd/base/files/replacement.hpp"
#include "tests/libpmd/base/files/file_bytes.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

using Names = std::vector<std::string>;

/// A state that shows whether it is of one piece: `step`, and an array of a size of its own full of it.
void write_step(const fs::path& path, std::uint64_t step) {
  const std::vector<std::uint64_t> numbers(200000 + 7919 * (step % 13), step);
  ArrayWriter writer;
  writer.scalar("step", step);
  writer.array("numbers", numbers);
  writer.write(path, "run");
}

/// The step of the state, which must be whole.
std::uint64_t read_step(const fs::path& path) {
  const auto state = ArrayReader::open(path, "run");
  REQUIRE(state);
  const auto step = state->scalar<std::uint64_t>("step");
  CHECK((state->values<std::uint64_t>("numbers") == std::vector(200000 + 7919 * (step % 13), step)));
  return step;
}

/// Runs `work` in a process of its own; its exit code, 100 if it threw, -1 if a signal ended it.
template <class Work>
int in_child(Work work) {
  const pid_t child = fork();
  if (child == 0) {
    try {
      _exit(work());
    } catch (...) {
      _exit(100);
    }
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("whenever a writer is killed, the last good state is there") {
  const TemporaryFolder folder;
  const auto path = folder / "run.state";
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  write_step(path, 0);
  const auto duration = Clock::now() - start;
  std::mt19937 generator(53);
  std::uniform_real_distribution<double> within_three_steps(0, 3);
  std::uint64_t last = 0;
  int interrupted = 0;
  for (int round = 0; round < 80; ++round) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      try {
        for (std::uint64_t step = last + 1;; ++step)
          write_step(path, step);
      } catch (...) {
        _exit(1);
      }
    }
    std::this_thread::sleep_for(within_three_steps(generator) * duration);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    interrupted += fs::exists(temporary_name(path));
    const auto step = read_step(path);
    CHECK(step >= last);
    last = step;
  }
  CHECK(last > 0);
  CHECK(interrupted > 0);
  write_step(path, last + 1);
  CHECK(read_step(path) == last + 1);
  CHECK(folder.names() == Names{"run.state"});
}

TEST_CASE("where there is no room the old state stays, and nothing else") {
  const TemporaryFolder folder;
  const auto path = folder / "run.state";
  write_step(path, 1);
  // A limit on file sizes stops a write half way, as a full disk does; here in any of its parts.
  for (const rlim_t room : {rlim_t{0}, rlim_t{40}, rlim_t{1'234'567}, rlim_t{fs::file_size(path)} - 8}) {
    CAPTURE(room);
    const int result = in_child([&] {
      signal(SIGXFSZ, SIG_IGN);
      const rlimit limit{room, room};
      if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
      try {
        write_step(path, 1);
      } catch (const FileError& error) {
        return std::string(error.what()).rfind(path.string() + ": cannot be written", 0) == 0 ? 0 : 2;
      }
      return 3;
    });
    CHECK(result == 0);
    CHECK(read_step(path) == 1);
    CHECK(folder.names() == Names{"run.state"});
  }
}

TEST_CASE("folders and files that cannot be written are file errors that say why") {
  const TemporaryFolder folder;
  CHECK_THROWS_AS(write_step("/nowhere/run.state", 1), FileError);
  CHECK_THROWS_WITH(write_step("/nowhere/run.state", 1),
                    Contains("/nowhere/run.state") && Contains("there is no folder /nowhere"));
  write_bytes(folder / "file", "x");
  CHECK_THROWS_AS(write_step(folder / "file" / "run.state", 1), FileError);
  fs::create_directory(folder / "taken");
  CHECK_THROWS_WITH(write_step(folder / "taken", 1), Contains("taken: cannot be written"));
  CHECK(folder.names() == Names{"file", "taken"});
  CHECK_THROWS_AS(write_step("/proc/run.state", 1), FileError);
}

TEST_CASE("a link in place of the temporary file is not followed") {
  const TemporaryFolder folder;
  write_bytes(folder / "precious", "untouched");
  fs::create_symlink(folder / "precious", folder / "run.state.partial");
  CHECK_THROWS_AS(write_step(folder / "run.state", 1), FileError);
  CHECK_THROWS_WITH(write_step(folder / "run.state", 1), Contains("run.state.partial: "));
  CHECK(read_bytes(folder / "precious") == "untouched");
}

TEST_CASE("two writers cannot write one file at once") {
  const TemporaryFolder folder;
  const auto path = folder / "run.state";
  {
    Replacement first(path);
    first.append(bytes_of("first"));
    CHECK_THROWS_WITH(write_step(path, 1), Contains("another process is writing it"));
    first.commit();
  }
  CHECK(read_bytes(path) == "first");
  write_step(path, 2);
  CHECK(read_step(path) == 2);
}

TEST_CASE("what is not committed leaves nothing") {
  const TemporaryFolder folder;
  {
    Replacement replacement(folder / "run.state");
    replacement.append(bytes_of("half"));
    CHECK(folder.names() == Names{"run.state.partial"});
  }
  CHECK(folder.names().empty());
}

TEST_CASE("a file without a folder in its name lands in the current one") {
  const TemporaryFolder folder;
  const int result = in_child([&] {
    if (chdir(folder.path().c_str()) != 0) return 1;
    write_step("run.state", 5);
    return fs::exists("run.state") ? 0 : 2;
  });
  CHECK(result == 0);
  CHECK(read_step(folder / "run.state") == 5);
}
