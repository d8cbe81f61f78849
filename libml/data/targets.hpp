#pragma once

// What a network is asked for: quantities of a run, by name.

#include <span>
#include <string>
#include <vector>

#include "libpmd/model/parameter.hpp"

namespace bondscope::ml {

/// What is learned of a parameter: it, or the cosine or sine of an angle.
enum class Part { itself, cosine, sine };

/// What a network is to tell.
struct Target {
  /// As in a recipe's `targets`: a parameter's title (intensity, not intensity_w_cm2), or of one with a
  /// period cos_TITLE, sin_TITLE, or cos_2_TITLE … of its multiples.
  std::string name;
  std::string label;         ///< for axes of plots
  std::string unit;          ///< of value(); empty of cosine and sine
  Parameter parameter{};     ///< that it is, or is made of
  Part part = Part::itself;  ///< of the parameter
  int multiple = 1;  ///< cos(multiple · parameter); of an angle itself: its period is that much shorter

  /// Of a run, in the target's unit.
  double value(const RunParameters& run) const;
  /// Values that differ by this, in the target's unit, are the same; 0: none are.
  double period() const {
    return part == Part::itself ? parameter.period / parameter.shown_unit / multiple : 0;
  }
};

/// Any parameter can be asked for, also one that a data set declares; of one with a period also its cosine
/// and sine, which have no jump where the period ends. Molecules of two equal nuclei are the same when turned
/// by π: cos_2_angle and sin_2_angle say all of their angle. Throws ConfigError that lists the names there
/// are.
Target target(const std::string& name, std::span<const Parameter> declared = {});
/// All of these. Throws likewise.
std::vector<Target> targets(const std::vector<std::string>& names, std::span<const Parameter> declared = {});

/// What the paper asks for, and reproductions measure: R (a.u.), intensity (1e14 W/cm²).
const std::vector<std::string>& measured_targets();

/// Class i of [edges[i], edges[i+1]), the last with its end. Throws DataError if the value lies in
/// none.
std::size_t class_of(double value, std::span<const double> edges);
/// e.g. "1-2" for each class.
std::vector<std::string> class_names(std::span<const double> edges);

/// value = offset + scale · output of the network.
struct TargetScaling {
  double offset = 0, scale = 1;  ///< value = offset + scale · answer
};

}  // namespace bondscope::ml
