#pragma once

// The parameters of a run, named once. Whoever reads, writes, draws, checks, compares or prints them goes
// through this table; a further one that every run has is one more entry, and one that only some data sets
// have is declared by them (model/declarations.hpp).

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libpmd/base/text/number.hpp"
#include "libpmd/model/run_parameters.hpp"

namespace bondscope {

/// One parameter that runs have.
struct Parameter {
  std::string name;                  ///< in YAML, in tables, and in files: the dataset /parameters/NAME
  std::string title;                 ///< in reports and recipes; mostly the name
  std::string symbol;                ///< in formulas, e.g. "φ"
  std::string unit;                  ///< of the value
  std::string meaning;               ///< in files
  std::string label;                 ///< in figures
  Range range = Range::any();        ///< of what a data set may ask for
  std::optional<double> fallback{};  ///< where a data set gives no value; empty: it must
  double period = 0;                 ///< of the distribution in this parameter; 0: none
  std::string degrees_key{};         ///< the YAML key that takes degrees instead
  double shown_unit = 1;             ///< reports and targets of learning are in multiples of this
  std::string shown_unit_name{};     ///< e.g. "1e14 W/cm^2"
  double RunParameters::*member = nullptr;  ///< of one that every run has

  /// Its dataset in files.
  std::string path() const { return "/parameters/" + name; }
  /// Throws DataError if the run has no such parameter.
  double of(const RunParameters& run) const;
  /// Declared values take their place by name.
  void set(RunParameters& run, double value) const;
};

/// What every run has, in storage order: R, intensity_w_cm2, cep, angle.
std::span<const Parameter> common_parameters();
/// Those and the declared ones.
std::vector<Parameter> all_parameters(std::span<const Parameter> declared);

/// Names and values of all parameters of a run but the molecule: the common ones, then the declared ones.
std::vector<DeclaredValue> values_of(const RunParameters& run);
/// "H2+, R = 2 a.u., I = 1e+14 W/cm^2, φ = 0 rad, α = 40°", four digits for messages; declared ones by name.
/// Of one whose name is among the `unknown` it says "R unknown".
std::string describe(const RunParameters& run, std::span<const std::string> unknown = {});

}  // namespace bondscope
