#pragma once

// What a molecule is: soft-core centres with fixed places in the plane, Eqs. (3) and (7), read from
// configs/molecules/*.yaml. docs/molecules.md says how to write one.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "libpmd/base/config/config.hpp"
#include "libpmd/model/linear_form.hpp"
#include "libpmd/model/parameter.hpp"

namespace bondscope {

/// V(r) = Σ -(charge + core·exp(-core_decay·s))/√(s + softening), s = |r - r_centre|², in a frame of the
/// molecule's own, whose x axis makes the angle α with the polarisation and whose origin α turns about. All
/// numbers may depend linearly on R, on the molecule's own parameters, and on the data set's `softening`.
struct Molecule {
  /// (x, y) + distance·(cos direction, sin direction), a.u. and radians.
  struct Step {
    std::optional<LinearForm> x, y, distance, direction;  ///< those given

    /// Whether all members are equal.
    bool operator==(const Step&) const = default;
  };
  /// One term of V.
  struct Centre {
    LinearForm charge, softening, core, core_decay;  ///< as V has them
    std::vector<Step> at;                            ///< the sum of these; none is the origin

    /// Whether all members are equal.
    bool operator==(const Centre&) const = default;
  };

  std::string name;                   ///< of letters, digits and + - _ ( )
  std::string meaning;                ///< in words; may be empty
  std::vector<Parameter> parameters;  ///< what its runs have beside common_parameters(), e.g. a bending angle
  std::vector<Centre> centres;        ///< at least one

  /// Of charges and cores.
  static Range charge_range() { return Range::between(-1000, 1000); }
  /// Of softenings.
  static Range softening_range() { return Range::positive(); }
  /// Of the decay of cores.
  static Range decay_range() { return Range::between(0, 1e4); }

  /// Whether any number depends on it: "R", "softening", or a parameter of its own.
  bool depends_on(const std::string& name) const;

  /// Throws ConfigError, FileError.
  static Molecule from_file(const std::filesystem::path& file);
  /// The mapping without its name. Throws ConfigError.
  static Molecule from_config(const std::string& name, const Config& config);
  /// The mapping that from_config() reads; the same for the same molecule.
  void emit(YAML::Emitter& out) const;
  /// The same as a document.
  std::string to_yaml() const;
  /// Whether both mean the same: their documents are equal.
  bool operator==(const Molecule& other) const;
};

/// H2+ and HeH+: what these names mean in every file, whatever configs/molecules says.
const std::vector<Molecule>& built_in_molecules();
/// The molecule of that name among `defined` and the built-in ones; null if there is none.
const Molecule* find_molecule(const std::vector<Molecule>& defined, const std::string& name);

}  // namespace bondscope
