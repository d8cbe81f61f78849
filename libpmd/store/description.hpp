#pragma once

// Everything fixed when a store is created.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libpmd/model/parameter.hpp"
#include "libpmd/store/derivation.hpp"

namespace bondscope {

struct StoreDescription {
  std::string dataset;  ///< name of the data set
  std::string preset;   ///< name of the preset
  std::uint64_t seed = 0;
  std::string configuration;        ///< resolved: YAML with the sections `preset` and `dataset`
  std::string configuration_given;  ///< the YAML texts as the user gave them, with the overrides
  std::string code_version, libraries, machine, created;  ///< provenance, free text
  std::vector<double> kx, ky;                             ///< momentum axes, a.u., strictly increasing
  std::vector<RunParameters> runs;
  std::vector<Parameter> declared{};  ///< what these have beside common_parameters()
  /// Each run's number in the whole data set, strictly increasing. Empty when a store is made: 0, 1, 2, …
  std::vector<std::uint64_t> numbers{};
  std::string part{};     ///< share of a job array as parse_part() reads it, "2/4"; empty: a whole data set
  std::string history{};  ///< JSON array: the files that this one was made from; empty: made by a farm
  std::optional<Derivation> derivation{};  ///< where the distributions are not those of runs
};

/// The description's run numbers; 0, 1, 2, … where it has none.
std::vector<std::uint64_t> numbers_of(const StoreDescription& description);

/// Bytes that a store of this shape will occupy, but for its texts.
std::uint64_t store_bytes(const StoreDescription& description);

}  // namespace bondscope
