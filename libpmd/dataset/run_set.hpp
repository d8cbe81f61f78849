#pragma once

// Parameters of many runs or points: independent random draws, or a list.

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "libpmd/base/config/config.hpp"
#include "libpmd/dataset/molecules.hpp"

namespace bondscope {

/// Independent draws of all parameters of one molecule, uniform in [min, max), or fixed where both are equal.
struct RunRanges {
  std::size_t runs = 0;    ///< number of draws
  RunParameters min, max;  ///< ends of the ranges; the same molecule in both

  /// Whether all members are equal.
  bool operator==(const RunRanges&) const = default;
};

using RunList = std::vector<RunParameters>;       ///< Runs one by one
using RunSet = std::variant<RunRanges, RunList>;  ///< Draws or a list

inline constexpr std::size_t most_runs = 10'000'000;  ///< that a data set may have

/// What the keys of runs mean.
struct RunKeys {
  std::span<const Parameter> declared;  ///< by the data set
  Molecules& molecules;                 ///< that runs may be of
};

/// Makes the molecules known that `config` and the items of its `lists` name. Throws ConfigError, FileError.
void name_molecules(const Config& config, std::initializer_list<const char*> lists, Molecules& molecules);
/// Throws ConfigError if the mapping has a key that is neither among `others` nor `molecule` nor gives a
/// parameter of a known molecule.
void expect_run_keys(const Config& config, std::vector<std::string> others, const RunKeys& keys);
/// Reads `count_key`, which is the number of draws or the list of runs itself, and for draws `molecule` and
/// each of its parameters: a number or [min, max]. What `config` does not give is taken from `general`, which
/// may be `config` itself. Throws ConfigError.
RunSet read_run_set(const Config& config, const std::string& count_key, const Config& general,
                    const RunKeys& keys);
/// Reads a list of further runs beside draws: what an item does not give is the draws' value, where that is
/// one number; otherwise it must. Throws ConfigError.
RunList read_further_runs(const Config& config, const std::string& list_key, const RunRanges& ranges,
                          const RunKeys& keys);
/// Calls visit(run) for each RunParameters of the set: those of a list, or the two ends of the ranges.
template <class Set, class Visit>
void for_each_run(Set& set, const Visit& visit) {
  if (auto* ranges = std::get_if<RunRanges>(&set)) {
    visit(ranges->min);
    visit(ranges->max);
  } else {
    for (auto& run : std::get<RunList>(set))
      visit(run);
  }
}

/// Emits the keys of a mapping that read_run_set() reads.
void emit(YAML::Emitter& out, const RunSet& set, const std::string& count_key);

/// Emits the sequence that read_further_runs() reads.
void emit(YAML::Emitter& out, const RunList& runs);

/// Number of runs.
std::size_t size(const RunSet& set);
/// Another number of draws, or the first runs of the list.
void resize(RunSet& set, std::size_t runs);

/// What draws are for: each purpose has random numbers of its own.
enum class DrawPurpose : std::uint32_t { runs = 0, focal_points = 1 };

/// Run number `index` of the list, or draw number `index`, which depends on the arguments only: not on the
/// number of draws, nor on the compiler. All of a draw but the intensity is that of draw `index / share`, so
/// that many in a row have it in common.
RunParameters run_of(const RunSet& set, std::uint64_t seed, std::size_t index,
                     DrawPurpose purpose = DrawPurpose::runs, std::uint64_t share = 1);

}  // namespace bondscope
