#pragma once

// What a row of a store may have beside its momentum distribution, in the distribution's own shape.

#include <complex>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bondscope {

/// Each [kx][ky], or empty. An array of zeros says nothing, and is the same as none.
struct RowArrays {
  std::vector<std::complex<float>> amplitude;  ///< of the momentum distribution, a.u.⁻¹
  std::vector<std::uint32_t> counts;           ///< electrons counted
  std::vector<float> uncertainty;              ///< standard deviation of the distribution, a.u.⁻²
  std::vector<std::uint8_t> mask;              ///< 1: was measured, 0: was not

  /// Whether all members are equal.
  bool operator==(const RowArrays&) const = default;
};

/// Calls `visit` with name, unit, meaning and member of each, in the order of the file.
template <class Arrays, class Visit>
void for_each_array(Arrays& arrays, const Visit& visit) {
  visit("amplitude", "a.u.^-1", "complex amplitude of the momentum distribution", arrays.amplitude);
  visit("counts", "1", "electrons counted", arrays.counts);
  visit("uncertainty", "a.u.^-2", "standard deviation of the momentum distribution", arrays.uncertainty);
  visit("mask", "", "1 where the momentum distribution was measured, 0 where it was not", arrays.mask);
}

/// amplitude, counts, uncertainty, mask.
std::vector<std::string> row_array_names();
/// Bytes of an element.
std::size_t row_array_bytes(const std::string& name);

}  // namespace bondscope
