#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "libml/explain/laws.hpp"

namespace bondscope::ml {
namespace {

std::string name_of(const PairInteractions::Distance& bin) {
  return std::isfinite(bin.farthest) ? fmt::format("up to {} cells apart", bin.farthest) : "farther";
}

std::string name_of(const RingInfluence& ring) {
  return std::isfinite(ring.to) ? fmt::format("{} to {}", ring.from, ring.to)
                                : fmt::format("beyond {}", ring.from);
}

std::string pairs_summary(const PairInteractions& pairs, const std::string& unit) {
  auto text = fmt::format("  what pairs of cells do together beside what each does alone ({:.3g} {}):\n",
                          pairs.single, unit);
  for (const auto& bin : pairs.distances)
    if (bin.pairs > 0)
      text += fmt::format("    {:<24}{:.3g} {} ({} pairs)\n", name_of(bin), bin.interaction, unit, bin.pairs);
  return text;
}

std::string rings_summary(const std::vector<RingInfluence>& rings, const std::string& unit) {
  std::string text = fmt::format("  what hiding all momenta of one size does ({}), k/2√Up:\n", unit);
  for (const auto& ring : rings)
    text += fmt::format("    {:<24}{:.3g}   ({:.1f} % of the pixels)\n", name_of(ring), ring.effect,
                        100 * ring.area);
  return text;
}

std::string fringes_summary(const FringeResponses& fringes) {
  auto text = fmt::format(
      "  fringes of {:.0f} % planted at a wrong distance R' move R by (a.u., mean ± s.d. over images)\n"
      "    R' - R          along the molecule   across it\n",
      100 * fringes.amplitude);
  for (const auto& at : fringes.at)
    text += fmt::format("    {:>5.1f}        {:>8.3f} ± {:<8.3f}   {:>8.3f}\n", at.shift, at.along,
                        at.along_sd, at.across);
  return text + fmt::format("    slope        {:>8.4f}              {:>8.4f}\n", fringes.slope_along,
                            fringes.slope_across);
}

std::string parameters_summary(const std::vector<ParameterResponse>& parameters) {
  std::string text = "  how the answer changes with one parameter alone:\n";
  for (const auto& one : parameters)
    text += fmt::format(
        "    d answer/d {:<12} {:>8.3f}, should be {}; r.m.s. deviation {:.3f} {} ({} pairs, {:.3g} apart)\n",
        one.parameter, one.mean, one.expected, one.rms, one.unit, one.pairs, one.step);
  return text;
}

}  // namespace

std::string laws_summary(const Laws& laws, const std::string& unit) {
  std::string text;
  if (laws.beyond.area > 0)
    text +=
        fmt::format("  beyond the direct electrons, k > 2√Up: {:.1f} % of the maps, {:.1f} % of the pixels\n",
                    100 * laws.beyond.map, 100 * laws.beyond.area);
  text += pairs_summary(laws.pairs, unit);
  if (!laws.rings.empty()) text += rings_summary(laws.rings, unit);
  if (laws.halves.images > 0)
    text += fmt::format(
        "  hiding half of a symmetric image: {:.3g} {}; one half or the other: {:.3g} apart ({} images)\n",
        laws.halves.effect, unit, laws.halves.difference, laws.halves.images);
  if (!laws.fringes.at.empty()) text += fringes_summary(laws.fringes);
  if (!laws.parameters.empty()) text += parameters_summary(laws.parameters);
  return text;
}

std::string laws_csv(const Laws& laws) {
  std::string text = "law,at,value\n";
  const auto add = [&](const std::string& law, const std::string& at, double value) {
    text += fmt::format("{},{},{:.6g}\n", law, at, value);
  };
  if (laws.beyond.area > 0) {
    add("map beyond direct electrons", "", laws.beyond.map);
    add("pixels beyond direct electrons", "", laws.beyond.area);
  }
  add("single cell", "", laws.pairs.single);
  for (const auto& bin : laws.pairs.distances)
    if (bin.pairs > 0) add("pairs of cells", name_of(bin), bin.interaction);
  for (const auto& ring : laws.rings) {
    add("ring", name_of(ring), ring.effect);
    add("pixels of ring", name_of(ring), ring.area);
  }
  if (laws.halves.images > 0) {
    add("half hidden", "", laws.halves.effect);
    add("difference of halves", "", laws.halves.difference);
  }
  for (const auto& at : laws.fringes.at) {
    add("fringes along", fmt::format("{}", at.shift), at.along);
    add("fringes along s.d.", fmt::format("{}", at.shift), at.along_sd);
    add("fringes across", fmt::format("{}", at.shift), at.across);
  }
  if (!laws.fringes.at.empty()) {
    add("fringes along", "slope", laws.fringes.slope_along);
    add("fringes across", "slope", laws.fringes.slope_across);
  }
  for (const auto& one : laws.parameters) {
    add("response mean", one.parameter, one.mean);
    add("response r.m.s. deviation", one.parameter, one.rms);
    add("response step", one.parameter, one.step);
    add("response pairs", one.parameter, static_cast<double>(one.pairs));
  }
  return text;
}

}  // namespace bondscope::ml
