// Weights: safetensors, and what model folders had before. Their sizes and checksums are put right by the
// mutator.

#include <algorithm>
#include <cstring>

#include "libml/arrays/old_weights.hpp"
#include "libml/arrays/safetensors.hpp"
#include "libpmd/base/files/hash.hpp"
#include "tests/fuzz/target.hpp"

using namespace bondscope;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = fuzz::text(data, size);
  fuzz::try_to([&] {
    fuzz::expect_stable(ml::to_safetensors(ml::from_safetensors(bytes)), [](const std::string& written) {
      return ml::to_safetensors(ml::from_safetensors(written));
    });
  });
  fuzz::try_to([&] { ml::to_safetensors(ml::from_old_weights(bytes)); });
  return 0;
}

namespace {

constexpr std::size_t old_preamble = 32;

void mend_safetensors(std::uint8_t* data, std::size_t size) {
  // The header ends where its brackets are even, and with the spaces behind it.
  std::size_t end = sizeof(std::uint64_t);
  for (int depth = 0; end < size; ++end) {
    depth += data[end] == '{' ? 1 : data[end] == '}' ? -1 : 0;
    if (depth == 0) break;
  }
  for (end = std::min(end + 1, size); end < size && data[end] == ' ';)
    ++end;
  const std::uint64_t header = end - sizeof(std::uint64_t);
  std::memcpy(data, &header, sizeof header);
}

void mend_old(std::uint8_t* data, std::size_t size) {
  const auto body = std::span<const std::uint8_t>(data, size).subspan(old_preamble);
  std::uint32_t header = 0;
  std::memcpy(&header, data + 12, sizeof header);
  header = std::min(header, static_cast<std::uint32_t>(body.size()));
  const std::uint64_t data_bytes = body.size() - header, checksum = Hash().add(body).value();
  std::memcpy(data + 12, &header, sizeof header);
  std::memcpy(data + 16, &data_bytes, sizeof data_bytes);
  std::memcpy(data + 24, &checksum, sizeof checksum);
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  size = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 8 == 0) return size;
  if (size > old_preamble && fuzz::text(data, size).starts_with("PMDARRAY"))
    mend_old(data, size);
  else if (size > sizeof(std::uint64_t) && data[sizeof(std::uint64_t)] == '{')
    mend_safetensors(data, size);
  return size;
}
