#pragma once

// A run's pulse as a picture: field, vector potential, and where its electrons go.

#include <filesystem>
#include <string>

#include "libpmd/model/pulse.hpp"

namespace bondscope {

/// Three panels over time: F(t); A(t), which is the final momentum of electrons set free at t with opposite
/// sign, with the largest of direct and rescattered ones; ∫A dt, and trajectories of electrons set free with
/// at least 1e-5 of the largest tunnelling rate, those that come back coloured, with the largest distance
/// that they come back from (model/trajectories.hpp). `binding_energy` > 0 in hartree. Throws as Gnuplot().
void draw_pulse(const Pulse& pulse, double binding_energy, const std::string& title,
                const std::filesystem::path& png);

/// The same numbers as a few lines of text.
std::string pulse_text(const Pulse& pulse, double binding_energy);

}  // namespace bondscope
