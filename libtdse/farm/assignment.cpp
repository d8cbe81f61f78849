#include "libtdse/farm/assignment.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/model/parameter.hpp"

namespace bondscope::tdse {

std::string to_text(const RunParameters& run) {
  // JSON keeps every bit of a finite number.
  nlohmann::json text{{"molecule", run.molecule}};
  for (const auto& parameter : common_parameters())
    text["common"].push_back(parameter.of(run));
  for (const auto& [name, value] : run.declared)
    text["declared"].push_back({name, value});
  return text.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

RunParameters run_from_text(const std::string& text) {
  try {
    const auto json = nlohmann::json::parse(text);
    RunParameters run{.molecule = json.at("molecule")};
    std::size_t i = 0;
    for (const auto& parameter : common_parameters())
      parameter.set(run, json.at("common").at(i++));
    if (json.contains("declared"))
      for (const auto& entry : json.at("declared"))
        run.declared.push_back({entry.at(0), entry.at(1)});
    return run;
  } catch (const nlohmann::json::exception& e) {
    throw DataError(fmt::format("a run's parameters from another rank cannot be read: {}", e.what()));
  }
}

}  // namespace bondscope::tdse
