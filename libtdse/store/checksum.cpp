#include "libtdse/store/checksum.hpp"

#include <memory>
#include <new>
#include <type_traits>

#include <xxhash.h>
#ifdef PMD_XXHASH_DISPATCHES
#include <xxh_x86dispatch.h>
#endif

namespace tdse {
namespace {

class Hash {
 public:
  Hash() : state_(XXH3_createState()) {
    if (!state_) throw std::bad_alloc();
    XXH3_64bits_reset(state_.get());
  }

  template <class T>
  Hash& add(std::span<const T> values) {
    static_assert(std::is_arithmetic_v<T> || std::is_same_v<T, std::byte>);
    XXH3_64bits_update(state_.get(), values.data(), values.size_bytes());
    return *this;
  }
  template <class T>
  Hash& add(T value) {
    return add(std::span<const T>(&value, 1));
  }
  /// With its length in front, so that neighbouring texts cannot trade characters unseen.
  Hash& add(const std::string& text) {
    return add(std::uint64_t{text.size()}).add(std::span<const char>(text));
  }
  Hash& add(const std::vector<double>& values) {
    return add(std::uint64_t{values.size()}).add(std::span<const double>(values));
  }
  Hash& add(const RunParameters& p) {
    return add(p.molecule).add(p.R).add(p.intensity_w_cm2).add(p.cep).add(p.angle);
  }

  std::uint64_t value() const { return XXH3_64bits_digest(state_.get()); }

 private:
  struct Free {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, Free> state_;
};

}  // namespace

std::uint64_t checksum(const StoreDescription& d) {
  Hash hash;
  hash.add(d.dataset).add(d.preset).add(d.seed).add(d.configuration).add(d.configuration_given);
  hash.add(d.code_version).add(d.libraries).add(d.machine).add(d.created);
  hash.add(d.kx).add(d.ky).add(std::uint64_t{d.runs.size()});
  for (const auto& run : d.runs)
    hash.add(run);
  hash.add(std::uint64_t{d.numbers.size()}).add(std::span<const std::uint64_t>(d.numbers));
  hash.add(d.part).add(d.history);
  if (d.derivation) {
    hash.add(d.derivation->method);
    for (std::size_t row = 0; row < d.derivation->links.size(); ++row) {
      const auto& links = d.derivation->links[row];
      hash.add(static_cast<std::uint32_t>(d.derivation->use[row])).add(std::uint64_t{links.size()});
      hash.add(std::as_bytes(std::span(links)));
    }
  }
  return hash.value();
}

std::uint64_t payload_checksum(const RunParameters& parameters, const Diagnostics& diagnostics,
                               std::span<const float> pmd) {
  Hash hash;
  hash.add(parameters);
  for (const auto& field : diagnostics_fields)
    hash.add(diagnostics.*field.member);
  return hash.add(pmd).value();
}

std::uint64_t reason_checksum(std::span<const char> reason) {
  return Hash().add(reason).value();
}

std::uint64_t record_checksum(const CommitRecord& record, std::uint64_t run,
                              std::uint64_t description_checksum) {
  return Hash()
      .add(static_cast<std::uint32_t>(record.state))
      .add(record.attempt)
      .add(static_cast<std::uint32_t>(record.failure))
      .add(record.payload_checksum)
      .add(run)
      .add(description_checksum)
      .value();
}

std::uint64_t seal_checksum(std::uint64_t description_checksum, std::span<const std::byte> records) {
  return Hash().add(description_checksum).add(records).value();
}

}  // namespace tdse
