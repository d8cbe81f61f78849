#pragma once

// The command line of tdse_fit.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/shared/command_line.hpp"
#include "libpmd/model/pulse_shape.hpp"
#include "libtdse/fit/observation.hpp"

struct FitOptions {
  std::filesystem::path input, output;
  std::optional<std::size_t> run;  ///< number in the input's data set; empty: its only one
  std::vector<std::string> fit{"R", "intensity_w_cm2"};
  std::optional<std::filesystem::path> start;  ///< JSON
  std::vector<std::string> values;             ///< NAME=VALUE
  std::vector<std::string> bounds;             ///< NAME=MIN:MAX
  std::vector<std::string> steps;              ///< NAME=STEP
  std::string preset = "production";
  std::vector<std::string> set;
  std::optional<std::string> molecule;
  std::optional<int> focal;                  ///< intensities of an average over the focal volume
  std::optional<double> focal_lowest_w_cm2;  ///< its lower cut
  bondscope::tdse::ObservationSettings observation;
  int most_steps = 12;
};

/// Empty if help or version was wanted. Throws bondscope::WrongCommandLine.
std::optional<FitOptions> parse_fit_options(const bondscope::Arguments& arguments);
