#include "libpmd/store/counted_electrons.hpp"

#include <algorithm>
#include <optional>

#include <nlohmann/json.hpp>

#include "libpmd/base/text/json.hpp"
#include "libpmd/model/electrons.hpp"

namespace bondscope {
namespace {

/// That all rows have of a degraded store, or of what was derived from one: the last count is the one.
std::optional<double> electrons_of_method(const nlohmann::json& method) {
  if (!method.is_object()) return {};
  if (method.contains("settings") && method["settings"].is_object() &&
      method["settings"].contains("electrons")) {
    const auto& electrons = method["settings"]["electrons"];
    if (electrons.is_object() && electrons.contains("value") && !electrons.at("value").is_null())
      return number_member(electrons, "value");
  }
  return method.contains("of") ? electrons_of_method(method["of"]) : std::nullopt;
}

std::optional<double> electrons_of_derivation(const StoreDescription& description) {
  if (!description.derivation) return {};
  return electrons_of_method(parse_json(description.derivation->method));
}

}  // namespace

std::vector<double> electrons_of(const StoreDescription& description) {
  std::vector<double> electrons(description.runs.size(), electrons_of_derivation(description).value_or(0));
  const auto declared = std::ranges::find(description.declared, electrons_parameter, &Parameter::name);
  if (declared != description.declared.end())
    for (std::size_t row = 0; row < electrons.size(); ++row)
      if (description.knows(row, electrons_parameter))
        electrons[row] = std::max(0.0, declared->of(description.runs[row]));
  return electrons;
}

}  // namespace bondscope
