#pragma once

// A data set: which runs to compute. Read from configs/datasets/*.yaml.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "libtdse/base/config.hpp"
#include "libtdse/model/run_parameters.hpp"

namespace tdse {

/// Numbers are drawn uniformly from [min, max), or are fixed where both are equal.
struct Interval {
  double min = 0, max = 0;

  bool operator==(const Interval&) const = default;
};

/// Independent uniform draws of all parameters.
struct RunRanges {
  std::string molecule = "H2+";
  std::size_t runs = 0;
  Interval R, intensity_w_cm2, cep, angle;

  bool operator==(const RunRanges&) const = default;
};

struct DataSet {
  std::string name;
  std::uint64_t seed = 0;  ///< of the draws; without meaning for a list
  ModelParameters model;
  std::variant<RunRanges, std::vector<RunParameters>> content;

  /// Keys: name, seed, pulse {wavelength_nm, cycles}, softening, molecule, runs, and for ranges R,
  /// intensity_w_cm2, cep, angle or angle_deg, each a number or [min, max]. `runs` is the number of draws or
  /// the list of runs itself. Throws ConfigError.
  static DataSet from_config(const Config& config);
  /// Every key with its value, readable by from_config().
  std::string to_yaml() const;

  std::size_t size() const;
  /// Another number of draws, or the first `runs` of a list. Throws ConfigError if the list has fewer, or
  /// runs = 0.
  void resize(std::size_t runs);

  /// The runs in order. Run i depends on seed, ranges and i only: not on the number of runs, nor on who asks,
  /// nor on the compiler.
  std::vector<RunParameters> draw() const;
};

}  // namespace tdse
