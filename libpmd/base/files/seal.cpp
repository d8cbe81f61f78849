#include "libpmd/base/files/seal.hpp"

#include <cstring>
#include <new>

#include <xxhash.h>

namespace bondscope {

struct Seal::State {
  State() : hash(XXH3_createState()) {
    if (!hash) throw std::bad_alloc();
    XXH3_128bits_reset(hash);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { XXH3_freeState(hash); }
  XXH3_state_t* hash;
};

Seal::Seal() : state_(std::make_unique<State>()) {}
Seal::Seal(Seal&&) noexcept = default;
Seal::~Seal() = default;

void Seal::add(std::span<const std::byte> bytes) {
  XXH3_128bits_update(state_->hash, bytes.data(), bytes.size());
}

Seal::Value Seal::value() const {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_->hash));
  Value value;
  static_assert(sizeof canonical == sizeof value);
  std::memcpy(value.data(), &canonical, sizeof value);
  return value;
}

std::string Seal::text() const {
  constexpr const char* digits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : value()) {
    text += digits[std::to_integer<unsigned>(byte >> 4)];
    text += digits[std::to_integer<unsigned>(byte & std::byte{15})];
  }
  return text;
}

}  // namespace bondscope
