#include "libpmd/store/part.hpp"

#include <charconv>
#include <sstream>

namespace bondscope {
namespace {

std::optional<int> parse_number(const std::string& text) {
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value < 1 || value > most_parts || text.front() == '0')
    return {};
  return value;
}

}  // namespace

std::optional<DataSetPart> parse_part(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) return {};
  const auto count = parse_number(text.substr(slash + 1));
  if (!count) return {};
  DataSetPart part{{}, *count};
  std::istringstream shares(text.substr(0, slash) + ',');
  for (std::string one; std::getline(shares, one, ',');) {
    const auto share = parse_number(one);
    if (!share || *share > *count || (!part.shares.empty() && *share <= *part.shares.rbegin())) return {};
    part.shares.insert(*share);
  }
  return part;
}

std::string to_string(const DataSetPart& part) {
  std::string text;
  for (const int share : part.shares) {
    if (!text.empty()) text += ',';
    text += std::to_string(share);
  }
  return text.append("/").append(std::to_string(part.count));
}

}  // namespace bondscope
