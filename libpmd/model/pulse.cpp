#include "libpmd/model/pulse.hpp"

#include <algorithm>
#include <cmath>

#include <boost/math/quadrature/gauss.hpp>
#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/model/pulse_parameters.hpp"
#include "libpmd/model/units.hpp"

namespace bondscope {
namespace {

constexpr double widths = 2.5;  // from the middle of a Gaussian pulse to either end, in FWHM of the intensity

void check(double intensity_w_cm2, double cep, const PulseShape& shape) {
  if (!(intensity_w_cm2 >= 0) || !std::isfinite(intensity_w_cm2))
    throw ConfigError(
        fmt::format("intensity_w_cm2: {} is not a peak intensity", format_number(intensity_w_cm2)));
  if (!std::isfinite(cep)) throw ConfigError("cep: the carrier-envelope phase must be finite");
  if (!(shape.wavelength_nm > 0) || !std::isfinite(shape.wavelength_nm))
    throw ConfigError(
        fmt::format("pulse.wavelength_nm: {} is not a wavelength", format_number(shape.wavelength_nm)));
  const bool sin2 = shape.envelope == Envelope::sin2;
  const double fewest = sin2 ? 1 : 0.5;
  if (!(shape.cycles >= fewest) || !std::isfinite(shape.cycles))
    throw ConfigError(
        fmt::format("pulse.cycles: {} is too few for a pulse with the envelope {}; expected at least {}",
                    format_number(shape.cycles), sin2 ? "sin2" : "gaussian", format_number(fewest)));
  if (!(shape.relative_intensity >= 0 && shape.relative_intensity <= 1))
    throw ConfigError(
        fmt::format("pulse.relative_intensity: {} is not a share of the first colour's; expected 0 to 1",
                    format_number(shape.relative_intensity)));
  if (shape.harmonic < 2) throw ConfigError("pulse.harmonic: expected at least 2");
  if (!std::isfinite(shape.relative_phase)) throw ConfigError("pulse.relative_phase: must be finite");
}

double sinc(double x) {
  return x == 0 ? 1 : std::sin(x) / x;
}

}  // namespace

Pulse::Pulse(double intensity_w_cm2, double cep, const PulseShape& shape)
    : shape_(shape),
      peak_field_(std::sqrt(intensity_w_cm2 / units::intensity_w_cm2)),
      omega_(units::wavelength_nm_times_omega / shape.wavelength_nm),
      duration_(2 * units::pi * shape.cycles / omega_) {
  check(intensity_w_cm2, cep, shape);
  if (shape.envelope == Envelope::gaussian) duration_ *= 2 * widths;
  // Phases count from the middle of the pulse; where that is a whole number of half cycles from the
  // beginning, as in Eq. (1), from there, with the sign that this makes.
  const bool whole = shape.envelope == Envelope::sin2 && shape.cycles == std::floor(shape.cycles);
  const bool odd = whole && std::fmod(shape.cycles, 2) == 1;
  if (!whole) origin_ = 0.5 * duration_;
  colours_.push_back({(odd ? -1.0 : 1.0) * peak_field_ / omega_, omega_, cep});
  if (shape.relative_intensity > 0) {
    const int m = shape.harmonic;
    colours_.push_back(
        {(odd && m % 2 == 1 ? -1.0 : 1.0) * std::sqrt(shape.relative_intensity) * peak_field_ / (m * omega_),
         m * omega_, m * cep + shape.relative_phase});
  }
  if (shape.envelope != Envelope::sin2) integrate();
}

Pulse::Pulse(const RunParameters& run, const ModelParameters& model)
    : Pulse(run.intensity_w_cm2, run.cep, shape_of(run, model.pulse)) {}

double Pulse::largest_vector_potential() const {
  double sum = 0;
  for (const auto& colour : colours_)
    sum += std::abs(colour.amplitude);
  return sum;
}

Pulse::Modulation Pulse::modulation(double t) const {
  if (shape_.envelope == Envelope::sin2) {
    const double u = omega_ * t / (2 * shape_.cycles);
    const double sine = std::sin(u);
    return {sine * sine, omega_ / shape_.cycles * sine * std::cos(u)};
  }
  const double end = 0.5 * duration_, width = end / widths, s = t - end;
  const double a = 2 * std::log(2.0) / (width * width);
  const double g = std::exp(-a * s * s), edge = std::exp(-a * end * end);
  const double scale = 1 / (1 - edge * (1 + a * end * end));
  return {scale * (g - edge * (1 + a * (end * end - s * s))), scale * 2 * a * s * (edge - g)};
}

double Pulse::vector_potential(double t) const {
  if (t <= 0 || t >= duration_) return 0;
  const double f = modulation(t).value;
  double sum = 0;
  for (const auto& [amplitude, frequency, phase] : colours_)
    sum += amplitude * f * std::sin(frequency * (t - origin_) + phase);
  return sum;
}

double Pulse::field(double t) const {
  if (t <= 0 || t >= duration_) return 0;
  const auto [f, slope] = modulation(t);
  double sum = 0;
  for (const auto& [amplitude, frequency, phase] : colours_) {
    const double argument = frequency * (t - origin_) + phase;
    sum -= amplitude * (slope * std::sin(argument) + frequency * f * std::cos(argument));
  }
  return sum;
}

double Pulse::excursion_of(const Colour& colour, double t) const {
  // sin² sin is a sum of three sines, at the colour's frequency and its side bands. ∫ sin(νt + β) dt:
  const double beta = colour.phase - colour.frequency * origin_;
  const auto integral_of_sine = [&](double frequency) {
    if (std::abs(frequency) < 0.1 * omega_)
      return std::sin(beta + 0.5 * frequency * t) * sinc(0.5 * frequency * t) * t;
    return (std::cos(beta) - std::cos(frequency * t + beta)) / frequency;
  };
  const double side = omega_ / shape_.cycles;
  return colour.amplitude *
         (0.5 * integral_of_sine(colour.frequency) -
          0.25 * (integral_of_sine(colour.frequency + side) + integral_of_sine(colour.frequency - side)));
}

void Pulse::integrate() {
  // Within a quarter of the shortest period ten points are exact to rounding errors.
  const auto panels =
      static_cast<std::size_t>(std::ceil(duration_ * highest_frequency() / (0.5 * units::pi)));
  panel_ = duration_ / static_cast<double>(panels);
  integrals_.assign(1, 0);
  for (std::size_t i = 0; i < panels; ++i)
    integrals_.push_back(excursion(static_cast<double>(i + 1) * panel_));
}

double Pulse::excursion(double t) const {
  t = std::clamp(t, 0.0, duration_);
  if (shape_.envelope == Envelope::sin2) {
    double sum = 0;
    for (const auto& colour : colours_)
      sum += excursion_of(colour, t);
    return sum;
  }
  const auto before = std::min(static_cast<std::size_t>(t / panel_), integrals_.size() - 1);
  const double begin = static_cast<double>(before) * panel_;
  return integrals_[before] + boost::math::quadrature::gauss<double, 10>::integrate(
                                  [this](double at) { return vector_potential(at); }, begin, t);
}

RunParameters reversed_field(const RunParameters& run, const ModelParameters& model) {
  RunParameters reversed = run;
  reversed.cep += units::pi;
  const PulseShape shape = shape_of(run, model.pulse);
  if (shape.relative_intensity > 0 && shape.harmonic % 2 == 0)
    for (const auto& [parameter, member] : pulse_parameters())
      if (member == &PulseShape::relative_phase) parameter.set(reversed, shape.relative_phase + units::pi);
  return reversed;
}

}  // namespace bondscope
