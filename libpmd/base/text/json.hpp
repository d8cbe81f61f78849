#pragma once

// JSON from outside.

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace bondscope {

/// Throws DataError if the text is not JSON or is nested more than 64 deep, which could exhaust the stack of
/// whoever walks through it.
nlohmann::json parse_json(std::string_view text);

/// The value under `key`; these throw DataError that names the key if it is missing or something else.
const nlohmann::json& member(const nlohmann::json& object, const std::string& key);
/// A text member of an object. Throws DataError if it is missing or no text.
std::string text_member(const nlohmann::json& object, const std::string& key);
/// Finite.
double number_member(const nlohmann::json& object, const std::string& key);
/// A whole number in its range, and nothing that is only converted to one.
std::int64_t whole_member(const nlohmann::json& object, const std::string& key, std::int64_t min,
                          std::int64_t max);
/// A list, as the value itself.
const nlohmann::json& list_member(const nlohmann::json& object, const std::string& key);

}  // namespace bondscope
