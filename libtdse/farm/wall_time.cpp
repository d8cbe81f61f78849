#include "libtdse/farm/wall_time.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <memory>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/duration.hpp"

namespace bondscope::tdse {
namespace {

constexpr double longest_believed = 1e8;  // s

/// First line that a command prints.
std::string first_line_of(const std::string& command) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::array<char, 200> line{};
  if (!pipe || !std::fgets(line.data(), line.size(), pipe.get())) return {};
  std::string text(line.data());
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
    text.pop_back();
  return text;
}

}  // namespace

std::optional<std::uint64_t> number_in_environment(const char* name) {
  const char* text = std::getenv(name);
  if (!text) return {};
  char* end = nullptr;
  const unsigned long long value = std::strtoull(text, &end, 10);
  constexpr unsigned long long most = 1ull << 40;
  if (end == text || *end != 0 || value > most) return {};
  return value;
}

std::optional<double> slurm_seconds_left() {
  const auto id = number_in_environment("SLURM_JOB_ID");
  if (!id) return {};
  auto job = std::to_string(*id);
  // For the last task of an array, the job's number is that of the whole array.
  const auto array = number_in_environment("SLURM_ARRAY_JOB_ID");
  const auto task = number_in_environment("SLURM_ARRAY_TASK_ID");
  if (array && task) job = fmt::format("{}_{}", *array, *task);
  if (const auto end = number_in_environment("SLURM_JOB_END_TIME")) {
    const double left = static_cast<double>(*end) - static_cast<double>(std::time(nullptr));
    if (left > 0 && left < longest_believed) return left;
  }
  try {
    // "UNLIMITED" and anything else that is not a duration mean: no limit.
    return read_duration(
        "squeue", first_line_of(fmt::format("squeue --noheader --jobs={} --format=%L 2>/dev/null", job)));
  } catch (const ConfigError&) {
    return {};
  }
}

WallTime::WallTime(double seconds, Clock::time_point begin) : limit_(seconds) {
  reserve_ = std::min({std::max(5.0, 0.02 * seconds), 0.25 * seconds, 120.0});
  end_ =
      begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds - reserve_));
}

double WallTime::left(Clock::time_point now) const {
  if (!limit_) return std::numeric_limits<double>::infinity();
  return std::max(0.0, std::chrono::duration<double>(end_ - now).count());
}

}  // namespace bondscope::tdse
