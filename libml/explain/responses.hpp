#pragma once

// How a model's answer responds to a change of the distribution whose right answer is known.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "libml/train/model_folder.hpp"

namespace bondscope::ml {

/// Interference fringes of two centres in phase, as a factor 1 + a cos(k·d).
struct Fringes {
  double distance = 0;   ///< |d|, a.u.: a period of 2π/(d cos θ) at the angle θ to it
  double angle = 0;      ///< of d to kx, radians
  double amplitude = 0;  ///< a, from 0 to below 1
};
/// The sample with its probability multiplied by this, as its images' representation shows it: brightest or
/// summed probability kept, if the images are divided by it; what is at the floor stays there. The crop
/// stays, too.
SampleSet with_fringes(const SampleSet& samples, std::size_t sample, std::span<const Fringes> fringes);

/// Fringes planted at a wrong distance R': the answer should move towards it. Across the molecule no two
/// centres make fringes, and the answer should not care.
struct FringeResponses {
  /// Of one R' - R.
  struct At {
    double shift = 0;              ///< R' - R, a.u.
    double along = 0, across = 0;  ///< mean of the answer's change, a.u.
    double along_sd = 0;           ///< standard deviation over images
    std::size_t images = 0;        ///< of which R' > 0.5 a.u.
  };
  double amplitude = 0;  ///< of the fringes
  std::vector<At> at;    ///< by shift; empty: not tested
  /// Slopes of the change over R' - R by least squares, all images and shifts; towards R' is positive.
  double slope_along = 0, slope_across = 0;
};
/// Of an output that is R. Throws what the model throws.
FringeResponses fringe_responses(const Model& model, const SampleSet& samples,
                                 std::span<const std::size_t> chosen, std::size_t output,
                                 double amplitude = 0.3);

/// d answer/d parameter from pairs of runs that differ in this parameter only. Of the parameter that is asked
/// for it should be 1, of others 0.
struct ParameterResponse {
  std::string parameter;     ///< title
  std::string unit;          ///< the answers' over the parameter's
  double expected = 0;       ///< 1 or 0
  double step = 0;           ///< by which the runs of a pair differ, in the parameter's unit, on average
  double mean = 0, rms = 0;  ///< over pairs; rms of the deviation from what is expected
  std::size_t pairs = 0;     ///< how many
};
/// Of all samples that had no part in the training; parameters without pairs are left out.
std::vector<ParameterResponse> parameter_responses(const Model& model, const SampleSet& samples,
                                                   std::size_t output);

}  // namespace bondscope::ml
