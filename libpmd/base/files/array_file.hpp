#pragma once

// One file of named numbers and arrays that is either complete and undamaged or refused.
//
// Layout, in the byte order of the machine that wrote it: 8 bytes of magic, u32 byte-order mark, u32 version,
// u64 size of the whole file, u32 length of the identity, u32 number of sections; the identity; for each
// section u32 length of its name, u32 kind and u32 size of an element, u64 number of elements, name; the
// elements of all sections; XXH3-128 of all that.

#include <complex>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/file.hpp"

namespace bondscope {

/// The file is undamaged, but belongs to something else than asked for, or is of another version of the
/// format.
class ForeignFile : public DataError {
 public:
  using DataError::DataError;
};

/// The type of an array's numbers, as the file says it.
struct ElementType {
  /// What the bits mean.
  enum class Kind : std::uint32_t { other, signed_integer, unsigned_integer, floating, complex };
  Kind kind = Kind::other;  ///< what the bits mean
  std::uint32_t size = 1;   ///< in bytes

  /// Whether all members are equal.
  bool operator==(const ElementType&) const = default;
  std::string describe() const;  ///< e.g. "float64", "complex128", "struct of 24 bytes"
};

template <class T>
inline constexpr bool is_complex = false;  ///< whether T is std::complex of something
template <class T>
inline constexpr bool is_complex<std::complex<T>> = true;

/// What can be saved: numbers, enumerations and structures of them, bit by bit. Not bool, of which not every
/// bit pattern may be read back.
template <class T>
concept Savable = std::is_trivially_copyable_v<T> && !std::is_pointer_v<T> && !std::is_same_v<T, bool> &&
                  !std::is_const_v<T>;

/// The ElementType of T.
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
class ArrayWriter {
 public:
  ArrayWriter() = default;
  ArrayWriter(ArrayWriter&&) = default;
  ArrayWriter& operator=(ArrayWriter&&) = default;

  /// A single number.
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

  /// Replaces `path` all at once: whenever the process is killed, the old or the new version is there,
  /// complete. `identity` says what the file belongs to, in any form (up to 1 MiB). Throws FileError if it
  /// cannot be written (the old version then stays, with nothing beside it), ConfigError for names or an
  /// identity that are empty, too long or double.
  void write(const std::filesystem::path& path, std::string_view identity) const;

 private:
  struct Section {
    std::string name;
    ElementType type;
    std::span<const std::byte> bytes;
  };
  std::vector<std::vector<std::byte>> copies_;
  std::vector<Section> sections_;
};

/// Gives back what was saved. All functions throw DataError that names file and section if the section is
/// missing or holds elements of another type or number.
class ArrayReader {
 public:
  /// Reads the whole file once to check its checksum; nothing if there is no such file. Throws ForeignFile if
  /// it is not that of `identity`, DataError if it is anything but a complete, undamaged file, FileError if
  /// it cannot be read. A version that is replaced later stays readable.
  static std::optional<ArrayReader> open(const std::filesystem::path& path, std::string_view identity);

  /// In the order in which they were written.
  std::vector<std::string> names() const;
  /// Whether there is an array of this name.
  bool has(std::string_view name) const;
  /// Number of elements.
  std::size_t count(std::string_view name) const;

  /// A single number. Throws DataError if there is none of this type.
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
    const auto& entry = find(name, element_type<std::ranges::range_value_t<R>>(), elements.size());
    file_.read(entry.offset, std::as_writable_bytes(elements));
  }

  /// All elements, however many.
  template <Savable T>
  std::vector<T> values(std::string_view name) const {
    const auto& entry = find(name, element_type<T>(), std::nullopt);
    std::vector<T> elements(static_cast<std::size_t>(entry.count));
    file_.read(entry.offset, std::as_writable_bytes(std::span(elements)));
    return elements;
  }
  /// A text. Throws DataError if there is none.
  std::string text(std::string_view name) const {
    const auto characters = values<char>(name);
    return {characters.begin(), characters.end()};
  }

 private:
  struct Entry {
    std::string name;
    ElementType type;
    std::uint64_t count;   ///< of elements
    std::uint64_t offset;  ///< of the first, in the file
  };

  /// Checks that the file is whole.
  explicit ArrayReader(File file);
  void read_table(std::string_view identity);
  const Entry& entry(std::string_view name) const;
  const Entry& find(std::string_view name, ElementType type, std::optional<std::uint64_t> count) const;

  File file_;
  std::vector<Entry> entries_;
};

/// Removes the file, if there is one, and what a killed writer left beside it. Throws FileError.
void remove_array_file(const std::filesystem::path& path);

}  // namespace bondscope
