#pragma once

// A data set: which runs to compute. Read from configs/datasets/*.yaml.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libpmd/base/config/config.hpp"
#include "libpmd/dataset/displacements.hpp"
#include "libpmd/dataset/focal_sweep.hpp"
#include "libpmd/dataset/run_set.hpp"
#include "libpmd/model/model_parameters.hpp"

namespace bondscope {

/// Plain runs, or focal averages, or both: the rows are the plain runs (those drawn, those listed beside
/// them, then pairs of displaced ones), then the runs that the averages need beside them, point by point. So
/// a data set with more points begins with the rows of the one with fewer; with more draws, what comes behind
/// them stays the same but moves to later rows.
struct DataSet {
  std::string name;                 ///< as in its YAML; of files and experiments
  std::uint64_t seed = 0;           ///< of the draws; without meaning for a list
  ModelParameters model;            ///< pulse, softening and molecules, the same for all runs
  std::vector<Parameter> declared;  ///< what runs have beside common_parameters(); of molecules last
  RunSet content;                   ///< the plain runs; an empty list if there are only averages
  RunList also;                     ///< plain runs beside those drawn
  /// A pair of further plain runs beside each drawn and listed one, for every entry.
  std::vector<Displacement> displaced;
  std::optional<FocalSweep> focal;  ///< averages over the focal volume

  /// Keys: name, seed, pulse (model/pulse_parameters.hpp), softening, parameters (read_declarations()),
  /// molecule, molecules (Molecules), runs, and for ranges R, intensity_w_cm2, cep, angle or angle_deg, and
  /// what is declared, each a number or [min, max]. `runs` is the number of draws or the list of runs itself;
  /// `also` a list of runs beside draws, whose items may leave out what is the same in all draws. With
  /// `focal` (see FocalSweep) `runs` may be left out. Throws ConfigError.
  static DataSet from_config(const Config& config, MoleculeFiles files = MoleculeFiles::allowed);
  /// Every key with its value, readable by from_config().
  std::string to_yaml() const;

  /// Names of the molecules that the runs are of, in alphabetical order.
  std::vector<std::string> molecules() const;
  /// The number of rows, those for averages included.
  std::size_t size() const;
  /// Another number of plain draws, or the first `runs` of a list of plain runs; `also` and averages are not
  /// changed then. Without plain runs: as many averages as so many runs suffice for, of a list the first
  /// ones. Throws ConfigError if the list has fewer, if not one average is possible, or runs = 0.
  void resize(std::size_t runs);

  /// The runs in order. A plain run i depends on seed, ranges and i only: not on the number of runs, nor on
  /// who asks, nor on the compiler; the runs of an average likewise on its point's number.
  std::vector<RunParameters> draw() const;
  /// The averages in the order of their points, with rows of draw(). Empty without `focal`.
  std::vector<FocalAverage> averages() const;
};

/// Whether a data set's YAML is a list of several that are computed one after the other, each into a store of
/// its own: it has the key `sets`.
bool is_set_list(const Config& config);

/// Their names or files, from
///
///   sets: [base, cep, …]
///
/// in order, each once. Throws ConfigError.
std::vector<std::string> read_set_list(const Config& config);

}  // namespace bondscope
