#include "libpmd/base/random/random_draws.hpp"

#include <Random123/philox.h>

#include "libpmd/base/random/box_muller.hpp"

namespace bondscope {
namespace {

double fraction(std::uint64_t bits) {
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

}  // namespace

void RandomDraws::next_block() {
  const r123::Philox4x64 philox;
  const auto words =
      philox({{item_, block_++, static_cast<std::uint64_t>(purpose_), 0}}, {{key_.seed, key_.run}});
  for (std::size_t i = 0; i < numbers_.size(); ++i)
    numbers_[i] = fraction(words[i]);
  used_ = 0;
}

std::array<double, 2> draw_pair(std::uint64_t seed, std::uint64_t index, std::uint32_t purpose,
                                std::uint32_t part) {
  const auto low = [](std::uint64_t number) { return static_cast<std::uint32_t>(number); };
  const auto high = [](std::uint64_t number) { return static_cast<std::uint32_t>(number >> 32); };
  const auto words =
      r123::Philox4x32()({{low(index), high(index), part, purpose}}, {{low(seed), high(seed)}});
  return {fraction(std::uint64_t{words[0]} << 32 | words[1]),
          fraction(std::uint64_t{words[2]} << 32 | words[3])};
}

double normal(RandomDraws& draws) {
  return box_muller(draws);
}

}  // namespace bondscope
