#include "libpmd/detector/degrade.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/detector/rotation.hpp"

namespace bondscope {
namespace {

/// Within half a turn of where the detector stands on average.
double angle_of(const Degradation& d, const RandomKey& key) {
  double angle = d.rotation_deg.value_or(0);
  if (d.rotation_spread_deg) {
    RandomDraws draws(key, RandomPurpose::rotation, 0);
    angle += *d.rotation_spread_deg * normal(draws);
  }
  return std::abs(angle) <= 360 ? angle : std::remainder(angle, 360);
}

}  // namespace

void check(const Degradation& degradation) {
  for (const auto& field : degradation_fields) {
    const auto& value = degradation.*field.member;
    if (value && !field.range.contains(*value))
      throw ConfigError(fmt::format("{}: {} is out of range; expected {} (unit: {})", field.name,
                                    format_number(*value), field.range.describe(), field.unit));
  }
  const auto& nodes = degradation.intensity_nodes;
  if (nodes && *nodes != std::floor(*nodes))
    throw ConfigError(fmt::format("intensity_nodes: {} is not a whole number", format_number(*nodes)));
  if (nodes && !degradation.intensity_jitter)
    throw ConfigError("intensity_nodes: without jitter there is one intensity; set intensity_jitter, too");
  if (degradation.cell_au && !degradation.electrons)
    throw ConfigError("cell_au: detector cells count electrons; set electrons, too");
}

std::string describe(const Degradation& degradation, std::uint64_t seed) {
  nlohmann::ordered_json settings;
  for (const auto& field : degradation_fields) {
    auto& setting = settings[field.name];
    const auto& value = degradation.*field.member;
    if (value)
      setting["value"] = *value;
    else
      setting["value"] = nullptr;
    setting["unit"] = field.unit;
    setting["meaning"] = field.meaning;
  }
  const nlohmann::ordered_json all{{"kind", "degradation"}, {"seed", seed}, {"settings", settings}};
  return all.dump();
}

std::vector<float> with_background(std::span<const float> pmd, double fraction) {
  double sum = 0;
  for (const float p : pmd)
    sum += p;
  const double level = pmd.empty() ? 0 : fraction * sum / static_cast<double>(pmd.size());
  std::vector<float> result;
  result.reserve(pmd.size());
  for (const float p : pmd)
    result.push_back(static_cast<float>((1 - fraction) * p + level));
  return result;
}

std::vector<float> saturated(std::span<const float> pmd, double half_at) {
  std::vector<float> result(pmd.begin(), pmd.end());
  const auto largest = std::max_element(pmd.begin(), pmd.end());
  if (largest == pmd.end() || *largest <= 0) return result;
  const double half = half_at * static_cast<double>(*largest);
  for (float& p : result)
    p = static_cast<float>(p / (1 + p / half));
  return result;
}

std::vector<float> detected(std::span<const float> pmd, const MomentumPlane& plane,
                            const Degradation& degradation, const RandomKey& key) {
  check(degradation);
  check_distribution(pmd, plane);
  std::vector<float> seen(pmd.begin(), pmd.end());
  if (degradation.rotation_deg || degradation.rotation_spread_deg)
    seen = rotated(seen, plane, angle_of(degradation, key));
  if (degradation.resolution_au) seen = blurred(seen, plane, *degradation.resolution_au);
  if (degradation.background) seen = with_background(seen, *degradation.background);
  if (degradation.saturation) seen = saturated(seen, *degradation.saturation);
  if (degradation.electrons) seen = counted(seen, plane, *degradation.electrons, key, degradation.cell_au);
  return seen;
}

std::vector<float> degraded(const DistributionAt& at, const RunParameters& parameters,
                            const MomentumPlane& plane, const Degradation& degradation,
                            const RandomKey& key) {
  check(degradation);
  const auto mean = jittered(at, parameters, degradation.intensity_jitter.value_or(0),
                             static_cast<int>(degradation.intensity_nodes.value_or(7)));
  return detected(mean, plane, degradation, key);
}

}  // namespace bondscope
