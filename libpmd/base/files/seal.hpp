#pragma once

// The checksum at the end of a sealed file, XXH3-128: it finds damage, not forgery.

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace bondscope {

class Seal {
 public:
  using Value = std::array<std::byte, 16>;

  Seal();
  Seal(Seal&&) noexcept;
  ~Seal();

  void add(std::span<const std::byte> bytes);
  /// Of everything added, the same on every machine.
  Value value() const;
  /// value() as 32 hexadecimal digits.
  std::string text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bondscope
