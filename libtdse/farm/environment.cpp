#include "libtdse/farm/environment.hpp"

#include <cstdlib>
#include <initializer_list>

namespace bondscope::tdse {
namespace {

std::optional<int> first_of(std::initializer_list<const char*> names) {
  constexpr std::uint64_t most = 100'000'000;
  for (const char* name : names)
    if (const auto number = number_in_environment(name); number && *number < most)
      return static_cast<int>(*number);
  return {};
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

// A batch script has SLURM_PROCID, too, and so have programs that mpirun starts from there: it comes last.
std::optional<int> rank_in_environment() {
  return first_of({"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"});
}

std::optional<int> ranks_in_environment() {
  return first_of({"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"});
}

}  // namespace bondscope::tdse
