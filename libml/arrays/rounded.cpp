#include "libml/arrays/rounded.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

constexpr int most = std::numeric_limits<std::int16_t>::max();
constexpr int least_exponent = std::numeric_limits<float>::min_exponent;  // multiples remain normal numbers
constexpr int most_exponent = std::numeric_limits<float>::max_exponent - 15;

/// Which scale each number has, of so many rows.
class Layout {
 public:
  Layout(std::size_t numbers, std::size_t rows, Scaled scaled)
      : columns_(rows == 0 ? 0 : numbers / rows), rows_(rows), scaled_(scaled) {}
  std::size_t scales() const { return scaled_ == Scaled::rows ? rows_ : columns_; }
  std::size_t scale_of(std::size_t i) const { return scaled_ == Scaled::rows ? i / columns_ : i % columns_; }

 private:
  std::size_t columns_, rows_;
  Scaled scaled_;
};

std::vector<int> exponents_of(const std::vector<float>& values, const Layout& layout) {
  std::vector<float> largest(layout.scales());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) throw NumericsError("a number that is to be rounded is not finite");
    largest[layout.scale_of(i)] = std::max(largest[layout.scale_of(i)], std::abs(values[i]));
  }
  std::vector<int> exponents;
  for (const float value : largest) {
    int exponent = 0;
    std::frexp(value, &exponent);
    exponent -= 15;
    if (std::ldexp(value, -exponent) > static_cast<float>(most) + 0.5f) ++exponent;
    exponents.push_back(std::clamp(exponent, least_exponent, most_exponent));
  }
  return exponents;
}

float multiple_of(float value, int exponent) {
  const float whole = std::nearbyint(std::ldexp(value, -exponent));
  return std::clamp(whole, -static_cast<float>(most), static_cast<float>(most));
}

bool has_multiples(const Learned& from, const std::string& name) {
  const auto* found = from.array(name);
  return found && std::holds_alternative<std::vector<std::int16_t>>(found->values);
}

/// Of the exponents of an array with so many dimensions.
std::vector<std::int64_t> shape_of_exponents(std::size_t dimensions, const Layout& layout, Scaled scaled) {
  std::vector<std::int64_t> shape(dimensions, 1);
  (scaled == Scaled::rows ? shape.front() : shape.back()) = static_cast<std::int64_t>(layout.scales());
  return shape;
}

}  // namespace

void round_to_16_bits(std::vector<float>& values, std::size_t rows, Scaled scaled) {
  const Layout layout(values.size(), rows, scaled);
  const auto exponents = exponents_of(values, layout);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int exponent = exponents[layout.scale_of(i)];
    values[i] = std::ldexp(multiple_of(values[i], exponent), exponent);
  }
}

void add_rounded(Learned& into, const std::string& name, std::vector<std::int64_t> shape,
                 const std::vector<float>& values, Scaled scaled) {
  const auto rows = static_cast<std::size_t>(shape.front());
  auto rounded = values;
  round_to_16_bits(rounded, rows, scaled);
  if (rounded != values) {
    into.add(name, std::move(shape), values);
    return;
  }
  const Layout layout(values.size(), rows, scaled);
  const auto exponents = exponents_of(values, layout);
  std::vector<std::int16_t> multiples;
  for (std::size_t i = 0; i < values.size(); ++i)
    multiples.push_back(static_cast<std::int16_t>(multiple_of(values[i], exponents[layout.scale_of(i)])));
  auto of_exponents = shape_of_exponents(shape.size(), layout, scaled);
  into.add(name, std::move(shape), std::move(multiples));
  into.add(name + ".exponents", std::move(of_exponents),
           std::vector<std::int16_t>(exponents.begin(), exponents.end()));
}

std::vector<float> rounded_values(const Learned& from, const std::string& name,
                                  std::initializer_list<std::int64_t> shape, Scaled scaled) {
  if (!has_multiples(from, name)) return from.values<float>(name, shape);
  const auto& multiples = from.values<std::int16_t>(name, shape);
  const Layout layout(multiples.size(), from.rows(name, shape), scaled);
  if (std::ranges::any_of(multiples, [](std::int16_t multiple) { return multiple < -most; }))
    throw DataError(fmt::format("the array '{}' has a multiple below {}", name, -most));
  const auto& exponents =
      from.values<std::int16_t>(name + ".exponents", shape_of_exponents(shape.size(), layout, scaled));
  for (const auto exponent : exponents)
    if (exponent < least_exponent || exponent > most_exponent)
      throw DataError(fmt::format("the array '{}.exponents' has {}; expected {} to {}", name, exponent,
                                  least_exponent, most_exponent));
  std::vector<float> values;
  values.reserve(multiples.size());
  for (std::size_t i = 0; i < multiples.size(); ++i)
    values.push_back(std::ldexp(static_cast<float>(multiples[i]), exponents[layout.scale_of(i)]));
  return values;
}

}  // namespace bondscope::ml
