#include "libpmd/base/process/child.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <new>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libpmd/base/error.hpp"

namespace bondscope {
namespace {

using End = ChildOutcome::End;

/// What the child's message begins with.
enum class Report : char { well, out_of_memory, error, config, file, data, numerics, interrupted };

template <class E>
std::function<void()> thrower(const std::string& text) {
  return [text] { throw E(text); };
}

std::function<void()> thrower(Report report, const std::string& text) {
  switch (report) {
    case Report::config:
      return thrower<ConfigError>(text);
    case Report::file:
      return thrower<FileError>(text);
    case Report::data:
      return thrower<DataError>(text);
    case Report::numerics:
      return thrower<NumericsError>(text);
    case Report::interrupted:
      return thrower<Interrupted>(text);
    default:
      return thrower<Error>(text);
  }
}

std::pair<Report, std::string> report_of(const std::function<std::string()>& task) {
  try {
    return {Report::well, task()};
  } catch (const std::bad_alloc&) {
    return {Report::out_of_memory, {}};
  } catch (const ConfigError& error) {
    return {Report::config, error.what()};
  } catch (const FileError& error) {
    return {Report::file, error.what()};
  } catch (const DataError& error) {
    return {Report::data, error.what()};
  } catch (const NumericsError& error) {
    return {Report::numerics, error.what()};
  } catch (const Interrupted& error) {
    return {Report::interrupted, error.what()};
  } catch (const std::exception& error) {
    return {Report::error, error.what()};
  }
}

void set_limit(__rlimit_resource resource, rlim_t value) {
  rlimit limit{};
  getrlimit(resource, &limit);
  limit.rlim_cur = std::min(value, limit.rlim_max);
  setrlimit(resource, &limit);
}

void set_limits(const ChildLimits& limits) {
  set_limit(RLIMIT_CORE, 0);
  set_limit(RLIMIT_CPU, static_cast<rlim_t>(limits.processor_seconds));
#ifndef __SANITIZE_ADDRESS__
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  set_limit(RLIMIT_AS, pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) + limits.memory_bytes);
#endif
}

[[noreturn]] void be_the_child(int pipe, pid_t parent, const std::function<std::string()>& task,
                               const ChildLimits& limits) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  // Libraries print what they find before they abort.
  if (const int nowhere = open("/dev/null", O_WRONLY); nowhere >= 0) dup2(nowhere, STDERR_FILENO);
  for (const int crash : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGXCPU})
    std::signal(crash, SIG_DFL);
  set_limits(limits);
  auto [report, text] = report_of(task);
  text.insert(text.begin(), static_cast<char>(report));
  for (std::size_t sent = 0; sent < text.size();) {
    const auto count = write(pipe, text.data() + sent, text.size() - sent);
    if (count < 0 && errno != EINTR) _exit(1);
    if (count > 0) sent += static_cast<std::size_t>(count);
  }
  _exit(0);
}

/// What comes through the pipe until its other end is closed. False if that takes longer than `seconds`.
bool read_message(int pipe, int seconds, std::string& message) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::seconds(seconds);
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return false;
    pollfd waiting{.fd = pipe, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, static_cast<int>(left)) <= 0) continue;
    const auto count = read(pipe, buffer.data(), buffer.size());
    if (count == 0) return true;
    if (count > 0) message.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace

ChildOutcome run_in_child(const std::function<std::string()>& task, const ChildLimits& limits) {
  std::array<int, 2> pipe{};
  if (pipe2(pipe.data(), O_CLOEXEC) != 0)
    throw Error(fmt::format("cannot make a pipe to a child process: {}", std::strerror(errno)));
  const auto parent = getpid();
  const auto child = fork();
  if (child == 0) be_the_child(pipe[1], parent, task, limits);
  const int error = errno;
  close(pipe[1]);
  if (child < 0) {
    close(pipe[0]);
    throw Error(fmt::format("cannot start a child process: {}", std::strerror(error)));
  }
  std::string message;
  const bool in_time = read_message(pipe[0], limits.seconds, message);
  close(pipe[0]);
  if (!in_time) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)) return {End::out_of_time, {}};
  if (WIFSIGNALED(status)) return {End::crash, strsignal(WTERMSIG(status))};
  if (WEXITSTATUS(status) != 0 || message.empty())
    return {End::crash, fmt::format("exit code {}", WEXITSTATUS(status))};
  const auto report = static_cast<Report>(message.front());
  message.erase(0, 1);
  if (report == Report::well) return {End::well, message};
  if (report == Report::out_of_memory) return {End::out_of_memory, {}};
  return {End::error, message, thrower(report, message)};
}

void try_in_child(const std::string& name, const std::function<void()>& task, const ChildLimits& limits) {
  const auto outcome = run_in_child(
      [&] {
        task();
        return std::string();
      },
      limits);
  const auto fail = [&](const std::string& what) {
    throw DataError(fmt::format("{}: {}; the file is damaged, or made to do harm", name, what));
  };
  switch (outcome.end) {
    case End::well:
      return;
    case End::error:
      return outcome.rethrow();
    case End::crash:
      return fail(fmt::format("reading it crashed ({})", outcome.text));
    case End::out_of_time:
      return fail(fmt::format("reading it took more than {} s of processor time or more than {} s in all",
                              limits.processor_seconds, limits.seconds));
    case End::out_of_memory:
      return fail(fmt::format("reading it took more than {} MiB of memory", limits.memory_bytes >> 20));
  }
}

}  // namespace bondscope
