#pragma once

// JSON from outside.

#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace bondscope {

/// Throws DataError if the text is not JSON or is nested more than 64 deep, which could exhaust the stack of
/// whoever walks through it.
nlohmann::json parse_json(std::string_view text);

}  // namespace bondscope
