#include "libpmd/base/text/json.hpp"


#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"

namespace bondscope {

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
    throw DataError(fmt::format("not valid JSON: {}", error.what()));
  }
}

}  // namespace bondscope
