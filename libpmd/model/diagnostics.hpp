#pragma once

// What a run reports about itself beside its momentum distribution.

#include <array>
#include <cstdint>

namespace bondscope {

/// Atomic units unless the name says otherwise.
struct Diagnostics {
  double ground_state_energy = 0;    ///< E0, hartree
  double ground_state_residual = 0;  ///< ‖U φ - exp(-i E0 Δt) φ‖ of the start state φ, per step
  double yield = 0;                  ///< ∫ PMD d²k over the stored axes
  double absorbed = 0;               ///< 1 - ‖ψ(t_end)‖², what left the grid
  double pmd_max = 0;                ///< largest value of the PMD, a.u.⁻²
  double noise_floor = 0;            ///< median PMD over the rim of the stored axes, a.u.⁻²
  double wall_seconds = 0;           ///< time of the run on its worker
  double steps = 0;                  ///< time steps taken

  /// Whether all members are equal.
  bool operator==(const Diagnostics&) const = default;
};

/// One diagnostic, for whoever writes or prints it.
struct DiagnosticsField {
  const char* name;             ///< as in files
  const char* unit;             ///< 1 where it has none
  const char* meaning;          ///< in words
  double Diagnostics::*member;  ///< where its value is
};

/// All fields in storage order, for whoever writes or prints them.
inline constexpr std::array<DiagnosticsField, 8> diagnostics_fields{{
    {"ground_state_energy", "hartree", "energy of the start state", &Diagnostics::ground_state_energy},
    {"ground_state_residual", "1", "norm of U phi - exp(-i E0 dt) phi per time step",
     &Diagnostics::ground_state_residual},
    {"yield", "1", "integral of the momentum distribution over the stored axes", &Diagnostics::yield},
    {"absorbed", "1", "norm that left the grid, 1 - |psi(t_end)|^2", &Diagnostics::absorbed},
    {"pmd_max", "a.u.^-2", "largest value of the momentum distribution", &Diagnostics::pmd_max},
    {"noise_floor", "a.u.^-2", "median of the momentum distribution over the rim of the stored axes",
     &Diagnostics::noise_floor},
    {"wall_seconds", "s", "time that the run took on its worker", &Diagnostics::wall_seconds},
    {"steps", "1", "time steps taken", &Diagnostics::steps},
}};

}  // namespace bondscope
