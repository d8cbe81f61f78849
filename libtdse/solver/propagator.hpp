#pragma once

// A run on its way, whatever the method: run() drives it, saves it and continues it.

#include <complex>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libpmd/base/files/array_file.hpp"
#include "libpmd/model/diagnostics.hpp"
#include "libtdse/solver/plan.hpp"
#include "libtdse/solver/team.hpp"

namespace bondscope::tdse {

/// From the ground state at t = 0 to the end of the plan, interval by interval, each with an absorption
/// event. All members but those that say where the run is are collective: every rank of the team calls them.
class Propagator {
 public:
  virtual ~Propagator() = default;

  /// Through the next interval. Throws NumericsError if the norm grows or is not finite.
  virtual void advance() = 0;
  /// Whether the end of the plan is reached.
  virtual bool finished() const = 0;
  virtual double time() const = 0;  ///< a.u.
  /// Share of the expected work that is done, in [0, 1].
  virtual double fraction() const = 0;

  /// Writes the state between two intervals; `seconds` is what the run took so far. Rank 0 writes, and throws
  /// FileError if it cannot.
  virtual void save(const std::filesystem::path& file, const std::string& identity, double seconds) const = 0;
  virtual double seconds_before() const = 0;  ///< as saved; 0 for a run from the start

  /// Of a finished run, on every rank: dP/d²k in a.u.⁻², [kx][ky].
  virtual std::vector<float> distribution() = 0;
  /// Likewise, after distribution(): the amplitude b(k) of absorber.hpp in a.u.⁻¹, [kx][ky].
  virtual std::vector<std::complex<float>> amplitude() = 0;
  /// What is known so far; yield, pmd_max and noise_floor are left to others.
  virtual Diagnostics diagnostics() const = 0;
};

/// Makes the propagator of a method, from the start or, if there is one, from a saved state of the same run;
/// throws DataError if the state is not one of it.
using Method = std::function<std::unique_ptr<Propagator>(const Plan&, const Team&, const ArrayReader* state)>;

}  // namespace bondscope::tdse
