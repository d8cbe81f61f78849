#pragma once

// What the reports on stores, images files and timelines have in common, for people and for programs.

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json_fwd.hpp>

#include "libpmd/base/text/number.hpp"
#include "libpmd/inspect/summary.hpp"

namespace bondscope {

/// A name, and a text in the second column; the text as fmt::format() takes it.
template <class... Values>
std::string line(std::string_view name, fmt::format_string<Values...> text, Values&&... values) {
  return fmt::format("{:<14} {}\n", name, fmt::format(text, std::forward<Values>(values)...));
}

/// ", 3 pending"; nothing of none.
inline std::string also(std::size_t count, std::string_view what) {
  return count ? fmt::format(", {} {}", count, what) : std::string();
}
/// "H2+ (3), HeH+ (2)"
std::string list_of(const std::map<std::string, std::size_t>& counts);
/// "1 to 4 a.u.", or "2 a.u." where all are the same.
std::string interval(const Spread& spread, double unit = 1, const std::string& unit_name = "");

/// Data set, preset and part.
std::string data_set_lines(const StoreDescription& description);
/// A line for each parameter with its range.
std::string parameter_lines(const std::vector<ParameterSpread>& parameters);
/// By whom and from what it was made, and what its distributions are for.
std::string origin_lines(const StoreDescription& description);

/// As an object with the members' names.
nlohmann::json to_json(const Spread& spread);
/// As an object with the parameters' names.
nlohmann::json to_json(const std::vector<ParameterSpread>& parameters);
/// What an axis or a range of it says: points, min, max.
nlohmann::json axis_json(std::size_t points, double min, double max);
/// Data set and origin; the resolved configuration on request.
nlohmann::json description_json(const StoreDescription& description, bool configuration);
/// "run 5 (H2+, R = 2 …)", with its number in the data set if that is another one.
std::string run_name(const StoreDescription& description, std::size_t run);
/// What all lists of runs say about a run.
nlohmann::json run_json(const StoreDescription& description, std::size_t run);
/// Texts in a file are from outside and need not be UTF-8.
std::string dump(const nlohmann::json& document);

}  // namespace bondscope
