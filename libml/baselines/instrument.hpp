#pragma once

// What an experiment does to the electrons' shares, as far as it is not known beforehand.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "libpmd/images/image_settings.hpp"
#include "libpmd/model/momentum_plane.hpp"

namespace bondscope::ml {

/// Something that an experiment does and of which it is not known how much: it is found together with the
/// targets. Searched is a number that the distribution changes with at once even where there is nothing of
/// it: the square of a width.
struct Effect {
  const char* name;                    ///< in recipes and answers; as in degradation_fields what is there
  const char* label;                   ///< in words
  const char* unit;                    ///< of the setting; empty: none
  double largest, begin;               ///< of the number searched; the least is 0
  double (*setting)(double searched);  ///< what that means; not called with 0
  /// The target that is not the same in all shots, with the setting as its standard deviation in the target's
  /// unit. That is not the detector's, since it takes distributions at other parameters: Likelihood sees to
  /// it. Null of all else.
  const char* shots = nullptr;
  bool relative = false;  ///< of `shots`: whether the standard deviation is one over the mean
};
/// All there are.
std::span<const Effect> effects();
/// Their names.
std::vector<std::string> effect_names();
/// The one of that name. Throws ConfigError that lists them.
const Effect& known_effect(const std::string& name);
/// By names. Throws ConfigError that lists them, or for one that is there twice.
std::vector<Effect> find_effects(const std::vector<std::string>& names);

/// The electrons' shares of cells, and how they change.
struct Shares {
  Eigen::VectorXd values;  ///< [cell]
  Eigen::MatrixXd slopes;  ///< [cell][parameter]
};

/// Cells of a fixed window, of the whole plane or of the half ky ≥ 0 that stands for both.
class Instrument {
 public:
  Instrument() = default;
  /// `half`: cells are [kx][ky ≥ 0], each with what is in its mirror image, too.
  Instrument(const ImageSettings& image, bool half);

  /// detected() of the shares in these cells, with so much of each effect (Effect's searched numbers; none
  /// of shots), in their order: turned, blurred, with a background, saturated. Slopes are of what
  /// is seen, those along the searched numbers behind those that there were. Everything acts in cells: what
  /// is smaller than half a cell is not told apart.
  Shares operator()(Shares shares, std::span<const Effect> effects, std::span<const double> searched) const;

 private:
  void turn(Shares& shares, double searched, Eigen::Index own) const;
  void blur(Shares& shares, double searched, Eigen::Index own) const;
  Eigen::VectorXd turned(const Eigen::VectorXd& shares, double degrees) const;
  std::size_t columns() const { return half_ ? plane_.ky_points / 2 : plane_.ky_points; }

  MomentumPlane plane_;  ///< of all cells, both halves
  bool half_ = false;
};

}  // namespace bondscope::ml
