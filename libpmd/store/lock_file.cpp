#include "libpmd/store/lock_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <unistd.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/process/build_info.hpp"

namespace bondscope {
namespace {

constexpr std::size_t line_bytes = 512;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// A task of an array has a name of its own; its number may be that of the whole array as well.
std::string job_name() {
  const auto array = environment("SLURM_ARRAY_JOB_ID");
  return array.empty() ? environment("SLURM_JOB_ID")
                       : fmt::format("{}_{}", array, environment("SLURM_ARRAY_TASK_ID"));
}

/// It may end on a terminal.
std::string printable(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return text;
}

std::string boot_id() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(in, id);
  return id;
}

}  // namespace

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LockHolder, process, host, boot, user, cluster, job, restart, beat)

std::string LockHolder::describe() const {
  return fmt::format("process {} on {}{}", process, host, job.empty() ? "" : fmt::format(", job {}", job));
}

LockHolder this_process() {
  return {.process = ::getpid(),
          .host = host_name(),
          .boot = boot_id(),
          .user = ::getuid(),
          .cluster = environment("SLURM_CLUSTER_NAME"),
          .job = job_name(),
          .restart = std::atoi(environment("SLURM_RESTART_COUNT").c_str())};
}

std::filesystem::path lock_name(const std::filesystem::path& store) {
  auto name = std::filesystem::exists(store) ? std::filesystem::canonical(store) : store;
  return name += ".lock";
}

File open_lock(const std::filesystem::path& name) {
  File file(name, O_RDWR | O_CREAT, 0644, name);
  if (!file.is_open())
    throw FileError(fmt::format("{}: cannot be created: {}", name.string(), std::strerror(errno)));
  return file;
}

Locked try_lock(const File& file) {
  if (::flock(file.descriptor(), LOCK_EX | LOCK_NB) == 0) return Locked::by_us;
  return errno == EWOULDBLOCK ? Locked::by_another : Locked::unknown;
}

std::optional<LockHolder> read_holder(const File& file) {
  std::array<char, line_bytes> text{};
  const auto length = ::pread(file.descriptor(), text.data(), text.size(), 0);
  if (length <= 0) return {};
  try {
    auto holder = nlohmann::json::parse(text.begin(), text.begin() + length).get<LockHolder>();
    holder.host = printable(holder.host);
    holder.job = printable(holder.job);
    return holder;
  } catch (const nlohmann::json::exception&) {
    return {};
  }
}

bool write_holder(const File& file, const LockHolder& holder) {
  auto line = nlohmann::json(holder).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  line.resize(line_bytes - 1, ' ');
  line += '\n';
  // Other machines shall see it, too.
  return ::pwrite(file.descriptor(), line.data(), line.size(), 0) == static_cast<ssize_t>(line.size()) &&
         ::fdatasync(file.descriptor()) == 0;
}

}  // namespace bondscope
