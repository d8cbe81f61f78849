#include "libml/data/mirrors.hpp"

#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/model/fields.hpp"
#include "libpmd/model/symmetry.hpp"

namespace bondscope::ml {
namespace {

bool same_value(const Target& target, double a, double b) {
  double difference = a - b;
  if (target.period() > 0) difference = std::remainder(difference, target.period());
  return std::abs(difference) <= 1e-9;
}

/// What is known so far: nothing where both may still be, because the target is 0 in all samples.
using Sign = std::optional<double>;

}  // namespace

std::vector<Mirrors> copies(Mirrors mirrors) {
  std::vector<Mirrors> all{{}};
  if (mirrors.along_kx) all.push_back({.along_kx = true});
  if (mirrors.along_ky) all.push_back({.along_ky = true});
  if (mirrors.along_kx && mirrors.along_ky) all.push_back({true, true});
  return all;
}

Extent mirrored(Extent e, Mirrors mirrors) {
  if (mirrors.along_kx) e = {-e.kx_max, -e.kx_min, e.ky_min, e.ky_max};
  if (mirrors.along_ky) e = {e.kx_min, e.kx_max, -e.ky_max, -e.ky_min};
  return e;
}

TargetSigns unchanged(std::size_t targets) {
  return {std::vector<double>(targets, 1), std::vector<double>(targets, 1)};
}

TargetSigns target_signs(const SampleSet& samples, const std::vector<Target>& targets, Mirrors mirrors,
                         const std::string& source) {
  auto signs = unchanged(targets.size());
  if (!mirrors.any()) return signs;
  ModelParameters model;
  read(Config::from_text(samples.source.configuration, samples.source.store + ": configuration")
           .section("dataset"),
       model);
  std::vector<Sign> along_kx(targets.size()), along_ky(targets.size());
  const auto ask = [&](const char* key, const Sample& sample, const std::optional<RunParameters>& mirrored,
                       std::vector<Sign>& known) {
    const auto refuse = [&](const std::string& why) {
      throw ConfigError(fmt::format("{}: augmentation.{}: the mirror image of run {} ({}) {}", source, key,
                                    sample.number, describe(sample.parameters), why));
    };
    if (!mirrored) refuse("is a distribution of no such molecule; expected false");
    for (std::size_t t = 0; t < targets.size(); ++t) {
      const double before = targets[t].value(sample.parameters), after = targets[t].value(*mirrored);
      const bool may_stay = same_value(targets[t], before, after),
                 may_turn = same_value(targets[t], -before, after);
      if (may_stay && may_turn) continue;
      const double sign = may_turn ? -1 : 1;
      if (!may_stay && (!may_turn || targets[t].period() > 0))
        refuse(
            fmt::format("has another {}, which is a target; expected false, or targets that stay or change "
                        "their sign only, as cos_cep and sin_2_angle",
                        targets[t].name));
      if (known[t].value_or(sign) != sign)
        refuse(fmt::format("has {} its {}, of other runs it is the other way round; expected false",
                           may_turn ? "lost the sign of" : "kept", targets[t].name));
      known[t] = sign;
    }
  };
  for (const auto& sample : samples.samples) {
    const auto mirrored = mirror_runs(sample.parameters, model);
    if (mirrors.along_kx) ask("flip_kx", sample, mirrored.along_kx, along_kx);
    if (mirrors.along_ky) ask("flip_ky", sample, mirrored.along_ky, along_ky);
  }
  for (std::size_t t = 0; t < targets.size(); ++t) {
    signs.along_kx[t] = along_kx[t].value_or(1);
    signs.along_ky[t] = along_ky[t].value_or(1);
  }
  return signs;
}

std::map<std::string, double> settings_of(const TargetSigns& signs, const std::vector<std::string>& targets) {
  std::map<std::string, double> settings;
  for (std::size_t t = 0; t < targets.size(); ++t) {
    if (signs.along_kx[t] < 0) settings[targets[t] + ".sign_kx"] = -1;
    if (signs.along_ky[t] < 0) settings[targets[t] + ".sign_ky"] = -1;
  }
  return settings;
}

TargetSigns signs_from(const std::map<std::string, double>& settings,
                       const std::vector<std::string>& targets) {
  auto signs = unchanged(targets.size());
  const auto read = [&](const std::string& name, double& sign) {
    const auto found = settings.find(name);
    if (found == settings.end()) return;
    if (std::abs(found->second) != 1)
      throw DataError(fmt::format("the setting '{}' is {}; expected 1 or -1", name, found->second));
    sign = found->second;
  };
  for (std::size_t t = 0; t < targets.size(); ++t) {
    read(targets[t] + ".sign_kx", signs.along_kx[t]);
    read(targets[t] + ".sign_ky", signs.along_ky[t]);
  }
  return signs;
}

}  // namespace bondscope::ml
