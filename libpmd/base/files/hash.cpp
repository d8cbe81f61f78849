#include "libpmd/base/files/hash.hpp"

#include <algorithm>
#include <bit>
#include <new>

#include <fmt/format.h>
#include <xxhash.h>
#ifdef PMD_XXHASH_DISPATCHES
#include <xxh_x86dispatch.h>
#endif

namespace bondscope {

/// XXH3's state is the same for 64 and 128 bits: only the last step differs.
struct Hash::State {
  State() : xxh(XXH3_createState()) {
    if (!xxh) throw std::bad_alloc();
    XXH3_64bits_reset(xxh);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { XXH3_freeState(xxh); }

  XXH3_state_t* xxh;
};

Hash::Hash() : state_(std::make_unique<State>()) {}
Hash::Hash(Hash&&) noexcept = default;
Hash& Hash::operator=(Hash&&) noexcept = default;
Hash::~Hash() = default;

void Hash::add_bytes(const void* bytes, std::size_t count) {
  XXH3_64bits_update(state_->xxh, bytes, count);
}

Hash& Hash::add(const File& file, std::uint64_t size) {
  constexpr std::uint64_t most_at_once = 1u << 20;
  std::vector<std::byte> buffer(static_cast<std::size_t>(std::min(most_at_once, size)));
  for (std::uint64_t at = 0; at < size; at += buffer.size()) {
    const auto piece =
        std::span(buffer).first(static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), size - at)));
    file.read(at, piece);
    add_bytes(piece.data(), piece.size());
  }
  return *this;
}

std::uint64_t Hash::value() const {
  return XXH3_64bits_digest(state_->xxh);
}

Hash::Wide Hash::wide() const {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_->xxh));
  return std::bit_cast<Wide>(canonical);
}

std::string Hash::wide_text() const {
  std::string text;
  for (const std::byte byte : wide())
    text += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  return text;
}

}  // namespace bondscope
