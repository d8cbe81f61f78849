#pragma once

// What an image means beside its run's parameters: how its distribution was taken (model/fields.hpp),
// and the pulse, which shapes all of it. Images are comparable only within one setting.

#include <optional>
#include <string>
#include <vector>

#include "libpmd/base/config/differences.hpp"

namespace bondscope::ml {

/// A value that images depend on.
struct SettingEntry {
  std::string key;  ///< dotted path in a store's configuration, e.g. "preset.absorber.radius"
  /// A number, the name of an envelope, or "of each run"; empty if the configuration has no such key.
  std::optional<std::string> value;
  /// Whether all members are equal.
  bool operator==(const SettingEntry&) const = default;
};
/// One entry for each of setting_keys(), in that order.
using Setting = std::vector<SettingEntry>;

/// The keys of all fields of Observation and of the pulse.
const std::vector<std::string>& setting_keys();
/// The pulse's keys: images of another pulse are another problem, not another accuracy.
bool is_of_pulse(const std::string& key);

/// What a setting without this entry means, which was made before there was the key; empty for the first
/// keys.
std::optional<std::string> usual_value(const std::string& key);

/// Reads the entries from a store's resolved configuration. Throws ConfigError if it is not such a YAML
/// text or a value not of its kind.
Setting read_setting(const std::string& configuration, const std::string& source);

/// Keys whose values differ, or are missing on either side or both: what is not known is not the same.
/// Numbers equal to 1e-9 relative are.
std::vector<Difference> differences(const Setting& model, const Setting& store);

}  // namespace bondscope::ml
