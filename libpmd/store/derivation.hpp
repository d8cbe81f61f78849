#pragma once

// What a store that was not computed by a farm was derived from: momentum distributions that are sums,
// interpolations or degraded views of stored runs.

#include <cstdint>
#include <string>
#include <vector>

namespace bondscope {

/// What a derived distribution may be used for in learning: one that was made from others, as an
/// interpolated one, must not test what was trained on those, and the other way round.
enum class Use : std::uint8_t { any = 0, training = 1, test = 2 };
const char* to_string(Use use);

/// A run that a derived distribution was made from.
struct Link {
  std::uint32_t source = 0;            ///< entry of the description's history: the store that has the run
  std::uint32_t reserved = 0;          ///< always 0
  std::uint64_t run = 0;               ///< the run's number in its data set
  std::uint64_t payload_checksum = 0;  ///< of the run, as its commit record has it
  double weight = 0;  ///< the run's share where the distribution is a sum, else 1 or the rule's own meaning

  bool operator==(const Link&) const = default;
};

struct Derivation {
  std::string method;    ///< JSON object: `kind` (focal_average, interpolation, degradation) and the settings
  std::vector<Use> use;  ///< of each row
  std::vector<std::vector<Link>> links;  ///< of each row, at least one
  /// The farm's runs behind each row, through however many derivations: their payload checksums, increasing,
  /// at least one. Rows that have one in common must not be parted into training and tests.
  std::vector<std::vector<std::uint64_t>> roots;

  bool operator==(const Derivation&) const = default;
};

}  // namespace bondscope
