#pragma once

// Checksums: XXH3 of values one after the other. They find damage, not forgery.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "libpmd/base/files/file.hpp"

namespace bondscope {

/// What is added is hashed as its bytes lie in memory; texts and vectors with their lengths in front, so that
/// neighbours cannot trade characters unseen.
class Hash {
 public:
  using Wide = std::array<std::byte, 16>;  ///< 128 bits

  Hash();
  Hash(Hash&&) noexcept;
  Hash& operator=(Hash&&) noexcept;
  ~Hash();

  /// Adds the bytes of `values`, without their number.
  template <class T>
  Hash& add(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    add_bytes(values.data(), values.size_bytes());
    return *this;
  }
  /// Adds the bytes of a number.
  template <class T>
  requires std::is_arithmetic_v<T> Hash& add(T value) { return add(std::span<const T>(&value, 1)); }
  /// Adds the length of a text, then its bytes.
  Hash& add(const std::string& text) {
    return add(std::uint64_t{text.size()}).add(std::span<const char>(text));
  }
  /// Adds the number of values, then their bytes.
  Hash& add(const std::vector<double>& values) {
    return add(std::uint64_t{values.size()}).add(std::span<const double>(values));
  }
  /// The first `size` bytes of a file. Throws what File::read() throws.
  Hash& add(const File& file, std::uint64_t size);

  /// XXH3-64 of everything added.
  std::uint64_t value() const;
  /// XXH3-128 of everything added, in its canonical form, which is the same on every machine.
  Wide wide() const;
  /// wide() as 32 hexadecimal digits.
  std::string wide_text() const;

 private:
  struct State;
  void add_bytes(const void* bytes, std::size_t count);
  std::unique_ptr<State> state_;
};

}  // namespace bondscope
