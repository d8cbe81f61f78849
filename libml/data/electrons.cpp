#include "libml/data/electrons.hpp"

#include <algorithm>
#include <optional>

#include <nlohmann/json.hpp>

#include "libpmd/base/text/json.hpp"
#include "libpmd/model/electrons.hpp"

namespace bondscope::ml {
namespace {

/// That all rows of a degraded store have.
std::optional<double> electrons_of_degradation(const StoreDescription& description) {
  if (!description.derivation) return {};
  const auto method = parse_json(description.derivation->method);
  if (!method.is_object() || method.value("kind", "") != "degradation") return {};
  const auto& settings = member(method, "settings");
  if (!settings.is_object() || !settings.contains("electrons")) return {};
  const auto& electrons = settings.at("electrons");
  if (!electrons.is_object() || !electrons.contains("value") || electrons.at("value").is_null()) return {};
  return number_member(electrons, "value");
}

}  // namespace

std::vector<double> electrons_of(const StoreDescription& description) {
  std::vector<double> electrons(description.runs.size(), electrons_of_degradation(description).value_or(0));
  const auto declared = std::ranges::find(description.declared, electrons_parameter, &Parameter::name);
  if (declared != description.declared.end())
    for (std::size_t row = 0; row < electrons.size(); ++row)
      if (description.knows(row, electrons_parameter))
        electrons[row] = std::max(0.0, declared->of(description.runs[row]));
  return electrons;
}

}  // namespace bondscope::ml
