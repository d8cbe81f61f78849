#include <cstdlib>
#include <ctime>
#include <fstream>

#include <catch2/catch.hpp>

#include "libtdse/farm/slurm_jobs.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

namespace {

LockHolder holder_of(const std::string& job, int restart = 0, const std::string& cluster = "here") {
  return {
      .process = 1, .host = "n1", .boot = "b", .user = 7, .cluster = cluster, .job = job, .restart = restart};
}

}  // namespace

TEST_CASE("what squeue prints becomes states and the time left") {
  const auto jobs =
      read_slurm_jobs("11|RUNNING|1:00\n12_3|FAILED|0:00\n13|PENDING|UNLIMITED\nnonsense\n", "11");
  CHECK(jobs.states.size() == 3);
  CHECK(jobs.states.at("12_3") == "FAILED");
  CHECK(jobs.seconds_left == 60);
  CHECK_FALSE(read_slurm_jobs("13|RUNNING|UNLIMITED\n", "13").seconds_left);
  CHECK(read_slurm_jobs("", "1").states.empty());
}

TEST_CASE("a lock's job has ended only if that is certain") {
  const auto me = holder_of("11", 1);
  const auto jobs =
      read_slurm_jobs("11|RUNNING|1:00\n12|COMPLETING|0:10\n13|PENDING|1:00\n14|NODE_FAIL|0:00\n", "11");
  CHECK(jobs.has_ended(holder_of("11", 0), me));
  CHECK_FALSE(jobs.has_ended(holder_of("11", 1), me));
  CHECK_FALSE(jobs.has_ended(holder_of("12"), me));
  CHECK(jobs.has_ended(holder_of("13"), me));
  CHECK(jobs.has_ended(holder_of("14"), me));
  CHECK(jobs.has_ended(holder_of("15"), me));
  // Of others' jobs, and those of another cluster, Slurm was not asked.
  CHECK_FALSE(jobs.has_ended(holder_of("15", 0, "there"), me));
  auto stranger = holder_of("15");
  stranger.user = 8;
  CHECK_FALSE(jobs.has_ended(stranger, me));
  CHECK_FALSE(jobs.has_ended(holder_of(""), me));
  CHECK_FALSE(SlurmJobs{}.has_ended(holder_of("15"), me));
}

TEST_CASE("the end of a Slurm job is taken from the environment, and only if it can be believed") {
  ::unsetenv("SLURM_JOB_ID");
  ::setenv("SLURM_JOB_END_TIME", std::to_string(std::time(nullptr) + 500).c_str(), 1);
  CHECK_FALSE(SlurmJobs::ask().seconds_left);
  ::setenv("SLURM_JOB_ID", "12", 1);
  CHECK(*SlurmJobs::ask().seconds_left == Approx(500).margin(5));
  ::setenv("SLURM_JOB_END_TIME", "999999999999", 1);
  CHECK_FALSE(SlurmJobs::ask().seconds_left);
  ::setenv("SLURM_JOB_ID", "1; touch /tmp/owned", 1);
  CHECK_FALSE(SlurmJobs::ask().seconds_left);
  ::unsetenv("SLURM_JOB_ID");
  ::unsetenv("SLURM_JOB_END_TIME");
}

TEST_CASE("squeue is asked once, by rank 0 only") {
  const TemporaryFolder folder;
  std::ofstream(folder / "squeue") << "#!/bin/sh\necho '12|RUNNING|2:00'; echo '9|TIMEOUT|0:00'\n";
  std::filesystem::permissions(folder / "squeue", std::filesystem::perms::owner_all);
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", (folder.path().string() + ":" + path).c_str(), 1);
  ::setenv("SLURM_JOB_ID", "12", 1);
  CHECK(SlurmJobs::ask().seconds_left == 120);
  CHECK(SlurmJobs::ask().states.at("9") == "TIMEOUT");
  ::setenv("OMPI_COMM_WORLD_RANK", "3", 1);
  CHECK(SlurmJobs::ask().states.empty());
  ::unsetenv("OMPI_COMM_WORLD_RANK");
  ::unsetenv("SLURM_JOB_ID");
  ::setenv("PATH", path.c_str(), 1);
}
