#pragma once

// Momentum distributions averaged over the focal volume, Eqs. (5) and (6), made of stored runs.

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "libpmd/dataset/focal_sweep.hpp"
#include "libpmd/store/merge.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope {

/// Which averages are made of which runs of one store.
struct AveragePlan {
  std::vector<FocalAverage> averages;  ///< Term::run is a row of the store
  std::vector<std::string> left_out;   ///< averages that cannot be made, and why
  std::string method;                  ///< Derivation::method: a JSON object with rule and settings
};

/// The averages that the store's data set plans (its section `focal`). Runs are found by their numbers in the
/// data set and compared with what is planned. Throws DataError if the store was derived itself, plans no
/// averages, or an average lacks a run: that is named. With `skip_incomplete` such averages are left out, and
/// those with a damaged run; DataError only if none remains.
AveragePlan planned_averages(const Store& store, bool skip_incomplete = false);

/// Averages over a sweep: runs equal in everything but the intensity.
struct SweepAverages {
  /// `trapezoid` as the paper has it, from stored intensity to stored intensity; `ladder`:
  /// focal_interpolation().
  enum class Rule { trapezoid, ladder };

  std::vector<double> peaks_w_cm2;  ///< I0, each for every sweep
  Rule rule = Rule::ladder;         ///< between the stored intensities
  double lowest_w_cm2 = 0;          ///< lower cut; 0: each sweep's lowest intensity
  bool skip_incomplete = false;     ///< leave out averages that lack a run or have a damaged one
};
/// Its name, as on the command line.
const char* to_string(SweepAverages::Rule rule);

inline constexpr std::size_t least_sweep_intensities = 5;  ///< that a sweep must have to be averaged

/// An average for every peak and every sweep of at least five done runs of different intensity, in the order
/// of the sweeps' first rows, then of the peaks as given. Throws ConfigError for peaks that are not positive
/// or given twice; DataError if the store was derived itself or has no such sweep, or a sweep does not reach
/// from the cut to a peak, unless that is to be left out.
AveragePlan sweep_averages(const Store& store, const SweepAverages& wanted);

/// Makes a derived store of the plan, a row for each average: Σ weight · PMD in double precision, where
/// negative (only the weights of `ladder` can do that) set to 0, unless that is more than a thousandth of an
/// average: the intensities are then too far apart, DataError.
/// Diagnostics: the energy is that of the run of highest intensity, the residual the largest, absorbed the
/// weighted sum, wall_seconds and steps those of all runs together. Throws what write_derived() throws,
/// DataError for a damaged run.
void write_averages(const std::filesystem::path& output, const Store& store, const AveragePlan& plan,
                    const RowMonitor& monitor = {});

}  // namespace bondscope
