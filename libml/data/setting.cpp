#include "libml/data/setting.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/model/fields.hpp"
#include "libpmd/model/pulse_parameters.hpp"

namespace bondscope::ml {
namespace {

constexpr std::string_view pulse = "pulse";
constexpr const char* of_each_run = "of each run";

std::optional<std::string> find_value(const Config& root, const std::string& path) {
  const auto dot = path.find('.');
  if (dot != std::string::npos) {
    const auto head = path.substr(0, dot);
    if (!root.is_mapping(head)) return {};
    return find_value(root.section(head), path.substr(dot + 1));
  }
  if (!root.has(path)) return {};
  return path == envelope_key ? root.text(path) : format_number(root.number(path, Range::any()));
}

bool same(const std::string& a, const std::string& b) {
  const auto x = read_number(a), y = read_number(b);
  return x && y ? std::abs(*x - *y) <= 1e-9 * std::max(std::abs(*x), std::abs(*y)) : a == b;
}

std::string dotted(std::string_view document, std::string_view section, std::string_view key) {
  return section.empty() ? fmt::format("{}.{}", document, key)
                         : fmt::format("{}.{}.{}", document, section, key);
}

}  // namespace

const std::vector<std::string>& setting_keys() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> keys;
    for (const auto& field : observation_fields())
      keys.push_back(dotted("preset", field.section, field.key));
    // Not the softening, which belongs to the molecule: models are tested on other molecules, too.
    for (const auto& key : pulse_keys())
      keys.push_back(dotted("dataset", pulse, key));
    return keys;
  }();
  return all;
}

bool is_of_pulse(const std::string& key) {
  return key.starts_with(dotted("dataset", pulse, ""));
}

std::optional<std::string> usual_value(const std::string& key) {
  if (!is_of_pulse(key)) return {};
  return usual_pulse_value(key.substr(key.rfind('.') + 1));
}

Setting read_setting(const std::string& configuration, const std::string& source) {
  const auto config = Config::from_text(configuration, source + ": configuration");
  const auto dataset = config.section("dataset");
  const bool has_pulse = dataset.has("pulse");
  const auto own = dataset.section("parameters").keys();
  Setting setting;
  for (const auto& key : setting_keys()) {
    auto value = find_value(config, key);
    const auto name = key.substr(key.rfind('.') + 1);
    if (is_of_pulse(key) && std::ranges::find(own, name) != own.end())
      value = of_each_run;
    else if (!value && has_pulse)
      value = usual_value(key);
    setting.push_back({key, value});
  }
  return setting;
}

std::vector<Difference> differences(const Setting& model, const Setting& store) {
  const auto value_of = [](const Setting& setting, const std::string& key) -> std::optional<std::string> {
    for (const auto& entry : setting)
      if (entry.key == key) return entry.value;
    return {};
  };
  std::vector<Difference> found;
  for (const auto& key : setting_keys()) {
    const auto left = value_of(model, key), right = value_of(store, key);
    if (!left || !right || !same(*left, *right))
      found.push_back({key, left.value_or(""), right.value_or("")});
  }
  return found;
}

}  // namespace bondscope::ml
