#include "libml/data/setting.hpp"

#include <algorithm>
#include <cmath>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {
namespace {

std::optional<double> find_number(const Config& root, const std::string& path) {
  const auto dot = path.find('.');
  if (dot != std::string::npos) {
    const auto head = path.substr(0, dot);
    if (!root.is_mapping(head)) return {};
    return find_number(root.section(head), path.substr(dot + 1));
  }
  if (!root.has(path)) return {};
  return root.number(path, Range::any());
}

bool same(const std::optional<double>& a, const std::optional<double>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return std::abs(*a - *b) <= 1e-9 * std::max(std::abs(*a), std::abs(*b));
}

}  // namespace

const std::vector<std::string>& setting_keys() {
  static const std::vector<std::string> keys{"preset.duration",
                                             "preset.absorber.radius",
                                             "preset.absorber.beta",
                                             "preset.absorber.reference_step",
                                             "preset.momentum.kx_max",
                                             "preset.momentum.kx_spacing",
                                             "preset.momentum.ky_max",
                                             "preset.momentum.ky_spacing",
                                             "dataset.pulse.wavelength_nm",
                                             "dataset.pulse.cycles"};
  return keys;
}

bool is_of_pulse(const std::string& key) {
  return key.starts_with("dataset.");
}

Setting read_setting(const std::string& configuration, const std::string& source) {
  const auto config = Config::from_text(configuration, source + ": configuration");
  Setting setting;
  for (const auto& key : setting_keys())
    setting.push_back({key, find_number(config, key)});
  return setting;
}

std::vector<Difference> differences(const Setting& model, const Setting& store) {
  const auto value_of = [](const Setting& setting, const std::string& key) -> std::optional<double> {
    for (const auto& entry : setting)
      if (entry.key == key) return entry.value;
    return {};
  };
  const auto text = [](const std::optional<double>& value) {
    return value ? format_number(*value) : std::string();
  };
  std::vector<Difference> found;
  for (const auto& key : setting_keys()) {
    const auto left = value_of(model, key), right = value_of(store, key);
    if (!same(left, right)) found.push_back({key, text(left), text(right)});
  }
  return found;
}

}  // namespace bondscope::ml
