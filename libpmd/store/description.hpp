#pragma once

// Everything fixed when a store is created: what its runs are, which share of a data set they are, and what
// they were derived from.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "libpmd/model/parameter.hpp"

namespace bondscope {

/// What a derived distribution may be used for in learning: one that was made from others, as an
/// interpolated one, must not test what was trained on those, and the other way round.
enum class Use : std::uint8_t { any = 0, training = 1, test = 2 };
/// "any", "training", "test".
const char* to_string(Use use);

/// A run that a derived distribution was made from.
struct Link {
  std::uint32_t source = 0;            ///< entry of the description's history: the store that has the run
  std::uint32_t reserved = 0;          ///< always 0
  std::uint64_t run = 0;               ///< the run's number in its data set
  std::uint64_t payload_checksum = 0;  ///< of the run, as its commit record has it
  double weight = 0;  ///< the run's share where the distribution is a sum, else 1 or the rule's own meaning

  /// Whether all members are equal.
  bool operator==(const Link&) const = default;
};

/// What a store that was not computed by a farm was derived from: momentum distributions that are sums,
/// interpolations or degraded views of stored runs.
struct Derivation {
  std::string method;    ///< JSON object: `kind` (focal_average, sensitivity, …) and the settings
  std::vector<Use> use;  ///< of each row
  std::vector<std::vector<Link>> links;  ///< of each row, at least one
  /// The farm's runs behind each row, through however many derivations: their payload checksums, increasing,
  /// at least one. Rows that have one in common must not be parted into training and tests.
  std::vector<std::vector<std::uint64_t>> roots;

  /// Whether all members are equal.
  bool operator==(const Derivation&) const = default;
};

/// All that a store says of itself and its rows, but for distributions and records.
struct StoreDescription {
  std::string dataset;              ///< name of the data set
  std::string preset;               ///< name of the preset
  std::uint64_t seed = 0;           ///< of the random parameters
  std::string configuration;        ///< resolved: YAML with the sections `preset` and `dataset`
  std::string configuration_given;  ///< the YAML texts as the user gave them, with the overrides
  std::string code_version, libraries, machine, created;  ///< provenance, free text
  std::vector<double> kx, ky;                             ///< momentum axes, a.u., strictly increasing
  std::vector<RunParameters> runs;                        ///< parameters of each row
  std::vector<Parameter> declared{};                      ///< what these have beside common_parameters()
  /// Each run's number in the whole data set, strictly increasing. Empty when a store is made: 0, 1, 2, …
  std::vector<std::uint64_t> numbers{};
  std::string part{};     ///< share of a job array as parse_part() reads it, "2/4"; empty: a whole data set
  std::string history{};  ///< JSON array: the files that this one was made from; empty: made by a farm
  std::optional<Derivation> derivation{};  ///< where the distributions are not those of runs
  /// Names of row_array_names(): what rows may have beside their distributions.
  std::vector<std::string> arrays{};
  /// Of each row, the parameters whose values are not known and read 0, by name; empty: all are known.
  std::vector<std::vector<std::string>> unknown{};
  /// Of each row, 1 if it was measured and not computed; empty: none was.
  std::vector<std::uint8_t> measured{};

  /// What a row may be used for.
  Use use_of(std::size_t row) const { return derivation ? derivation->use[row] : Use::any; }
  /// Whether the value of a parameter is known in a row.
  bool knows(std::size_t row, const std::string& parameter) const;
  /// Parameters whose values are not known in a row.
  std::vector<std::string> unknown_of(std::size_t row) const {
    return unknown.empty() ? std::vector<std::string>() : unknown[row];
  }
  /// Whether a row was measured and not computed.
  bool is_measured(std::size_t row) const { return !measured.empty() && measured[row] != 0; }
};

/// Gives `to`, which has numbers, a further row: that of `from`, with its number and all that is said of it.
void add_row(StoreDescription& to, const StoreDescription& from, std::size_t row);
/// The same without number and derivation, for a row that `to` has already.
void copy_marks(StoreDescription& to, std::size_t to_row, const StoreDescription& from, std::size_t row);
/// Whether two rows have the same marks.
bool same_marks(const StoreDescription& a, std::size_t a_row, const StoreDescription& b, std::size_t b_row);

/// With numbers (see numbers_of()), and without marks where no row has one.
StoreDescription complete(StoreDescription description);

/// What a store of other rows has in common with this one: names, seed, configuration, declared parameters,
/// axes, and which arrays there are.
StoreDescription without_rows(const StoreDescription& description);

/// The description's run numbers; 0, 1, 2, … where it has none.
std::vector<std::uint64_t> numbers_of(const StoreDescription& description);

/// Bytes that a store of this shape will occupy, but for its texts.
std::uint64_t store_bytes(const StoreDescription& description);

// Which share of a data set a store holds: job arrays divide one among several farms.

inline constexpr int most_parts = 1'000'000;  ///< that a data set may be divided into

/// Some of `count` shares, numbered from 1; by default the whole data set. One farm has one share; stores
/// that were merged may have several. Share i has the runs i - 1, i - 1 + count, …: all shares have runs of
/// all kinds.
struct DataSetPart {
  std::set<int> shares = {1};  ///< which ones, from 1
  int count = 1;               ///< how many there are in all

  /// Whether all members are equal.
  bool operator==(const DataSetPart&) const = default;
};

/// Reads "2/4", or "1,3/4" of several shares. Empty if the text is not of that form: numbers without signs or
/// leading zeros, increasing, 1 <= share <= count <= most_parts.
std::optional<DataSetPart> parse_part(const std::string& text);
/// One share. Throws ConfigError for anything but I/N with 1 <= I <= N <= most_parts.
DataSetPart read_share(const std::string& text);

/// As StoreDescription::part has it: "" for the whole data set.
std::string to_string(const DataSetPart& part);

/// Numbers of the part's runs in a data set of `runs`, increasing. Throws ConfigError if there are none.
std::vector<std::uint64_t> run_numbers(const DataSetPart& part, std::size_t runs);

}  // namespace bondscope
