#pragma once

// Why a network answers what it does for an image, by one of several methods with one interface.

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "libml/data/samples.hpp"
#include "libml/explain/lime.hpp"
#include "libml/train/model_folder.hpp"
#include "libpmd/base/text/named.hpp"

namespace bondscope {

namespace ml {
/// How an answer is explained.
enum class ExplanationMethod {
  occlusion,             ///< by how much it drops when a mask hides a place (occlusion.hpp)
  grad_cam,              ///< activations weighted by gradients (gradients.hpp)
  lime,                  ///< a linear model of which cells are shown (lime.hpp)
  integrated_gradients,  ///< gradients along the way from the mean image (gradients.hpp)
  additive               ///< the exact contributions of a network that is a sum (gradients.hpp)
};
/// What occlusion's mask shows.
enum class Fill {
  mean_image,  ///< of what was learned from
  own_mean,    ///< the mean of the image
  grey         ///< the middle of the range
};
}  // namespace ml

/// Names on the command line and in experiments.
template <>
constexpr auto names_of<ml::ExplanationMethod>() {
  using M = ml::ExplanationMethod;
  return std::array{std::pair{M::occlusion, "occlusion"}, std::pair{M::grad_cam, "grad_cam"},
                    std::pair{M::lime, "lime"}, std::pair{M::integrated_gradients, "integrated_gradients"},
                    std::pair{M::additive, "additive"}};
}
/// Names on the command line and in experiments.
template <>
constexpr auto names_of<ml::Fill>() {
  return std::array{std::pair{ml::Fill::mean_image, "mean_image"}, std::pair{ml::Fill::own_mean, "own_mean"},
                    std::pair{ml::Fill::grey, "grey"}};
}

namespace ml {

/// A method with what it needs to know.
struct ExplanationSettings {
  ExplanationMethod method = ExplanationMethod::occlusion;  ///< one of five
  double mask = 0.2, stride = 0.1;                          ///< occlusion: in parts of the image's sides
  Fill fill = Fill::mean_image;                             ///< occlusion: what the mask shows
  LimeSettings lime{};                                      ///< LIME
  int steps = 32;                                           ///< integrated gradients
};

/// Whether the pixels of a map sum up to answer - baseline: exactly, or as well as the method's sampling
/// does.
bool sums_up(ExplanationMethod method);

/// An answer and where it comes from.
struct Explanation {
  std::vector<float> map;  ///< [kx][ky] as the image: positive where the image raises the answer
  std::size_t output = 0;  ///< which of the model's answers it is of: a target's, or a class's
  /// The answer for the image, and for the mean image with the same extent: of a regression in the target's
  /// unit; of a classifier a probability (occlusion, LIME), or the score before softmax (the others).
  double answer = 0, baseline = 0;
};

/// Explains one answer of a network for one image of inputs (Preprocessing), with the crop's extent as it is
/// told it. Throws ConfigError for what the network or the settings do not admit, DataError for answers that
/// are not finite.
Explanation explain(const Model& model, std::span<const float> image, std::span<const float> extent,
                    std::size_t output, const ExplanationSettings& settings);
/// The same for one of the samples.
Explanation explain(const Model& model, const SampleSet& samples, std::size_t sample, std::size_t output,
                    const ExplanationSettings& settings);

/// Throws ConfigError unless the method can explain this model, naming what would be right: only networks
/// for images of the momentum plane, for some only those of one kind.
void expect_explainable(const Model& model, ExplanationMethod method);

}  // namespace ml
}  // namespace bondscope
