#include "libml/explain/responses.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>

#include "libml/explain/pixels.hpp"
#include "libml/report/evaluation.hpp"
#include "libpmd/base/statistics/average.hpp"

namespace bondscope::ml {
namespace {

constexpr std::array shifts{-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0};  // R' - R, a.u.
constexpr double least_distance = 0.5;                              // a.u.; a longer period is no fringe

/// What the probability is multiplied by in each pixel.
std::vector<double> factors_of(const ImageSettings& image, const Extent& extent, const Fringes& fringes) {
  std::vector<double> factors;
  const auto ky = cell_centres(extent.ky_min, extent.ky_max, image.height);
  for (const double x : cell_centres(extent.kx_min, extent.kx_max, image.width))
    for (const double y : ky) {
      const double along = x * std::cos(fringes.angle) + y * std::sin(fringes.angle);
      factors.push_back(1 + fringes.amplitude * std::cos(along * fringes.distance));
    }
  return factors;
}

/// By what factor the representation's divisor changes with the probability.
double divisor_change(std::span<const float> probability, std::span<const double> factors,
                      Normalisation normalisation) {
  double before = 0, after = 0;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const auto p = static_cast<double>(probability[i]);
    if (normalisation == Normalisation::sum) {
      before += p;
      after += p * factors[i];
    } else {
      before = std::max(before, p);
      after = std::max(after, p * factors[i]);
    }
  }
  return normalisation == Normalisation::none || !(before > 0) ? 1 : after / before;
}

float changed(float pixel, double factor, const ImageSettings& image) {
  const auto value = static_cast<double>(pixel);
  const bool bytes = image.values == PixelValues::bytes;
  if (image.scale == Scale::power) {
    const double made = value * std::pow(factor, image.exponent);
    return static_cast<float>(bytes ? std::clamp(made, 0.0, 255.0) : made);
  }
  const double floor = bytes ? 0 : image.floor;
  if (value <= floor) return pixel;
  const double made = value + std::log10(factor) * (bytes ? -255 / image.floor : 1);
  return static_cast<float>(bytes ? std::clamp(made, floor, 255.0) : std::max(made, floor));
}

/// Σ change · shift / Σ shift².
class Slope {
 public:
  void add(double shift, double change) {
    both_ += shift * change;
    squares_ += shift * shift;
  }
  double value() const { return squares_ > 0 ? both_ / squares_ : 0; }

 private:
  double both_ = 0, squares_ = 0;
};

/// Molecule and all parameters but one, by which runs are told apart.
std::pair<std::string, std::vector<double>> others_of(const RunParameters& run, const Parameter& parameter,
                                                      std::span<const Parameter> all) {
  std::pair<std::string, std::vector<double>> others{run.molecule, {}};
  for (const auto& other : all)
    if (other.name != parameter.name) others.second.push_back(other.of(run));
  return others;
}

std::string unit_of(const Parameter& parameter) {
  return parameter.shown_unit_name.empty() ? parameter.unit : parameter.shown_unit_name;
}

}  // namespace

SampleSet with_fringes(const SampleSet& samples, std::size_t sample, std::span<const Fringes> fringes) {
  SampleSet planted{
      .image = samples.image, .source = samples.source, .samples = {}, .pixels = {}, .floats = {}};
  const auto pixels = pixels_of(samples, sample);
  const auto probability = probability_of(pixels, samples.image);
  for (const auto& one : fringes) {
    const auto factors = factors_of(samples.image, samples.samples[sample].extent, one);
    const double divisor = divisor_change(probability, factors, samples.image.normalisation);
    planted.samples.push_back(samples.samples[sample]);
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      const float value = changed(pixels[i], factors[i] / divisor, samples.image);
      if (samples.has_floats())
        planted.floats.push_back(value);
      else
        planted.pixels.push_back(static_cast<std::uint8_t>(std::lround(value)));
    }
  }
  return planted;
}

