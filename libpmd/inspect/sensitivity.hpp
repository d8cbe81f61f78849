#pragma once

// What a momentum distribution says about the parameters of its run, whoever reads it: its derivatives, and
// the Fisher information of one electron, from runs beside it that differ in one parameter by a little.
//
//   p(k)    = PMD(k) / ∫ PMD dk                  the density of one electron's momentum
//   s_a(k)  = ∂ ln p(k)/∂a                       the score of parameter a
//   i_a(k)  = p(k) s_a(k)²                       where in the plane information about a lies
//   F_ab    = ∫ p s_a s_b dk                     the Fisher matrix of one electron
//
// N electrons tell a, all else known, no better than to 1/√(N F_aa), and with the other parameters unknown no
// better than to √((F⁻¹)_aa / N): the bound of Cramér and Rao. What the number of electrons itself says is
// left out: an experiment does not know its density of molecules.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "libpmd/store/merge.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope {

/// Two runs that differ from a third in one parameter only.
struct DisplacedPair {
  Parameter parameter;               ///< in which they differ
  std::size_t below = 0, above = 0;  ///< rows of the store
  double step = 0;                   ///< half their distance, in the parameter's unit
};

/// A run with at least one pair at equal distances to either side, of those done.
struct DisplacedRuns {
  std::size_t centre = 0;  ///< row of the store
  std::vector<DisplacedPair>
      pairs;  ///< in the order of all_parameters(); the nearest where there are several
};

/// All of a store, by rows; it may be of any data set. Throws DataError if there is none, or the store is
/// compact or was counted: what the one leaves out, and the other's noise, are no smaller than the
/// differences.
std::vector<DisplacedRuns> displaced_runs(const Store& store);

/// Of one run.
struct Sensitivity {
  std::size_t run = 0;               ///< row of the store
  std::uint64_t number = 0;          ///< in the data set
  RunParameters parameters;          ///< of the run
  std::vector<Parameter> displaced;  ///< in the order of all that follows
  std::vector<double> steps;         ///< half the distances of the pairs
  std::vector<double> changes;       ///< total variation ½∫|p₊ - p₋| dk of the pairs
  Eigen::MatrixXd information;       ///< F in the parameters' units

  /// √N times the bound, all other parameters known.
  double error_alone(std::size_t i) const;
  /// The same with the other displaced parameters unknown; infinite if they cannot be told apart.
  double error_free(std::size_t i) const;
};

/// In the plane, [kx][ky].
struct SensitivityMaps {
  std::vector<float> density;              ///< p, a.u.⁻²
  std::vector<std::vector<float>> scores;  ///< s of each pair's parameter per shown unit; 0 below the floor
  std::vector<std::vector<float>> information;  ///< i, likewise, per shown unit squared and a.u.²
};

/// Samples darker than this power of ten of the brightest one tell nothing: there is the solver's noise.
inline constexpr double sensitivity_floor = -6;

/// A run's maps. Throws DataError that names a run that is damaged or has nothing in it.
SensitivityMaps sensitivity_maps(const Store& store, const DisplacedRuns& runs,
                                 double floor = sensitivity_floor);

/// Of all runs, in their order. Throws as sensitivity_maps(), Interrupted.
std::vector<Sensitivity> sensitivities(const Store& store, std::span<const DisplacedRuns> runs,
                                       double floor = sensitivity_floor, const RowMonitor& monitor = {});

/// For people.
std::string sensitivity_text(std::span<const Sensitivity> all);
/// For spreadsheets: a line for each run and displaced parameter.
std::string sensitivity_csv(std::span<const Sensitivity> all);

/// A derived store of i_a(k), in shown units of the parameter, a row for each run that has the pair: what
/// else reads distributions shows it (pmd_store render). Throws ConfigError if no run has such a pair, and as
/// write_derived().
void write_sensitivity(const std::filesystem::path& output, const Store& store,
                       std::span<const DisplacedRuns> runs, const std::string& parameter,
                       double floor = sensitivity_floor, const RowMonitor& monitor = {});

/// Above, errors of one electron over the parameter that varies most; below, for up to four runs: the
/// distribution, the score of the first displaced parameter, and where its information lies. Runs that lack a
/// pair which others have are left out. Throws
/// FileError, and as sensitivity_maps().
void draw_sensitivity(const Store& store, std::span<const DisplacedRuns> runs,
                      std::span<const Sensitivity> all, const std::filesystem::path& png,
                      double floor = sensitivity_floor);

}  // namespace bondscope
