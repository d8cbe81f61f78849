#include "libpmd/model/fields.hpp"

#include <array>
#include <cmath>
#include <string>

#include <fmt/format.h>

#include "libpmd/model/pulse_parameters.hpp"

namespace bondscope {
namespace {

constexpr double most_momentum_points = 4096;

std::vector<double> symmetric_axis(double max, double spacing) {
  const int last = static_cast<int>(std::floor(max / spacing + 1e-9));
  std::vector<double> axis;
  for (int j = -last; j <= last; ++j)
    axis.push_back(j * spacing);
  return axis;
}

void check_axis(const Config& momentum, const std::string& axis, double max, double spacing) {
  const auto key = axis + "_spacing", text = format_number(spacing);
  if (spacing > max)
    momentum.fail(key, fmt::format("{} is larger than {}_max = {}", text, axis, format_number(max)));
  if (2 * max / spacing + 1 > most_momentum_points)
    momentum.fail(key, fmt::format("{} makes more than {} points; expected at least {}", text,
                                   format_number(most_momentum_points),
                                   format_number(2 * max / (most_momentum_points - 1))));
}

template <auto member, class Of>
YamlField<Of> field(std::string_view section, std::string_view key, Range range) {
  return {section,
          key,
          range,
          [](const Of& of) { return static_cast<double>(of.*member); },
          [](Of& of, double value) {
            of.*member = static_cast<std::remove_reference_t<decltype(of.*member)>>(value);
          },
          std::is_same_v<std::remove_reference_t<decltype(std::declval<Of&>().*member)>, int>};
}

template <auto member>
YamlField<Observation> axis_field(std::string_view key, double largest) {
  return {"momentum", key, Range::positive_up_to(largest),
          [](const Observation& o) { return o.momentum.*member; },
          [](Observation& o, double value) { o.momentum.*member = value; }};
}

template <class Of>
void read_field(const Config& root, const YamlField<Of>& field, Of& of, std::optional<double> fallback) {
  const Config config = field.section.empty() ? root : root.section(std::string(field.section));
  const std::string key(field.key);
  const auto whole = [](double value) { return static_cast<std::int64_t>(value); };
  field.set(of, field.whole ? static_cast<double>(
                                  config.integer(key, whole(field.range.min), whole(field.range.max),
                                                 fallback ? std::optional(whole(*fallback)) : std::nullopt))
                            : config.number(key, field.range, fallback));
}

}  // namespace

std::vector<double> MomentumAxes::kx() const {
  return symmetric_axis(kx_max, kx_spacing);
}
std::vector<double> MomentumAxes::ky() const {
  return symmetric_axis(ky_max, ky_spacing);
}

std::span<const YamlField<ModelParameters>> model_fields() {
  using M = ModelParameters;
  static const std::array fields{field<&M::softening, M>("", "softening", Range::positive_up_to(100))};
  return fields;
}

std::span<const YamlField<Observation>> observation_fields() {
  using O = Observation;
  using A = MomentumAxes;
  static const std::array fields{
      field<&O::duration, O>("", "duration", Range::between(1, 100)),
      field<&O::absorber_radius, O>("absorber", "radius", Range::positive_up_to(4000)),
      field<&O::absorber_beta, O>("absorber", "beta", Range::positive_up_to(1)),
      field<&O::absorber_reference_step, O>("absorber", "reference_step", Range::positive_up_to(10)),
      axis_field<&A::kx_max>("kx_max", 50),
      axis_field<&A::kx_spacing>("kx_spacing", 1),
      axis_field<&A::ky_max>("ky_max", 50),
      axis_field<&A::ky_spacing>("ky_spacing", 1)};
  return fields;
}

void read(const Config& dataset, ModelParameters& model) {
  read(dataset.section("pulse"), model.pulse);
  for (const auto& field : model_fields())
    read_field(dataset, field, model, field.get(model));
  constexpr std::size_t most_molecules = 1000;  // each is looked for among all
  const Config molecules = dataset.section("molecules");
  const auto names = molecules.keys();
  if (names.size() > most_molecules)
    dataset.fail("molecules", fmt::format("defines {}; expected at most {}", names.size(), most_molecules));
  for (const auto& name : names)
    model.molecules.push_back(Molecule::from_config(name, molecules.section(name)));
}

void read(const Config& preset, Observation& observation) {
  for (const auto& field : observation_fields())
    read_field(preset, field, observation, {});
  const auto momentum = preset.section("momentum");
  const auto& axes = observation.momentum;
  check_axis(momentum, "kx", axes.kx_max, axes.kx_spacing);
  check_axis(momentum, "ky", axes.ky_max, axes.ky_spacing);
}

}  // namespace bondscope
