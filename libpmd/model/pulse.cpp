#include "libpmd/model/pulse.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/model/units.hpp"

namespace bondscope {

Pulse::Pulse(double intensity_w_cm2, double cep, const ModelParameters& model)
    : peak_field_(std::sqrt(intensity_w_cm2 / units::intensity_w_cm2)),
      omega_(units::wavelength_nm_times_omega / model.wavelength_nm),
      cep_(cep),
      duration_(2 * units::pi * model.cycles / omega_),
      amplitude_((model.cycles % 2 ? -1.0 : 1.0) * peak_field_ / omega_),
      cycles_(model.cycles) {
  if (!(intensity_w_cm2 >= 0) || !std::isfinite(intensity_w_cm2))
    throw ConfigError(
        fmt::format("intensity_w_cm2: {} is not a peak intensity", format_number(intensity_w_cm2)));
  if (!std::isfinite(cep)) throw ConfigError("cep: the carrier-envelope phase must be finite");
  if (!(model.wavelength_nm > 0) || !std::isfinite(model.wavelength_nm))
    throw ConfigError(
        fmt::format("pulse.wavelength_nm: {} is not a wavelength", format_number(model.wavelength_nm)));
  if (model.cycles < 1) throw ConfigError("pulse.cycles: a pulse has at least one cycle");
}

double Pulse::vector_potential(double t) const {
  if (t <= 0 || t >= duration_) return 0;
  const double envelope = std::sin(omega_ * t / (2 * cycles_));
  return amplitude_ * envelope * envelope * std::sin(omega_ * t + cep_);
}

double Pulse::field(double t) const {
  if (t <= 0 || t >= duration_) return 0;
  const double u = omega_ * t / (2 * cycles_);
  const double envelope = std::sin(u);
  return -amplitude_ * (omega_ / cycles_ * envelope * std::cos(u) * std::sin(omega_ * t + cep_) +
                        omega_ * envelope * envelope * std::cos(omega_ * t + cep_));
}

double Pulse::excursion(double t) const {
  t = std::clamp(t, 0.0, duration_);
  // sin² sin is a sum of three sines, at ω and at the side bands ω ± ω/n.
  const auto integral_of_sine = [&](double frequency) {
    if (std::abs(frequency) < 1e-12 * omega_) return std::sin(cep_) * t;
    return (std::cos(cep_) - std::cos(frequency * t + cep_)) / frequency;
  };
  const double side = omega_ / cycles_;
  return amplitude_ * (0.5 * integral_of_sine(omega_) -
                       0.25 * (integral_of_sine(omega_ + side) + integral_of_sine(omega_ - side)));
}

}  // namespace bondscope
