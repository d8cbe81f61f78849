#include "libml/explain/explanation.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "libml/explain/answers.hpp"
#include "libml/explain/cells.hpp"
#include "libml/explain/gradients.hpp"
#include "libml/explain/occlusion.hpp"
#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

/// Inputs of an image that is grey everywhere: bytes 128, of floats the middle of their range.
std::vector<float> grey_inputs(const Model& model) {
  const auto& image = model.description.recipe.image;
  const auto& preprocessing = model.preprocessing();
  std::vector<float> inputs(static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height));
  const double range = white(image);
  const double grey = image.values == PixelValues::bytes ? 128
                      : image.scale == Scale::log        ? -range / 2
                                                         : range / 2;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const double mean =
        preprocessing.mean_image.empty() ? 0 : static_cast<double>(preprocessing.mean_image[i]);
    inputs[i] = static_cast<float>((grey - mean) * preprocessing.pixel_max / range);
  }
  return inputs;
}

OcclusionSettings mask_of(const Model& model, const ExplanationSettings& settings) {
  const auto& spec = model.network().spec();
  const auto pixels = [](double part, int side) {
    return std::clamp(static_cast<int>(std::lround(part * side)), 1, side);
  };
  OcclusionSettings mask{.mask_kx = pixels(settings.mask, spec.width),
                         .mask_ky = pixels(settings.mask, spec.height)};
  mask.stride_kx = std::min(mask.mask_kx, pixels(settings.stride, spec.width));
  mask.stride_ky = std::min(mask.mask_ky, pixels(settings.stride, spec.height));
  if (settings.fill == Fill::own_mean) mask.fill = {};
  if (settings.fill == Fill::grey) mask.fill = grey_inputs(model);
  return mask;
}

/// What the cells contribute beside what they contribute to the answer for the mean image, spread evenly over
/// their pixels.
std::vector<float> additive_map(const Model& model, std::span<const float> image,
                                std::span<const float> extent, std::size_t output) {
  const auto own = contributions(model, image, extent, output);
  const auto usual = contributions(model, std::vector<float>(image.size()), extent, output);
  const auto& spec = model.network().spec();
  std::vector<double> more = own.parts;
  for (std::size_t cell = 0; cell < more.size(); ++cell)
    more[cell] -= usual.parts[cell];
  return spread_over_pixels(more, cells_of_pixels(spec.width, spec.height, static_cast<int>(own.cells_kx),
                                                  static_cast<int>(own.cells_ky)));
}

}  // namespace

bool sums_up(ExplanationMethod method) {
  return method == ExplanationMethod::lime || method == ExplanationMethod::integrated_gradients ||
         method == ExplanationMethod::additive;
}

void expect_explainable(const Model& model, ExplanationMethod method) {
  const auto& spec = model.network().spec();  // throws for methods without layers
  if (model.description.recipe.image.one_dimensional())
    throw ConfigError(fmt::format(
        "{}: learned from one-dimensional distributions ({}); explanations are maps of the momentum "
        "plane, expected a network for images of it",
        model.folder.string(), to_string(model.description.recipe.image)));
  if (method == ExplanationMethod::grad_cam && spec.kind != "cnn")
    throw ConfigError(fmt::format("{}: grad_cam needs convolutions, and its network is of the kind {}",
                                  model.folder.string(), spec.kind));
  if (method == ExplanationMethod::additive && !is_additive(spec))
    throw ConfigError(
        fmt::format("{}: its network's answers are no sums over cells of the image; train one "
                    "with --recipe additive, or use another method",
                    model.folder.string()));
}

Explanation explain(const Model& model, std::span<const float> image, std::span<const float> extent,
                    std::size_t output, const ExplanationSettings& settings) {
  using M = ExplanationMethod;
  expect_explainable(model, settings.method);
  const auto& spec = model.network().spec();
  const auto answers = answers_of(model, {extent.begin(), extent.end()});
  const bool probability = settings.method == M::occlusion || settings.method == M::lime;
  const auto answer_for = [&](std::span<const float> asked) {
    if (probability || !spec.classes) return static_cast<double>(ask(answers, asked, 1, output).front());
    return static_cast<double>(model.network().evaluate(asked, extent).at(output));
  };
  Explanation found{.map = {},
                    .output = output,
                    .answer = answer_for(image),
                    .baseline = answer_for(std::vector<float>(image.size()))};
  switch (settings.method) {
    case M::occlusion:
      found.map = occlusion_map(answers, image, spec.width, spec.height, output, mask_of(model, settings));
      break;
    case M::grad_cam:
      found.map = grad_cam(model, image, extent, output);
      break;
    case M::lime: {
      auto lime = settings.lime;
      lime.cells_kx = std::min(lime.cells_kx, spec.width);
      lime.cells_ky = std::min(lime.cells_ky, spec.height);
      found.map = lime_map(answers, image, spec.width, spec.height, output, lime);
      break;
    }
    case M::integrated_gradients:
      found.map = integrated_gradients(model, image, extent, output, settings.steps);
      break;
    case M::additive:
      found.map = additive_map(model, image, extent, output);
      break;
  }
  return found;
}

Explanation explain(const Model& model, const SampleSet& samples, std::size_t sample, std::size_t output,
                    const ExplanationSettings& settings) {
  const std::vector<std::size_t> one{sample};
  const auto& preprocessing = model.preprocessing();
  return explain(model, preprocessing.inputs(samples, one),
                 model.network().spec().extent ? preprocessing.extents(samples, one) : std::vector<float>{},
                 output, settings);
}

}  // namespace bondscope::ml
