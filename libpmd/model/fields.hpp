#pragma once

// What YAML says of a model and of the way in which distributions are taken, as tables: whoever reads, writes
// or compares these goes through them.

#include <span>
#include <string_view>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "libpmd/base/config/config.hpp"
#include "libpmd/model/model_parameters.hpp"

namespace bondscope {

/// Output momentum axes: k_j = j · spacing for |k_j| <= max. Independent of the box.
struct MomentumAxes {
  double kx_max = 3.0, kx_spacing = 0.05;  ///< along the polarisation, a.u.
  double ky_max = 2.5, ky_spacing = 0.05;  ///< across it, a.u.

  /// From -kx_max to kx_max, a.u.
  std::vector<double> kx() const;
  /// From -ky_max to ky_max, a.u.
  std::vector<double> ky() const;
};

/// What of a preset every image depends on, whatever the accuracy: the absorber and the propagation time
/// shift the maximum that every grey level refers to, and the axes cut the image.
struct Observation {
  double duration = 4;                      ///< propagation time in pulse durations t_f
  double absorber_radius = 150;             ///< r_b of Eq. (4)
  double absorber_beta = 1e-4;              ///< β of Eq. (4) at steps of absorber_reference_step
  double absorber_reference_step = 0.0184;  ///< time step for which β is given
  MomentumAxes momentum;                    ///< of the stored distribution
};

/// A number in YAML: `key`, in the mapping `section` unless that is empty.
template <class Of>
struct YamlField {
  std::string_view section, key;  ///< where it stands in the YAML
  Range range;                    ///< of admissible numbers
  /// Reads the value.
  double (*get)(const Of&);
  /// Sets the value.
  void (*set)(Of&, double);
  bool whole = false;  ///< a whole number
};

/// Of a data set: softening; where it is not given, the paper's.
std::span<const YamlField<ModelParameters>> model_fields();
/// Of a preset: duration, absorber.radius, beta and reference_step, momentum.kx_max, …; all required.
std::span<const YamlField<Observation>> observation_fields();

/// With the section `pulse` (model/pulse_parameters.hpp). Throws ConfigError.
void read(const Config& dataset, ModelParameters& model);
/// Throws ConfigError, also for axes of too many points.
void read(const Config& preset, Observation& observation);

/// Emits keys and values of one section.
template <class Of>
void emit(YAML::Emitter& out, std::span<const YamlField<Of>> fields, const Of& values,
          std::string_view section) {
  for (const auto& field : fields)
    if (field.section == section)
      out << YAML::Key << std::string(field.key) << YAML::Value << format_number(field.get(values));
}

}  // namespace bondscope
