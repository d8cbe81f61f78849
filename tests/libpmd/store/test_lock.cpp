#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/file_system.hpp"
#include "libpmd/store/lock.hpp"
#include "libpmd/store/lock_file.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;

using bondscope::StoreLock;

namespace {

LockHolder of_another_machine(std::uint64_t beat = 3) {
  return {
      .process = 1, .host = "n7", .boot = "another", .user = 1, .cluster = "c", .job = "4711", .beat = beat};
}

/// A file with this holder's lock on it, as a file server keeps it: in this process, but on a descriptor of
/// its own.
File held(const std::filesystem::path& store, const LockHolder& holder, bool locked) {
  File file = open_lock(lock_name(store));
  REQUIRE(write_holder(file, holder));
  if (locked) REQUIRE(try_lock(file) == Locked::by_us);
  return file;
}

/// Gives signs of life of another machine's holder until it goes.
class Living {
 public:
  Living(const File& file, double seconds)
      : thread_([&file, seconds, this] {
          for (std::uint64_t beat = 4; !over_; ++beat) {
            std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
            write_holder(file, of_another_machine(beat));
          }
        }) {}
  ~Living() {
    over_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

LockWait hasty() {
  return {.beat = 0.05, .silence = 0.3, .certain = 0.8};
}

}  // namespace

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

TEST_CASE("a lock that the file system still holds for a dead machine is taken over on evidence") {
  const TemporaryFolder folder;
  const auto store = folder / "s.h5";
  const auto file = held(store, of_another_machine(), true);
  auto wait = hasty();
  std::vector<std::string> said;
  wait.say = [&](const std::string& line) { said.push_back(line); };
  const auto begin = std::chrono::steady_clock::now();
  const auto waited = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  SECTION("no sign of life for long") {
    const StoreLock lock(store, wait);
    CHECK(waited() >= wait.certain);
    REQUIRE(said.size() == 2);
    CHECK_THAT(said[0], Catch::Contains("process 1 on n7, job 4711 has the lock of"));
    CHECK_THAT(said[1], Catch::Contains("is taken over"));
  }
  SECTION("its job has ended") {
    wait.certain = 1000;
    wait.has_ended = [](const LockHolder& holder) { return holder.job == "4711"; };
    const StoreLock lock(store, wait);
    CHECK(waited() >= wait.silence);
    CHECK_FALSE(lock.lost());
  }
  SECTION("whoever is no farm never takes it over") {
    wait.certain = std::numeric_limits<double>::infinity();
    CHECK_THROWS_WITH(StoreLock(store, wait), Catch::Contains("of whom nothing was heard for"));
  }
  SECTION("somebody stops waiting") {
    wait.keep_waiting = [] { return false; };
    CHECK_THROWS_AS(StoreLock(store, wait), Interrupted);
  }
}

TEST_CASE("a lock that its dead holder's machine gives up at last is waited for") {
  const TemporaryFolder folder;
  const auto store = folder / "s.h5";
  auto file = std::make_unique<File>(held(store, of_another_machine(), true));
  std::thread server([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    file.reset();
  });
  auto wait = hasty();
  wait.certain = 1000;
  const StoreLock lock(store, wait);
  server.join();
  CHECK(read_holder(open_lock(lock_name(store)))->process == getpid());
}

TEST_CASE("a living holder on another machine is never robbed, whether or not locks reach so far") {
  const TemporaryFolder folder;
  const auto store = folder / "s.h5";
  for (const bool locked : {true, false}) {
    INFO(locked);
    const auto file = held(store, of_another_machine(), locked);
    const Living living(file, 0.05);
    auto wait = hasty();
    wait.silence = 5;
    wait.certain = 1000;
    wait.ending = 0.3;
    // Even if somebody says that its job is over.
    for (const bool ended : {false, true}) {
      wait.has_ended = [&](const LockHolder&) { return ended; };
      CHECK_THROWS_WITH(StoreLock(store, wait),
                        Catch::Contains("another farm is writing") && Catch::Contains("n7"));
    }
  }
}

TEST_CASE("a holder whose job is being ended is waited for, although it still gives signs of life") {
  const TemporaryFolder folder;
  const auto store = folder / "s.h5";
  const auto file = held(store, of_another_machine(), true);
  auto living = std::make_unique<Living>(file, 0.05);
  std::thread slurm([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    living.reset();
  });
  auto wait = hasty();
  wait.certain = 1000;
  wait.silence = 1;
  wait.has_ended = [](const LockHolder&) { return true; };
  const StoreLock lock(store, wait);
  slurm.join();
  CHECK_FALSE(lock.lost());
}

TEST_CASE("what a dead machine left behind is no lock, after a look for signs of life") {
  const TemporaryFolder folder;
  held(folder / "s.h5", of_another_machine(), false);
  const StoreLock lock(folder / "s.h5", hasty());
  // Of this machine, not even that is needed.
  auto mine = this_process();
  mine.process = 1;
  held(folder / "t.h5", mine, false);
  auto wait = hasty();
  wait.silence = 1000;
  const StoreLock other(folder / "t.h5", wait);
}

TEST_CASE("a holder that shows no sign of life while its lock is taken over learns of it") {
  const TemporaryFolder folder;
  const auto store = folder / "s.h5";
  StoreLock lock(store, hasty());
  CHECK_FALSE(lock.lost());
  SECTION("another file has its name") {
    std::filesystem::remove(lock_name(store));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    CHECK_FALSE(lock.lost());
    held(store, of_another_machine(), true);
  }
  SECTION("another process is in its file, where there are no locks") {
    held(store, of_another_machine(), false);
  }
  for (int i = 0; i < 100 && !lock.lost(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK(lock.lost());
}

TEST_CASE("a lock shows signs of life") {
  const TemporaryFolder folder;
  const StoreLock lock(folder / "s.h5", hasty());
  const auto file = open_lock(lock_name(folder / "s.h5"));
  const auto before = read_holder(file)->beat;
  for (int i = 0; i < 100 && read_holder(file)->beat == before; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK(read_holder(file)->beat > before);
}

TEST_CASE("file systems whose locks do not reach another machine are recognised") {
  const std::string mounts =
      "22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
      "30 22 0:50 / /scratch rw,noatime - lustre mds@o2ib:/s rw,localflock\n"
      "31 22 0:51 / /home rw - nfs4 server:/home rw,vers=4.2,local_lock=none\n"
      "32 31 0:52 / /home/old\\040one rw - nfs server:/old rw,vers=3,nolock,local_lock=all\n"
      "broken line\n";
  const auto weakness = [&](const char* path) { return reach_of_locks(file_system_of(path, mounts)); };
  CHECK(weakness("/tmp/s.h5").empty());
  CHECK_THAT(weakness("/scratch/a/s.h5"), Catch::Contains("lustre") && Catch::Contains("localflock"));
  CHECK(weakness("/home/s.h5").empty());
  CHECK(weakness("/scratches/s.h5").empty());
  CHECK_THAT(weakness("/home/old one/s.h5"), Catch::Contains("nolock"));
  CHECK_THAT(reach_of_locks({"beegfs", "rw"}), Catch::Contains("tuneUseGlobalFileLocks"));
  CHECK_THAT(reach_of_locks({"cifs", "rw,nobrl"}), Catch::Contains("nobrl"));
  CHECK(reach_of_locks({"cifs", "rw"}).empty());
  CHECK_FALSE(reach_of_locks({"fuse.sshfs", "rw"}).empty());
  CHECK_FALSE(file_system_of("/").type.empty());
}
