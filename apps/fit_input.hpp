#pragma once

// The distribution that tdse_fit is given.

#include <cstdint>
#include <string>
#include <vector>

#include "apps/fit_options.hpp"
#include "libpmd/model/momentum_plane.hpp"
#include "libpmd/model/parameter.hpp"
#include "libpmd/model/run_parameters.hpp"
#include "libpmd/store/row_arrays.hpp"
#include "libtdse/fit/computed_runs.hpp"

/// The distribution, and all that is known of it.
struct FitInput {
  std::vector<float> pmd;
  bondscope::RowArrays arrays;
  bondscope::MomentumPlane plane;
  bondscope::RunParameters run;
  std::vector<std::string> unknown;
  std::vector<bondscope::Parameter> parameters;  ///< that runs have
  bondscope::tdse::RunsInCommon common;
  std::string name;
  std::uint64_t checksum = 0;
  double electrons = 0;           ///< that a density of a computed distribution was counted with; 0: none
  double focal_lowest_w_cm2 = 0;  ///< with --focal
};

/// Throws WrongCommandLine for what options should have said or must not say of such a store, ConfigError and
/// DataError for a store that cannot be fitted, and what Store::open() does.
FitInput read_input(const FitOptions& options);
