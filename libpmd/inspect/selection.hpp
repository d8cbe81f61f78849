#pragma once

// Which runs of a store to look at.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libpmd/store/store.hpp"

namespace bondscope {

/// Which runs of a store, and in which order.
struct Selection {
  std::string runs{};                   ///< list as parse_run_list() reads it; empty: see below
  std::optional<std::size_t> random{};  ///< this many done runs, drawn without replacement
  std::uint64_t seed = 1;               ///< of the draw
  std::string sort{};      ///< name of a parameter or a diagnostic to order by; empty: by run number
  std::size_t count = 12;  ///< runs taken if neither `runs` nor `random` nor `where` is given
  /// Only runs with these parameters: "R=1:2" (both ends included), "cep=0", "molecule=H2+"; in the units
  /// of the store.
  std::vector<std::string> where{};
};

/// Run numbers of a list like "0,3,5-9", in its order, without repetitions; "all" stands for every number
/// below `size`. Throws ConfigError that names the entry that is malformed or out of range.
std::vector<std::size_t> parse_run_list(const std::string& list, std::size_t size);

/// The selected runs, all of them done; with conditions alone, all that fulfil them. Without anything: the
/// first `count` done runs or, with a key to sort by, `count` done runs spread evenly over the order. Throws
/// ConfigError for a bad list, an unknown key, a run in the list that is not done, both a list and a draw, a
/// condition that is none or that no run fulfils; DataError if no run is done.
std::vector<std::size_t> select_runs(const Store& store, const Selection& selection);

}  // namespace bondscope
