#include "libpmd/model/model_fields.hpp"

#include <array>
#include <string>

namespace bondscope {

std::span<const ModelField> model_fields() {
  using M = ModelParameters;
  static const std::array<ModelField, 3> fields{{
      {"pulse", "wavelength_nm", Range::between(10, 100000), false,
       [](const M& m) { return m.wavelength_nm; }, [](M& m, double value) { m.wavelength_nm = value; }},
      {"pulse", "cycles", Range::between(1, 100), true,
       [](const M& m) { return static_cast<double>(m.cycles); },
       [](M& m, double value) { m.cycles = static_cast<int>(value); }},
      {"", "softening", Range::positive_up_to(100), false, [](const M& m) { return m.softening; },
       [](M& m, double value) { m.softening = value; }},
  }};
  return fields;
}

void read(const Config& dataset, ModelParameters& model) {
  for (const auto& field : model_fields()) {
    const Config config = *field.section ? dataset.section(field.section) : dataset;
    const double fallback = field.get(model);
    const auto whole = [](double value) { return static_cast<std::int64_t>(value); };
    field.set(model, field.whole
                         ? static_cast<double>(config.integer(field.key, whole(field.range.min),
                                                              whole(field.range.max), whole(fallback)))
                         : config.number(field.key, field.range, fallback));
  }
}

void emit(YAML::Emitter& out, const ModelParameters& model) {
  std::string open;
  const auto enter = [&](const std::string& section) {
    if (section == open) return;
    if (!open.empty()) out << YAML::EndMap;
    if (!section.empty()) out << YAML::Key << section << YAML::Value << YAML::BeginMap;
    open = section;
  };
  for (const auto& field : model_fields()) {
    enter(field.section);
    out << YAML::Key << field.key << YAML::Value << format_number(field.get(model));
  }
  enter("");
}

}  // namespace bondscope
