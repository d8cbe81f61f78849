#pragma once

// Numbers of 16 bits: half the size of a model.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "libml/arrays/array.hpp"

namespace bondscope::ml {

/// What in an array [row][column] shares a scale: the numbers of a row, or of a column.
enum class Scaled { rows, columns };

/// Makes the numbers of each row or column whole multiples of a power of two, from -32767 to 32767 of them,
/// which is next to them to about 2⁻¹⁶ of the largest. Numbers that were rounded so stay as they are. `rows`
/// must divide their number. Throws NumericsError if one is not finite.
void round_to_16_bits(std::vector<float>& values, std::size_t rows, Scaled scaled);

/// Adds an array of numbers that round_to_16_bits() leaves as they are, with the first dimension as its rows:
/// its multiples as int16, and NAME.exponents int16, [row][1]… or [1][column], so that multiples ·
/// 2^exponents are the numbers, as NumPy multiplies arrays of such shapes. Adds others as float32.
void add_rounded(Learned& into, const std::string& name, std::vector<std::int64_t> shape,
                 const std::vector<float>& values, Scaled scaled);
/// What add_rounded() was given. Throws DataError as Learned does, or if numbers would not be finite.
std::vector<float> rounded_values(const Learned& from, const std::string& name,
                                  std::initializer_list<std::int64_t> shape, Scaled scaled);

}  // namespace bondscope::ml
