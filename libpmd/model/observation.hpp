#pragma once

// How a momentum distribution is taken: what of a preset every image depends on, whatever the accuracy. The
// absorber and the propagation time shift the maximum that every grey level refers to, and the axes cut the
// image.

#include <span>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "libpmd/base/config/config.hpp"

namespace bondscope {

/// Output momentum axes: k_j = j · spacing for |k_j| <= max. Independent of the box.
struct MomentumAxes {
  double kx_max = 3.0, kx_spacing = 0.05;
  double ky_max = 2.5, ky_spacing = 0.05;

  std::vector<double> kx() const;
  std::vector<double> ky() const;
};

struct Observation {
  double duration = 4;                      ///< propagation time in pulse durations t_f
  double absorber_radius = 150;             ///< r_b of Eq. (4)
  double absorber_beta = 1e-4;              ///< β of Eq. (4) at steps of absorber_reference_step
  double absorber_reference_step = 0.0184;  ///< time step for which β is given
  MomentumAxes momentum;
};

/// Where a preset's YAML has it: `key`, in the mapping `section` unless that is empty.
struct ObservationField {
  const char* section;
  const char* key;
  Range range;
  double& (*in)(Observation&);
};
std::span<const ObservationField> observation_fields();

/// Reads all fields from a preset. Throws ConfigError, also for axes of too many points.
void read(const Config& preset, Observation& observation);
/// Emits the keys and values of one section.
void emit(YAML::Emitter& out, const Observation& observation, std::string_view section);

}  // namespace bondscope
