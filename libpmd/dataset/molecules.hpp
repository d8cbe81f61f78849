#pragma once

// The molecules that the runs of a data set are of, and the parameters that these give their runs.

#include <map>
#include <span>
#include <string>
#include <vector>

#include "libpmd/base/config/config.hpp"
#include "libpmd/model/molecule.hpp"

namespace bondscope {

/// Whether a molecule may be looked up in files (configs/molecules, or a path), as for a user, or must be
/// built in or defined in the text itself, as in a store.
enum class MoleculeFiles { allowed, refused };

/// Finds molecules as they are named, and keeps their definitions.
class Molecules {
 public:
  /// `defined`: in the data set's section `molecules`. Throws ConfigError if one is built in otherwise.
  Molecules(const std::vector<Molecule>& defined, const Config& dataset, MoleculeFiles files);

  /// The molecule that the key `molecule` of `config` names, by its name or a file; `fallback` without that
  /// key. Throws ConfigError, FileError.
  const Molecule& named_in(const Config& config, const std::string& fallback);
  /// One that was named or defined before.
  const Molecule& at(const std::string& name) const { return known_.at(name); }

  /// What a run of the molecule has: the common parameters, those that the data set declares, those of the
  /// molecule. What it does not depend on, R included, and the parameters of other known molecules, are 0.
  std::vector<Parameter> parameters_of(const Molecule& molecule, std::span<const Parameter> declared) const;

  /// Throws ConfigError if the section `molecules` defines one that is not among `used`.
  void expect_used(const std::vector<std::string>& used, const Config& dataset) const;

 private:
  const Molecule& add(const Config& config, const char* where, const Molecule& molecule);

  MoleculeFiles files_;
  std::map<std::string, Molecule> known_;
  std::map<std::string, std::string> names_;  ///< of molecules by what they were called in `config`
  std::vector<std::string> defined_;          ///< by the data set
};

}  // namespace bondscope
