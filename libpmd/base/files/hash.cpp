#include "libpmd/base/files/hash.hpp"

#include <new>

#include <xxhash.h>
#ifdef PMD_XXHASH_DISPATCHES
#include <xxh_x86dispatch.h>
#endif

namespace bondscope {

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

std::uint64_t Hash::value() const {
  return XXH3_64bits_digest(state_->xxh);
}

}  // namespace bondscope
