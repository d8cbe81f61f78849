#pragma once

// What a method has learned: named arrays of numbers.

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace bondscope::ml {

struct NamedArray {
  using Values = std::variant<std::vector<float>, std::vector<double>, std::vector<std::int64_t>,
                              std::vector<std::uint8_t>>;
  std::string name;
  std::vector<std::int64_t> shape;
  Values values;  ///< row-major

  /// Throws DataError if they are of another type.
  template <class T>
  const std::vector<T>& as() const;
  const std::vector<float>& floats() const { return as<float>(); }
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
  std::vector<NamedArray> arrays;
  std::map<std::string, double> settings;  ///< single numbers

  template <class T>
  void add(std::string name, std::vector<std::int64_t> shape, std::vector<T> values) {
    arrays.push_back({std::move(name), std::move(shape), std::move(values)});
  }

  static constexpr std::int64_t any = -1;
  /// The array of that name, type and shape, in which `any` stands for any number.
  template <class T>
  const std::vector<T>& values(const std::string& name, std::initializer_list<std::int64_t> shape) const {
    return find(name, shape).as<T>();
  }
  /// The first dimension of the array.
  std::size_t rows(const std::string& name, std::initializer_list<std::int64_t> shape) const {
    return static_cast<std::size_t>(find(name, shape).shape.front());
  }
  double setting(const std::string& name) const;

 private:
  const NamedArray& find(const std::string& name, const std::vector<std::int64_t>& shape) const;
};

}  // namespace bondscope::ml
