#include "libpmd/base/text/duration.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope {
namespace {

constexpr double longest = 1e8;

template <class T>
std::optional<T> read(std::string_view text) {
  T value{};
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

/// The whole numbers between colons; empty if there is anything else.
std::vector<double> fields(std::string_view text) {
  std::vector<double> values;
  for (;;) {
    const auto colon = text.find(':');
    const auto value = read<unsigned>(text.substr(0, colon));
    if (!value) return {};
    values.push_back(*value);
    if (colon == std::string_view::npos) return values;
    text.remove_prefix(colon + 1);
  }
}

/// All fields after the first count up to what makes one of the field before.
std::optional<double> add_up(const std::vector<double>& values, std::size_t first_unit) {
  constexpr double units[] = {86400, 3600, 60, 1}, most[] = {0, 23, 59, 59};
  if (values.empty() || first_unit + values.size() > std::size(units)) return {};
  double seconds = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0 && values[i] > most[first_unit + i]) return {};
    seconds += values[i] * units[first_unit + i];
  }
  return seconds;
}

std::optional<double> seconds_from(std::string_view text) {
  const auto dash = text.find('-');
  if (dash != std::string_view::npos) {
    const auto days = read<unsigned>(text.substr(0, dash));
    auto rest = fields(text.substr(dash + 1));
    if (!days || rest.empty()) return {};
    rest.insert(rest.begin(), *days);
    return add_up(rest, 0);
  }
  if (text.find(':') == std::string_view::npos) return read<double>(text);
  const auto values = fields(text);
  return values.size() > 3 ? std::nullopt : add_up(values, 4 - values.size());
}

}  // namespace

double read_duration(const std::string& name, const std::string& text) {
  const auto seconds = seconds_from(text);
  if (!seconds || !(*seconds > 0 && *seconds <= longest))
    throw ConfigError(
        fmt::format("{}: '{}' is no span of time; expected seconds (90), minutes:seconds (30:00), "
                    "hours:minutes:seconds (4:00:00) or days-hours:minutes:seconds (2-04:00:00)",
                    name, text));
  return *seconds;
}

std::string format_duration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "unknown time";
  if (seconds < 0.995) return fmt::format("{:.2g} s", seconds);
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = std::llround(std::min(seconds, 1e15));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  if (whole < 86400) return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
  return fmt::format("{} d {} h", whole / 86400, whole % 86400 / 3600);
}

}  // namespace bondscope
