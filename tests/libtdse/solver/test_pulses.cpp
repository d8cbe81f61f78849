// What the solver makes of pulses other than the paper's.

#include <cmath>
#include <complex>

#include <catch2/catch.hpp>

#include "libpmd/base/config/find_config.hpp"
#include "libpmd/images/image.hpp"
#include "libpmd/model/molecule.hpp"
#include "libpmd/model/units.hpp"
#include "libtdse/solver/run.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

namespace {

/// A run to the time `end`, a.u., in a fraction of a second.
RunResult run_until(double end, const RunParameters& run, const PulseShape& shape, double spacing = 0.5) {
  ModelParameters model{.pulse = shape};
  for (const char* name : {"atom", "bent"})
    model.molecules.push_back(Molecule::from_file(find_config("molecules", name)));
  Preset preset;
  preset.name = "small";
  preset.discretisation = {.spacing = spacing, .roll_off = 0.5, .time_step = 0};
  preset.half_width_x = preset.half_width_y = 52;
  preset.duration = end / Pulse(run, model).duration();
  preset.absorber_radius = 33;
  preset.absorber_interval = 1;
  preset.momentum = {.kx_max = 2.4, .kx_spacing = 0.05, .ky_max = 1.5, .ky_spacing = 0.05};
  preset.mechanisms = {.even_symmetry = true, .sparse_sampling = false};
  return bondscope::tdse::run(Plan(run, model, preset));
}

constexpr std::size_t nx = 97, ny = 61;

double at(const RunResult& result, std::size_t i, std::size_t j) {
  return result.pmd[i * ny + j];
}

/// |∫A exp(iνt) dt|²
double spectral_power(const Pulse& pulse, double frequency) {
  constexpr int steps = 20000;
  const double h = pulse.duration() / steps;
  std::complex<double> sum;
  for (int i = 1; i < steps; ++i)
    sum += pulse.vector_potential(i * h) * std::exp(std::complex<double>(0, frequency * i * h));
  return std::norm(sum * h);
}

/// The largest relative deviation of PMD(a)/PMD(b) at ky = 0 from what first-order perturbation theory says,
/// the ratio of the spectra of A at k²/2 - E0, whatever the molecule: where either is not weak.
double deviation_from_first_order(double intensity, const PulseShape& a, const PulseShape& b,
                                  RunParameters run = {}) {
  run.intensity_w_cm2 = intensity;
  run.cep = 0.4;
  const auto first = run_until(150, run, a), second = run_until(150, run, b);
  const Pulse pulse_a(intensity, run.cep, a), pulse_b(intensity, run.cep, b);
  const double most = std::max(first.diagnostics.pmd_max, second.diagnostics.pmd_max);
  double worst = 0;
  int compared = 0;
  for (std::size_t i = 0; i < nx; ++i) {
    const double k = 0.05 * (static_cast<double>(i) - 48);
    if (std::abs(k) < 0.6 || at(first, i, 30) < 0.05 * most || at(second, i, 30) < 0.05 * most) continue;
    const double frequency = 0.5 * k * k - first.diagnostics.ground_state_energy;
    const double expected = spectral_power(pulse_a, frequency) / spectral_power(pulse_b, frequency);
    worst = std::max(worst, std::abs(at(first, i, 30) / at(second, i, 30) / expected - 1));
    ++compared;
  }
  CHECK(compared >= 8);
  return worst;
}

}  // namespace

