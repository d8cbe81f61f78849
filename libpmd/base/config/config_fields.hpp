#pragma once

// Settings read from a mapping by a list of their fields, which may serve to write them, too.

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/text/named.hpp"

namespace bondscope {

/// Reads the fields of a mapping; what that does not have stays as it is. Throws what Config throws.
class ConfigFields {
 public:
  /// Reads from this mapping.
  explicit ConfigFields(Config config) : config_(std::move(config)) {}

  /// A text.
  void field(const char* key, std::string& value) { value = config_.text(key); }
  /// One of `names`.
  void field(const char* key, std::string& value, const std::vector<std::string>& names) {
    value = config_.choice(key, names, value);
  }
  /// A list of texts.
  void field(const char* key, std::vector<std::string>& value) { value = config_.texts(key); }
  /// A list of some of `names`.
  void field(const char* key, std::vector<std::string>& value, const std::vector<std::string>& names) {
    value = config_.choices(key, names);
  }
  /// A number within `range`; what `value` has is the fallback.
  void field(const char* key, double& value, Range range) { value = config_.number(key, range, value); }
  /// True or false; what `value` has is the fallback.
  void field(const char* key, bool& value) { value = config_.flag(key, value); }
  /// A whole number; what `value` has is the fallback.
  template <std::integral T>
  void field(const char* key, T& value, std::int64_t min, std::int64_t max) {
    value = static_cast<T>(config_.integer(key, min, max, static_cast<std::int64_t>(value)));
  }
  /// One of an enumeration's names; what `value` has is the fallback.
  template <Named Enum>
  void field(const char* key, Enum& value) {
    value = value_of<Enum>(config_.choice(key, all_names<Enum>(), to_string(value)));
  }
  /// [min, max], both within `range`; what `value` has is the fallback.
  void field(const char* key, Interval& value, Range range) {
    if (!config_.has(key)) return;
    const auto ends = config_.numbers(key, 2, 2, range);
    value = {ends[0], ends[1]};
  }
  /// A list of at most `most` numbers.
  void field(const char* key, std::vector<double>& values, std::size_t most) {
    if (config_.has(key)) values = config_.numbers(key, 0, most, Range::any());
  }
  /// The fields of the mapping under `key`, by visit(ConfigFields&)
  template <class Visit>
  void section(const char* key, const Visit& visit) {
    ConfigFields inner(config_.section(key));
    visit(inner);
  }

 private:
  Config config_;
};

/// The keys of such a list of fields, for Config::expect_keys() of the mapping and its sections: to be
/// visited before the values are read.
class ConfigKeys {
 public:
  /// Of this mapping.
  explicit ConfigKeys(Config config) : config_(std::move(config)) {}

  /// A key with a value.
  template <class... Value>
  void field(const char* key, Value&&...) {
    keys_.emplace_back(key);
  }
  /// A key with a mapping, whose keys are those that visit(ConfigKeys&) gives.
  template <class Visit>
  void section(const char* key, const Visit& visit) {
    keys_.emplace_back(key);
    ConfigKeys inner(config_.section(key));
    visit(inner);
    inner.expect();
  }
  /// Throws ConfigError if the mapping has another key.
  void expect() const { config_.expect_keys(keys_); }

 private:
  Config config_;
  std::vector<std::string> keys_;
};

}  // namespace bondscope
