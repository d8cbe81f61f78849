#pragma once

// Does a map show what the network goes by? Measures that a map passes or fails, whatever it looks like
// (docs/explanations.md).

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libml/explain/answers.hpp"
#include "libml/explain/explanation.hpp"

namespace bondscope::ml {

/// How tests of faithfulness cut an image into cells and how often chance is asked.
struct FaithfulnessSettings {
  int cells_kx = 16, cells_ky = 8;  ///< that are deleted and inserted one after the other
  int steps = 16;                   ///< points of a deletion curve
  int random_orders = 5;            ///< of cells, the mean of which a map has to beat
  double noise = 1;                 ///< standard deviation in grey levels, which no eye sees
  std::uint64_t seed = 1;           ///< of orders and noise
};

/// How far the answer is from that for the whole image, |f(shown) - f(x)|, averaged over the share of the
/// cells that are deleted, which the mean image replaces, from 0 to 1.
struct DeletionCurves {
  double deletion = 0;   ///< the most important cells first: large is good
  double insertion = 0;  ///< the most important cells appear first: small is good
  double random = 0;     ///< in random orders, for which both are the same on average
};

/// The curves of one image of inputs. The importance of a cell is the sum of the map's sizes in it. Throws
/// ConfigError for settings that do not fit the image, and what ask() throws.
DeletionCurves deletion_curves(const Answers& answers, std::span<const float> image, int width, int height,
                               std::size_t output, std::span<const float> map,
                               const FaithfulnessSettings& settings);

/// Spearman's rank correlation of two maps' sizes, |a| and |b|, averaged over cells; 0 if one of them is the
/// same everywhere.
double likeness_of_maps(std::span<const float> a, std::span<const float> b, int width, int height,
                        const FaithfulnessSettings& settings);
/// Spearman's rank correlation, ties with their mean rank; 0 if either is constant. Throws DataError unless
/// both have as many values, at least two, all finite.
double rank_correlation(std::span<const double> a, std::span<const double> b);

/// One method tested on several images of one model; means over these.
struct FaithfulnessScores {
  std::size_t images = 0;   ///< how many
  DeletionCurves curves{};  ///< in the target's unit; of a classifier always a probability (answers_of())
  /// |Σ map - (answer - baseline)| in parts of |answer - baseline|, both summed over the images; nan of a map
  /// that does not sum up.
  double incompleteness = 0;
  double stability = 0;  ///< likeness of the map to that of the image with noise
  /// Likeness of the map to its mirror image along ky: whether the network treats both halves alike. Of
  /// images that are their own mirror images, which explain(mirror x) = mirror(explain x) asks; nan where
  /// there are none.
  double symmetry = 0;
  /// Likeness of the map to that of the network with the last layer drawn anew, the last two … all.
  std::vector<double> randomised;
};

/// Tests maps that explain() gave for the samples, each for the output that it is of. Symmetry is that of
/// images of the plane of molecules along the field, which are their own mirror images. `monitor` is called
/// after every image. Throws DataError unless there is one explanation of each, and what explain() throws.
FaithfulnessScores test_faithfulness(const Model& model, const SampleSet& samples,
                                     std::span<const std::size_t> chosen,
                                     std::span<const Explanation> explanations,
                                     const ExplanationSettings& explanation,
                                     const FaithfulnessSettings& settings, const LoadMonitor& monitor = {});

/// Mean likeness of a model's maps to those of another for the same outputs and images, e.g. of a training
/// that differs by the seed. Monitor and errors as above.
double agreement(std::span<const Explanation> explanations, const Model& other, const SampleSet& samples,
                 std::span<const std::size_t> chosen, const ExplanationSettings& explanation,
                 const FaithfulnessSettings& settings, const LoadMonitor& monitor = {});

/// The layers of a network that are drawn anew one after the other, from the last one: output, hidden, block5
/// …
std::vector<std::string> layers_from_above(const NetworkSpec& spec);
/// The model with its last `layers` layers as they are before a training: their weights drawn from another
/// seed.
Model with_random_layers(const Model& model, std::size_t layers);

}  // namespace bondscope::ml
