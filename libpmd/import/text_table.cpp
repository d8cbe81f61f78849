#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/import/table_formats.hpp"

namespace bondscope::table_formats {
namespace {

constexpr std::string_view separators = " \t,;";

/// Calls `take` with each word of a line.
template <class Take>
void for_each_word(std::string_view line, const Take& take) {
  for (std::size_t at = 0; (at = line.find_first_not_of(separators, at)) != std::string_view::npos;) {
    const auto end = std::min(line.find_first_of(separators, at), line.size());
    take(line.substr(at, end - at));
    at = end;
  }
}

/// Appends the line's numbers. False if a word is none, which then stands in `wrong`.
bool read_line(std::string_view line, std::vector<double>& values, std::string_view& wrong) {
  bool all = true;
  for_each_word(line, [&](std::string_view word) {
    const auto value = read_number(word);
    if (value)
      values.push_back(*value);
    else if (all) {
      wrong = word;
      all = false;
    }
  });
  return all;
}

}  // namespace

Table read_text(std::string_view bytes) {
  std::vector<double> values;
  std::size_t rows = 0, columns = 0, number = 0;
  bool may_be_names = true;
  while (!bytes.empty()) {
    const auto end = std::min(bytes.find('\n'), bytes.size());
    auto line = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto first = line.find_first_not_of(separators);
    if (first == std::string_view::npos || line[first] == '#' || line[first] == '%') continue;
    const auto before = values.size();
    std::string_view wrong;
    if (!read_line(line, values, wrong)) {
      // Names of columns.
      if (!may_be_names || values.size() != before)
        throw DataError(fmt::format("line {}: '{}' is not a number", number, wrong.substr(0, 40)));
      may_be_names = false;
      continue;
    }
    may_be_names = false;
    const auto count = values.size() - before;
    if (columns == 0) columns = count;
    if (count != columns)
      throw DataError(fmt::format("line {}: {}; expected {} as in the lines before", number,
                                  counted(count, "number"), columns));
    ++rows;
    if (values.size() > most_table_values)
      throw DataError(fmt::format("more than {} numbers", most_table_values));
  }
  if (rows == 0) throw DataError("has no numbers");
  return {rows, columns, std::move(values)};
}

}  // namespace bondscope::table_formats
