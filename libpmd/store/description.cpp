#include "libpmd/store/description.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "libpmd/base/error.hpp"
#include "libpmd/store/layout.hpp"
#include "libpmd/store/row_arrays.hpp"

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
  common.arrays = d.arrays;
  return common;
}

bool StoreDescription::knows(std::size_t row, const std::string& parameter) const {
  return unknown.empty() || std::ranges::find(unknown[row], parameter) == unknown[row].end();
}

void copy_marks(StoreDescription& to, std::size_t to_row, const StoreDescription& from, std::size_t row) {
  if (!from.unknown.empty()) {
    to.unknown.resize(to.runs.size());
    to.unknown[to_row] = from.unknown[row];
  }
  if (!from.measured.empty()) {
    to.measured.resize(to.runs.size());
    to.measured[to_row] = from.measured[row];
  }
}

bool same_marks(const StoreDescription& a, std::size_t a_row, const StoreDescription& b, std::size_t b_row) {
  // A row beyond the marks has none.
  const auto unknown = [](const StoreDescription& d, std::size_t row) {
    return row < d.unknown.size() ? d.unknown[row] : std::vector<std::string>{};
  };
  const auto measured = [](const StoreDescription& d, std::size_t row) {
    return row < d.measured.size() && d.measured[row] != 0;
  };
  return unknown(a, a_row) == unknown(b, b_row) && measured(a, a_row) == measured(b, b_row);
}

void add_row(StoreDescription& to, const StoreDescription& from, std::size_t row) {
  to.runs.push_back(from.runs[row]);
  to.numbers.push_back(from.numbers[row]);
  copy_marks(to, to.runs.size() - 1, from, row);
  if (!from.derivation) return;
  to.derivation->use.push_back(from.derivation->use[row]);
  to.derivation->links.push_back(from.derivation->links[row]);
  to.derivation->roots.push_back(from.derivation->roots[row]);
}

StoreDescription complete(StoreDescription d) {
  d.numbers = numbers_of(d);
  // Rows that came later than the first mark.
  if (!d.unknown.empty()) d.unknown.resize(d.runs.size());
  if (!d.measured.empty()) d.measured.resize(d.runs.size());
  if (std::ranges::all_of(d.unknown, [](const auto& names) { return names.empty(); })) d.unknown.clear();
  if (std::ranges::all_of(d.measured, [](auto mark) { return mark == 0; })) d.measured.clear();
  return d;
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
  std::uint64_t bytes_per_cell = sizeof(float);
  for (const auto& array : d.arrays)
    bytes_per_cell += row_array_bytes(array);
  const std::uint64_t slab = std::uint64_t{d.kx.size()} * d.ky.size() * bytes_per_cell;
  const std::uint64_t numbers = 1 + common_parameters().size() + d.declared.size();
  const std::uint64_t columns = numbers * sizeof(double) + 16 + layout::live_record_bytes;
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