TEST_CASE("weak pulses of any shape ionise as first-order perturbation theory says") {
  // Photons of 1.52 hartree, 0.41 above what binds.
  const PulseShape sin2{.wavelength_nm = 30, .cycles = 8};
  const PulseShape gaussian{.wavelength_nm = 30, .cycles = 2.5, .envelope = Envelope::gaussian};
  CHECK(deviation_from_first_order(1e10, gaussian, sin2) < 0.01);
  CHECK(deviation_from_first_order(1e10, {.wavelength_nm = 30, .cycles = 7.3}, sin2) < 0.01);
  for (const auto& run :
       {RunParameters{.molecule = "atom", .R = 0},
        RunParameters{.molecule = "bent", .R = 2, .declared = {{"bend", 105 * units::degrees}}}}) {
    INFO(run.molecule);
    CHECK(deviation_from_first_order(1e10, gaussian, sin2, run) < 0.01);
  }
  // The second colour as if it were a pulse of its own: 15 nm, as long.
  CHECK(deviation_from_first_order(
            1e10,
            {.wavelength_nm = 30, .cycles = 8, .harmonic = 2, .relative_intensity = 1, .relative_phase = 1},
            {.wavelength_nm = 15, .cycles = 16}) < 0.01);
}

TEST_CASE("weak distributions are proportional to the intensity") {
  const PulseShape shape{.wavelength_nm = 30, .cycles = 2, .envelope = Envelope::gaussian};
  const auto weak = run_until(120, {.intensity_w_cm2 = 1e10}, shape),
             stronger = run_until(120, {.intensity_w_cm2 = 4e10}, shape);
  CHECK(stronger.diagnostics.yield == Approx(4 * weak.diagnostics.yield).epsilon(1e-3));
}

TEST_CASE("what leaves is what the distribution has, whatever the pulse; and it is the finer grid's") {
  for (const PulseShape& shape :
       {PulseShape{.wavelength_nm = 400, .cycles = 3}, PulseShape{.wavelength_nm = 400,
                                                       .cycles = 0.8,
                                                       .envelope = Envelope::gaussian,
                                                       .relative_intensity = 0.1}}) {
    const RunParameters run{.R = 4, .intensity_w_cm2 = 2e14};
    const auto coarse = run_until(260, run, shape), fine = run_until(260, run, shape, 0.4);
    CHECK(coarse.diagnostics.yield == Approx(coarse.diagnostics.absorbed).epsilon(0.1));
    CHECK(coarse.diagnostics.yield > 1e-4);
    const auto difference = grey_difference(fine.pmd, coarse.pmd, ny);
    INFO("mean " << difference.mean << ", largest " << difference.largest);
    CHECK(difference.mean < 0.1);
    CHECK(difference.largest < 2);
  }
}

TEST_CASE("the reversed field gives the mirror image; with an even harmonic φ + π alone does not") {
  const auto mirrored_difference = [](const RunResult& a, const RunResult& b) {
    double worst = 0;
    for (std::size_t i = 0; i < nx; ++i)
      for (std::size_t j = 0; j < ny; ++j)
        worst = std::max(worst, std::abs(at(a, i, j) - at(b, nx - 1 - i, j)));
    return worst / a.diagnostics.pmd_max;
  };
  const double pi = std::acos(-1.0);
  RunParameters run{.R = 4, .intensity_w_cm2 = 2e14, .cep = 0.6};
  for (const int harmonic : {2, 3}) {
    const PulseShape shape{
        .wavelength_nm = 400, .cycles = 1.5, .harmonic = harmonic, .relative_intensity = 0.2};
    const ModelParameters model{.pulse = shape};
    const auto straight = run_until(160, run, shape);
    const auto reversed = reversed_field(run, model);
    CHECK(mirrored_difference(straight, run_until(160, reversed, shape)) < 1e-6);
    if (harmonic == 2) {
      auto turned = run;
      turned.cep += pi;
      CHECK(mirrored_difference(straight, run_until(160, turned, shape)) > 0.01);
    }
  }
}

TEST_CASE("a second colour without intensity changes no bit") {
  RunParameters run{.R = 4, .intensity_w_cm2 = 2e14};
  const auto one = run_until(120, run, {.wavelength_nm = 400, .cycles = 1.5});
  run.declared = {{"relative_intensity", 0}, {"relative_phase", 1}};
  CHECK(run_until(120, run, {.wavelength_nm = 400, .cycles = 1.5, .harmonic = 3}).pmd == one.pmd);
}
