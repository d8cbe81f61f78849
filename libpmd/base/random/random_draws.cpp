#include "libpmd/base/random/random_draws.hpp"

#include <cmath>
#include <numbers>

#include <Random123/philox.h>

namespace bondscope {

void RandomDraws::next_block() {
  const r123::Philox4x64 philox;
  const auto words =
      philox({{item_, block_++, static_cast<std::uint64_t>(purpose_), 0}}, {{key_.seed, key_.run}});
  for (std::size_t i = 0; i < numbers_.size(); ++i)
    numbers_[i] = static_cast<double>(words[i] >> 11) * 0x1p-53;
  used_ = 0;
}

double normal(RandomDraws& draws) {
  const double radius = std::sqrt(-2 * std::log1p(-draws.uniform()));
  return radius * std::cos(2 * std::numbers::pi * draws.uniform());
}

}  // namespace bondscope
