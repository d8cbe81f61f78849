#pragma once

// What a method has learned: named arrays of numbers.

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace bondscope::ml {

/// An array with a name, as safetensors keep it.
struct NamedArray {
  /// Its numbers.
  using Values = std::variant<std::vector<float>, std::vector<double>, std::vector<std::int64_t>,
                              std::vector<std::int16_t>, std::vector<std::uint8_t>>;
  std::string name;                 ///< unique in its file
  std::vector<std::int64_t> shape;  ///< extents
  Values values;                    ///< row-major

  /// Throws DataError if they are of another type.
  template <class T>
  const std::vector<T>& as() const;
  /// The values, if they are float.
  const std::vector<float>& floats() const { return as<float>(); }
  /// Whether all members are equal.
  bool operator==(const NamedArray&) const = default;
};

/// Product of the dimensions, 1 if there are none. Throws DataError if one is negative, or if it is more than
/// `limit`.
std::uint64_t element_count(const std::vector<std::int64_t>& shape, std::uint64_t limit);
/// Throws DataError that names the array if the number of its values does not match its shape, or if one is
/// not finite.
void check(const NamedArray& array);

/// All that a method without layers has learned. Who reads it trusts nothing: these throw DataError that
/// names what is missing or does not fit.
struct Learned {
  std::vector<NamedArray> arrays;          ///< in the order of the file
  std::map<std::string, double> settings;  ///< single numbers

  /// Adds an array.
  template <class T>
  void add(std::string name, std::vector<std::int64_t> shape, std::vector<T> values) {
    arrays.push_back({std::move(name), std::move(shape), std::move(values)});
  }

  /// The array of that name, of any type and shape; null if there is none.
  const NamedArray* array(const std::string& name) const;

  static constexpr std::int64_t any = -1;  ///< in shapes: any extent
  /// The array of that name, type and shape, in which `any` stands for any number.
  template <class T>
  const std::vector<T>& values(const std::string& name, const std::vector<std::int64_t>& shape) const {
    return find(name, shape).as<T>();
  }
  /// The same of float64 or float32.
  std::vector<double> doubles(const std::string& name, const std::vector<std::int64_t>& shape) const;
  /// The first dimension of the array.
  std::size_t rows(const std::string& name, std::initializer_list<std::int64_t> shape) const {
    return static_cast<std::size_t>(find(name, shape).shape.front());
  }
  /// A single number. Throws DataError if there is none.
  double setting(const std::string& name) const;

 private:
  const NamedArray& find(const std::string& name, const std::vector<std::int64_t>& shape) const;
};

}  // namespace bondscope::ml
