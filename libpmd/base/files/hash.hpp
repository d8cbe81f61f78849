#pragma once

// XXH3-64 of values one after the other.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace bondscope {

/// What is added is hashed as its bytes lie in memory; texts and vectors with their lengths in front, so that
/// neighbours cannot trade characters unseen.
class Hash {
 public:
  Hash();
  Hash(Hash&&) noexcept;
  Hash& operator=(Hash&&) noexcept;
  ~Hash();

  template <class T>
  Hash& add(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    add_bytes(values.data(), values.size_bytes());
    return *this;
  }
  template <class T>
  requires std::is_arithmetic_v<T> Hash& add(T value) { return add(std::span<const T>(&value, 1)); }
  Hash& add(const std::string& text) {
    return add(std::uint64_t{text.size()}).add(std::span<const char>(text));
  }
  Hash& add(const std::vector<double>& values) {
    return add(std::uint64_t{values.size()}).add(std::span<const double>(values));
  }

  std::uint64_t value() const;

 private:
  struct State;
  void add_bytes(const void* bytes, std::size_t count);
  std::unique_ptr<State> state_;
};

}  // namespace bondscope
