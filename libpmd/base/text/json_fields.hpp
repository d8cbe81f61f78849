#pragma once

#include <type_traits>
#include <utility>

#include <nlohmann/json.hpp>

#include "libpmd/base/text/named.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope {

/// The fields as the members of a JSON object, in their order: ConfigFields read backwards.
class JsonFields {
 public:
  /// Writes `value` under `key`; limits are those of reading.
  template <class T, class... Limits>
  void field(const char* key, const T& value, const Limits&...) {
    if constexpr (Named<T>)
      json[key] = to_string(value);
    else if constexpr (std::is_same_v<T, Interval>)
      json[key] = {value.min, value.max};
    else
      json[key] = value;
  }
  /// An object under `key`, filled by visit(JsonFields&)
  template <class Visit>
  void section(const char* key, const Visit& visit) {
    JsonFields inner;
    visit(inner);
    json[key] = std::move(inner.json);
  }

  nlohmann::ordered_json json;  ///< what was written so far
};

}  // namespace bondscope
