#pragma once

// The fields of ModelParameters, for whoever reads, writes or compares them.

#include <span>

#include <yaml-cpp/yaml.h>

#include "libpmd/base/config/config.hpp"
#include "libpmd/model/run_parameters.hpp"

namespace bondscope {

/// Where a data set's YAML has it: `key`, in the mapping `section` unless that is empty.
struct ModelField {
  const char* section;
  const char* key;
  Range range;
  bool whole;  ///< a whole number
  double (*get)(const ModelParameters&);
  void (*set)(ModelParameters&, double);
};
/// pulse.wavelength_nm, pulse.cycles, softening.
std::span<const ModelField> model_fields();

/// What a data set does not give stays as it is. Throws ConfigError.
void read(const Config& dataset, ModelParameters& model);
void emit(YAML::Emitter& out, const ModelParameters& model);

}  // namespace bondscope
