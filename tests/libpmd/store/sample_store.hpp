#pragma once

// A small store and recognisable contents for it.

#include <vector>

#include "libpmd/store/store.hpp"

namespace sample {

inline bondscope::StoreDescription description(std::size_t runs = 5) {
  bondscope::StoreDescription d;
  d.dataset = "sample";
  d.preset = "none";
  d.seed = 7;
  d.configuration = "preset: {name: none}\ndataset: {name: sample}\n";
  d.configuration_given = "# as given\n";
  d.code_version = "test";
  d.libraries = "HDF5";
  d.machine = "here";
  d.created = "now";
  d.kx = {-1, -0.5, 0, 0.5};
  d.ky = {-0.25, 0, 0.25};
  for (std::size_t i = 0; i < runs; ++i)
    d.runs.push_back(
        {i % 2 ? "HeH+" : "H2+", 1.0 + static_cast<double>(i), 1e14, 0.1 * static_cast<double>(i), 0.5});
  return d;
}

inline std::vector<float> slab(std::size_t run) {
  std::vector<float> values(12);
  for (std::size_t j = 0; j < values.size(); ++j)
    values[j] = static_cast<float>(100 * run + j) * 1e-3f;
  return values;
}

inline bondscope::Diagnostics diagnostics(std::size_t run) {
  bondscope::Diagnostics d;
  double value = static_cast<double>(run);
  for (const auto& field : bondscope::diagnostics_fields)
    d.*field.member = value += 0.25;
  return d;
}

}  // namespace sample
