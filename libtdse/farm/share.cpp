#include "libtdse/farm/share.hpp"

#include <algorithm>
#include <cctype>

#include "libpmd/base/error.hpp"

namespace bondscope::tdse {
namespace {

constexpr std::size_t most_shares = 100'000;

/// 0 for anything but a positive number of a few digits.
std::size_t positive(const std::string& text) {
  const bool digits = !text.empty() && text.size() <= 6 &&
                      std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); });
  return digits ? std::stoul(text) : 0;
}

}  // namespace

Share Share::parse(const std::string& text) {
  const auto slash = text.find('/');
  Share share{0, 0};
  if (slash != std::string::npos) {
    share.index = positive(text.substr(0, slash));
    share.count = positive(text.substr(slash + 1));
  }
  if (share.index < 1 || share.index > share.count || share.count > most_shares)
    throw ConfigError("part: '" + text + "' is not one of equal parts; expected I/N with 1 <= I <= N <= " +
                      std::to_string(most_shares) + ", e.g. 3/8");
  return share;
}

std::string Share::text() const {
  return count == 1 ? "" : std::to_string(index) + "/" + std::to_string(count);
}

std::vector<std::uint64_t> Share::numbers(std::size_t runs) const {
  std::vector<std::uint64_t> numbers;
  for (std::size_t run = index - 1; run < runs; run += count)
    numbers.push_back(run);
  if (numbers.empty())
    throw ConfigError("part: " + text() + " of a data set of " + std::to_string(runs) +
                      " runs is empty; expected at most " + std::to_string(runs) + " parts");
  return numbers;
}

}  // namespace bondscope::tdse
