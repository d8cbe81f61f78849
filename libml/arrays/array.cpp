#include "libml/arrays/array.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

constexpr std::uint64_t most_numbers = std::uint64_t{1} << 40;

}  // namespace

template <class T>
const std::vector<T>& NamedArray::as() const {
  const auto* found = std::get_if<std::vector<T>>(&values);
  if (!found) throw DataError(fmt::format("the array '{}' holds numbers of another type", name));
  return *found;
}
template const std::vector<float>& NamedArray::as() const;
template const std::vector<double>& NamedArray::as() const;
template const std::vector<std::int64_t>& NamedArray::as() const;
template const std::vector<std::int16_t>& NamedArray::as() const;
template const std::vector<std::uint8_t>& NamedArray::as() const;

std::uint64_t element_count(const std::vector<std::int64_t>& shape, std::uint64_t limit) {
  const auto too_large = DataError("its arrays are larger than its data");
  if (std::ranges::any_of(shape, [](std::int64_t extent) { return extent < 0; })) throw too_large;
  if (std::ranges::count(shape, 0) > 0) return 0;
  std::uint64_t count = 1;
  for (const auto extent : shape) {
    if (static_cast<std::uint64_t>(extent) > limit / count) throw too_large;
    count *= static_cast<std::uint64_t>(extent);
  }
  if (count > limit) throw too_large;
  return count;
}

void check(const NamedArray& array) {
  std::visit(
      [&]<class T>(const std::vector<T>& values) {
        if (element_count(array.shape, most_numbers) != values.size())
          throw DataError(
              fmt::format("array '{}': the number of its values does not match its shape", array.name));
        if constexpr (std::floating_point<T>)
          if (!std::ranges::all_of(values, [](T value) { return std::isfinite(value); }))
            throw DataError(fmt::format("the array '{}' holds a number that is not finite", array.name));
      },
      array.values);
}

std::vector<double> Learned::doubles(const std::string& name, const std::vector<std::int64_t>& shape) const {
  const auto& array = find(name, shape);
  if (const auto* floats = std::get_if<std::vector<float>>(&array.values))
    return {floats->begin(), floats->end()};
  return array.as<double>();
}

const NamedArray* Learned::array(const std::string& name) const {
  const auto found = std::ranges::find(arrays, name, &NamedArray::name);
  return found == arrays.end() ? nullptr : &*found;
}

double Learned::setting(const std::string& name) const {
  const auto found = settings.find(name);
  if (found == settings.end()) throw DataError(fmt::format("the setting '{}' is missing", name));
  return found->second;
}

const NamedArray& Learned::find(const std::string& name, const std::vector<std::int64_t>& shape) const {
  const auto* found = array(name);
  if (!found) throw DataError(fmt::format("the array '{}' is missing", name));
  const auto fits = [](std::int64_t has, std::int64_t wanted) { return wanted == any || has == wanted; };
  if (!std::ranges::equal(found->shape, shape, fits))
    throw DataError(fmt::format("the array '{}' is {}, expected {}", name, fmt::join(found->shape, " x "),
                                fmt::join(shape, " x ")));
  return *found;
}

}  // namespace bondscope::ml
