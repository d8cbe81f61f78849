#pragma once

// Numbers and arrays by name, in and out of a sealed file.

#include <complex>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "libpmd/base/files/sealed_file.hpp"

namespace bondscope {

template <class T>
inline constexpr bool is_complex = false;
template <class T>
inline constexpr bool is_complex<std::complex<T>> = true;

/// What can be saved: numbers, enumerations and structures of them, bit by bit. Not bool, of which not every
/// bit pattern may be read back.
template <class T>
concept Savable = std::is_trivially_copyable_v<T> && !std::is_pointer_v<T> && !std::is_same_v<T, bool> &&
                  !std::is_const_v<T>;

template <Savable T>
constexpr ElementType element_type() {
  using Kind = ElementType::Kind;
  constexpr auto size = static_cast<std::uint32_t>(sizeof(T));
  if constexpr (std::is_enum_v<T>)
    return element_type<std::underlying_type_t<T>>();
  else if constexpr (is_complex<T>)
    return {Kind::complex, size};
  else if constexpr (std::is_floating_point_v<T>)
    return {Kind::floating, size};
  else if constexpr (std::is_integral_v<T>)
    return {std::is_signed_v<T> ? Kind::signed_integer : Kind::unsigned_integer, size};
  else
    return {Kind::other, size};
}

/// Collects what to save. Arrays are not copied: they must live until write().
class StateWriter {
 public:
  StateWriter() = default;
  StateWriter(StateWriter&&) = default;
  StateWriter& operator=(StateWriter&&) = default;

  template <Savable T>
  void scalar(std::string name, const T& value) {
    const auto bytes = std::as_bytes(std::span(&value, 1));
    copies_.emplace_back(bytes.begin(), bytes.end());
    sections_.push_back({std::move(name), element_type<T>(), copies_.back()});
  }

  /// A vector, a string, a span …; not a temporary that owns its elements.
  template <std::ranges::contiguous_range R>
  requires std::ranges::borrowed_range<R> && std::ranges::sized_range<R> &&
      Savable<std::ranges::range_value_t<R>>
  void array(std::string name, R&& values) {
    const std::span<const std::ranges::range_value_t<R>> elements(std::ranges::data(values),
                                                                  std::ranges::size(values));
    sections_.push_back(
        {std::move(name), element_type<std::ranges::range_value_t<R>>(), std::as_bytes(elements)});
  }

  /// As write_sealed().
  void write(const std::filesystem::path& path, std::string_view identity) const {
    write_sealed(path, identity, sections_);
  }

 private:
  std::vector<std::vector<std::byte>> copies_;
  std::vector<Section> sections_;
};

/// Gives back what was saved. All functions throw DataError that names file and section if the section is
/// missing or holds elements of another type or number.
class StateReader {
 public:
  /// As SealedFile::open().
  static std::optional<StateReader> open(const std::filesystem::path& path, std::string_view identity);

  bool has(std::string_view name) const { return file_.has(name); }
  /// Number of elements.
  std::size_t count(std::string_view name) const;

  template <Savable T>
  T scalar(std::string_view name) const {
    T value;
    array(name, std::span(&value, 1));
    return value;
  }

  /// Fills an array of the right size.
  template <std::ranges::contiguous_range R>
  requires std::ranges::borrowed_range<R> && std::ranges::sized_range<R> &&
      Savable<std::ranges::range_value_t<R>>
  void array(std::string_view name, R&& into) const {
    const std::span<std::ranges::range_value_t<R>> elements(std::ranges::data(into), std::ranges::size(into));
    file_.read(find(name, element_type<std::ranges::range_value_t<R>>(), elements.size()),
               std::as_writable_bytes(elements));
  }

  /// All elements, however many.
  template <Savable T>
  std::vector<T> values(std::string_view name) const {
    const auto& entry = find(name, element_type<T>(), std::nullopt);
    std::vector<T> elements(static_cast<std::size_t>(entry.count));
    file_.read(entry, std::as_writable_bytes(std::span(elements)));
    return elements;
  }

 private:
  explicit StateReader(SealedFile file) : file_(std::move(file)) {}
  const SealedFile::Entry& find(std::string_view name, ElementType type,
                                std::optional<std::uint64_t> count) const;
  SealedFile file_;
};

}  // namespace bondscope
