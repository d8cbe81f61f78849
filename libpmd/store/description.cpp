#include "libpmd/store/description.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "libpmd/base/error.hpp"
#include "libpmd/model/diagnostics.hpp"
#include "libpmd/store/failure.hpp"
#include "libpmd/store/layout.hpp"

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

StoreDescription without_rows(const StoreDescription& d) {
  StoreDescription common;
  common.dataset = d.dataset;
  common.preset = d.preset;
  common.seed = d.seed;
  common.configuration = d.configuration;
  common.configuration_given = d.configuration_given;
  common.declared = d.declared;
  common.kx = d.kx;
  common.ky = d.ky;
  return common;
}

std::vector<std::uint64_t> numbers_of(const StoreDescription& description) {
  if (!description.numbers.empty()) return description.numbers;
  std::vector<std::uint64_t> numbers(description.runs.size());
  std::iota(numbers.begin(), numbers.end(), std::uint64_t{0});
  return numbers;
}

const char* to_string(Use use) {
  return use == Use::training ? "training" : use == Use::test ? "test" : "any";
}

std::uint64_t store_bytes(const StoreDescription& d) {
  constexpr std::uint64_t objects = 64 * 1024;  // what HDF5 needs for them, generously
  const std::uint64_t slab = std::uint64_t{d.kx.size()} * d.ky.size() * sizeof(float);
  const std::uint64_t numbers =
      1 + common_parameters().size() + d.declared.size() + diagnostics_fields.size();
  const std::uint64_t columns =
      numbers * sizeof(double) + 16 + sizeof(layout::StoredRecord) + reason_bytes + sizeof(std::uint32_t);
  return d.runs.size() * (slab + columns) + (d.kx.size() + d.ky.size()) * sizeof(double) + objects;
}

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

DataSetPart read_share(const std::string& text) {
  const auto part = parse_part(text);
  if (!part || part->shares.size() != 1)
    throw ConfigError(
        fmt::format("part: '{}' is not one of equal parts; expected I/N with 1 <= I <= N <= {}, e.g. 3/8",
                    text, most_parts));
  return *part;
}

std::string to_string(const DataSetPart& part) {
  return part.count == 1 ? "" : fmt::format("{}/{}", fmt::join(part.shares, ","), part.count);
}

std::vector<std::uint64_t> run_numbers(const DataSetPart& part, std::size_t runs) {
  std::vector<std::uint64_t> numbers;
  for (const int share : part.shares)
    for (auto run = static_cast<std::size_t>(share) - 1; run < runs;
         run += static_cast<std::size_t>(part.count))
      numbers.push_back(run);
  if (numbers.empty())
    throw ConfigError(fmt::format("part: {} of a data set of {} runs is empty; expected at most {} parts",
                                  to_string(part), runs, runs));
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace bondscope
