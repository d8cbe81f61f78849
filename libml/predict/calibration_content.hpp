#pragma once

// What a calibration keeps in a model folder.

#include <cstddef>
#include <vector>

#include "libml/predict/alarm.hpp"
#include "libml/predict/conformal.hpp"
#include "libml/predict/known_runs.hpp"
#include "libml/predict/traits.hpp"
#include "libml/train/description.hpp"

namespace bondscope::ml {

/// As calibration.safetensors keeps it, of n runs that the model has not learned from (what is float32 here
/// was float64 in earlier versions, known.features float32):
///   answers, truths        float32 [n][target]
///   electrons              float64 [n], 0 of what was not counted
///   distances              float32 [n], to the known runs, KnownRuns::Place
///   peaks.count            int64 [n], and of all peaks of all runs peaks.values float32 [peak][target],
///                          peaks.covariances float64 [peak][target][target], peaks.deficits float32 [peak];
///                          only of methods that know of peaks, and not in what earlier versions wrote
///   strangeness            float32 [n][6], in the order of Strangeness::names; of earlier versions [n][5],
///                          without misfit
///   traits                 float32 [n][5], in the order of Traits::names
/// and the known runs, k of those that the model was trained on, with r of them to be shown:
///   mean_image, components, odd     of thumbnails, as principal_components.hpp has them
///   known.features [k][component] (arrays/rounded.hpp), known.residuals float32 [k], known.extents float32
///   [k][4], known.runs int64 [k] (positions in train_runs of model.json), known.truths float32 [k][target]
///   references.known int64 [r] (positions among the k), references.images uint8 [r][kx][ky] (of ky the
///   upper half, where the lower one is its mirror image),
///   255 (1 + picture_of()/shown_decades)
struct CalibrationContent {
  Evidence evidence;                     ///< answers, truths, electrons
  std::vector<Strangeness> strangeness;  ///< of each run
  std::vector<Traits> traits;            ///< of each run
  KnownRuns known;                       ///< of the training

  /// Further runs, of the same model and known runs.
  void append(const CalibrationContent& other);
  /// The arrays.
  Learned learned() const;
  /// From these, of such a model. Throws DataError if they do not fit.
  static CalibrationContent from(const Learned& learned, const ModelDescription& model);
};

/// Runs of a calibration: more are of no use, and a file from outside must not make hours of work.
inline constexpr std::size_t most_evidence = 20'000;

/// Of a model's targets, in their units; 0: none.
std::vector<double> periods_of(const ModelDescription& model);

}  // namespace bondscope::ml
