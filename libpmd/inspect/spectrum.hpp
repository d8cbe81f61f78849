#pragma once

// What a momentum distribution says about the electrons' energies and directions.
//
//   yield      Y = ∫∫ PMD dkx dky
//   dP/dE      PMD at E = (kx² + ky²)/2, summed over all directions: the photoelectron spectrum, with its ATI
//   peaks dP/dθ      summed over all energies; kx = k cos θ, ky = k sin θ dP/dkx     summed over ky
//
// Each is averaged over equal cells, and is a representation of the distribution (images/image.hpp): the
// cells' probabilities, as they are, add up to Y.

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libpmd/images/representation.hpp"
#include "libpmd/store/merge.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope {

/// The cells of spectra.
struct SpectrumSettings {
  double energy_step = 0.01;           ///< hartree; a photon of 800 nm has 0.057
  double angle_step_degrees = 2;       ///< the number of cells is rounded
  std::optional<double> energy_max{};  ///< hartree; empty: as far as the axes reach
};

/// Representations energy, angular and dp_dkx: the probability in each cell, floats, for write_images(). The
/// energy ends with a whole step at most where the longer axis does, the angle goes all round, kx over its
/// whole axis in the store's own cells, as far as an image has that many. Throws ConfigError: a step is not
/// positive or so small that there would be more than most_pixels_per_side, or the energy reaches beyond the
/// axes.
std::vector<Representation> spectrum_representations(const StoreDescription& store,
                                                     const SpectrumSettings& settings = {});

/// A density, averaged over each of equal cells.
struct Spectrum {
  std::vector<double> at;       ///< centres of the cells: hartree, rad, a.u.
  std::vector<double> density;  ///< hartree⁻¹, rad⁻¹, a.u.⁻¹

  double cell() const { return at[1] - at[0]; }  ///< width of a cell
  double integral() const;                       ///< over all cells: a probability
};

/// All that is shown of a run.
struct RunSpectra {
  std::size_t run = 0;               ///< row of the store
  std::uint64_t number = 0;          ///< in the data set
  RunParameters parameters;          ///< of the run
  std::vector<std::string> unknown;  ///< names of those that are not known
  double yield = 0;                  ///< Y, from the run's diagnostics
  /// Up = max|A|²/4, hartree, F0²/(4ω²) in a long pulse of one colour: classical electrons that do not return
  /// have at most 2 Up, those scattered once about 10 Up. Empty where the store does not say what the pulse
  /// was.
  std::optional<double> ponderomotive_energy;
  Spectrum energy, angle, kx;  ///< dP/dE, dP/dθ, dP/dkx
};

/// Of done runs, in their order. Throws DataError that names the run that is damaged or has nothing in it,
/// ConfigError as spectrum_representations(), Interrupted.
std::vector<RunSpectra> spectra_of(const Store& store, std::span<const std::size_t> runs,
                                   const SpectrumSettings& settings = {}, int threads = 1,
                                   const RowMonitor& monitor = {});

/// For people and spreadsheets: a column for each run; in rows its parameters and yield, then dP/dE, dP/dθ
/// and dP/dkx, each at its places.
std::string spectra_csv(std::span<const RunSpectra> runs);

/// dP/dE and dP/dθ side by side: curves of up to eight runs, of more a map with a line for each, in their
/// order, relative to its largest value. 2 Up and 10 Up are drawn in. `parameters` are those of the runs,
/// `sorted_by` the name of the one or of the diagnostic that they are ordered by; empty: none. Throws
/// DataError without runs, FileError.
void draw_spectra(std::span<const RunSpectra> runs, std::span<const Parameter> parameters,
                  const std::string& sorted_by, const std::filesystem::path& png);

}  // namespace bondscope
