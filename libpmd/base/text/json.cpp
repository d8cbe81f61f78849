#include "libpmd/base/text/json.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/utf8.hpp"

namespace bondscope {
namespace {

[[noreturn]] void refuse(const std::string& key, const nlohmann::json& value, const std::string& expected) {
  const auto text = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  throw DataError(fmt::format("'{}': {}; expected {}", key, text.substr(0, 40), expected));
}

/// What a library says of bytes from outside, without those that are no text.
std::string printable(std::string_view message) {
  std::string text;
  while (!message.empty()) {
    const auto bytes = character_bytes(message, 0);
    text += bytes > 0 ? message.substr(0, bytes) : "?";
    message.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return text;
}

}  // namespace

nlohmann::json parse_json(std::string_view text) {
  using Event = nlohmann::json::parse_event_t;
  static constexpr int deepest = 64;
  try {
    return nlohmann::json::parse(text, [](int level, Event event, const nlohmann::json&) {
      if ((event == Event::object_start || event == Event::array_start) && level >= deepest)
        throw DataError(fmt::format("arrays and objects are nested more than {} deep", deepest));
      return true;
    });
  } catch (const nlohmann::json::exception& error) {
    throw DataError(fmt::format("not valid JSON: {}", printable(error.what())));
  }
}

const nlohmann::json& member(const nlohmann::json& object, const std::string& key) {
  if (!object.is_object() || !object.contains(key)) throw DataError(fmt::format("'{}' is missing", key));
  return object[key];
}

std::string text_member(const nlohmann::json& object, const std::string& key) {
  const auto& value = member(object, key);
  if (!value.is_string()) refuse(key, value, "a text");
  return value.get<std::string>();
}

double number_member(const nlohmann::json& object, const std::string& key) {
  const auto& value = member(object, key);
  if (!value.is_number() || !std::isfinite(value.get<double>())) refuse(key, value, "a number");
  return value.get<double>();
}

std::int64_t whole_member(const nlohmann::json& object, const std::string& key, std::int64_t min,
                          std::int64_t max) {
  constexpr std::uint64_t most = std::uint64_t{1} << 62;
  const auto& value = member(object, key);
  if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<std::uint64_t>() > most) ||
      value.get<std::int64_t>() < min || value.get<std::int64_t>() > max)
    refuse(key, value, fmt::format("a whole number from {} to {}", min, max));
  return value.get<std::int64_t>();
}

const nlohmann::json& list_member(const nlohmann::json& object, const std::string& key) {
  const auto& value = member(object, key);
  if (!value.is_array()) refuse(key, value, "a list");
  return value;
}

}  // namespace bondscope