FringeResponses fringe_responses(const Model& model, const SampleSet& samples,
                                 std::span<const std::size_t> chosen, std::size_t output, double amplitude) {
  FringeResponses found{.amplitude = amplitude, .at = {}};
  std::vector<std::vector<double>> along(shifts.size()), across(shifts.size());
  Slope slope_along, slope_across;
  const std::size_t outputs = model.description.recipe.targets.size();
  for (const auto sample : chosen) {
    const auto& run = samples.samples[sample].parameters;
    std::vector<Fringes> fringes{{}};  // the first: none
    std::vector<std::size_t> shift_of;
    for (std::size_t i = 0; i < shifts.size(); ++i) {
      const double distance = run.R + shifts[i];
      if (distance < least_distance) continue;
      shift_of.push_back(i);
      fringes.push_back({distance, run.angle, amplitude});
      fringes.push_back({distance, run.angle + std::numbers::pi / 2, amplitude});
    }
    const auto planted = with_fringes(samples, sample, fringes);
    std::vector<std::size_t> all(fringes.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    const auto answers = model.method->predict(planted, all);
    const auto change = [&](std::size_t i) { return answers[i * outputs + output] - answers[output]; };
    for (std::size_t i = 0; i < shift_of.size(); ++i) {
      along[shift_of[i]].push_back(change(1 + 2 * i));
      across[shift_of[i]].push_back(change(2 + 2 * i));
      slope_along.add(shifts[shift_of[i]], along[shift_of[i]].back());
      slope_across.add(shifts[shift_of[i]], across[shift_of[i]].back());
    }
  }
  for (std::size_t i = 0; i < shifts.size(); ++i)
    if (!along[i].empty()) {
      const auto mean_along = average(along[i]);
      found.at.push_back({.shift = shifts[i],
                          .along = mean_along.mean,
                          .across = mean(across[i]),
                          .along_sd = mean_along.sd.value_or(0),
                          .images = along[i].size()});
    }
  found.slope_along = slope_along.value();
  found.slope_across = slope_across.value();
  return found;
}

std::vector<ParameterResponse> parameter_responses(const Model& model, const SampleSet& samples,
                                                   std::size_t output) {
  const auto asked = target(model.description.recipe.targets[output], samples.source.declared);
  const auto all = all_parameters(samples.source.declared);
  const auto usable = test_samples(model.description, samples);
  std::vector<ParameterResponse> found;
  for (const auto& parameter : all) {
    // What a function of it should do differs from run to run.
    if (asked.part != Part::itself && asked.parameter.name == parameter.name) continue;
    std::map<std::pair<std::string, std::vector<double>>, std::vector<std::size_t>> alike;
    for (const auto sample : usable)
      alike[others_of(samples.samples[sample].parameters, parameter, all)].push_back(sample);
    const auto value_of = [&](std::size_t sample) {
      return parameter.of(samples.samples[sample].parameters) / parameter.shown_unit;
    };
    ParameterResponse response{.parameter = parameter.title,
                               .unit = asked.unit + "/" + unit_of(parameter),
                               .expected = asked.name == parameter.title ? 1.0 : 0.0};
    std::vector<std::size_t> ends;
    for (auto& [others, group] : alike) {
      const auto [least, most] = std::ranges::minmax_element(group, {}, value_of);
      if (value_of(*least) < value_of(*most)) ends.insert(ends.end(), {*least, *most});
    }
    if (ends.empty()) continue;
    const auto answers = model.method->predict(samples, ends);
    const std::size_t outputs = model.description.recipe.targets.size();
    response.pairs = ends.size() / 2;
    const auto count = static_cast<double>(response.pairs);
    for (std::size_t pair = 0; pair < response.pairs; ++pair) {
      const double change = answers[(2 * pair + 1) * outputs + output] - answers[2 * pair * outputs + output];
      const double step = value_of(ends[2 * pair + 1]) - value_of(ends[2 * pair]), slope = change / step;
      response.step += step / count;
      response.mean += slope / count;
      response.rms += (slope - response.expected) * (slope - response.expected) / count;
    }
    response.rms = std::sqrt(response.rms);
    found.push_back(response);
  }
  return found;
}

}  // namespace bondscope::ml
