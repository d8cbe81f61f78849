#pragma once

// Where in a measurement which momentum is.

#include <cmath>
#include <vector>

namespace bondscope {

/// Where something is: in the units of a file, or a momentum in a.u.
struct Place {
  double x = 0;  ///< to the right, or along the polarisation
  double y = 0;  ///< the other
};

/// With u to the right and v to the top of the file, both from the centre and times the scale:
///   kx = u cos A + v sin A,   ky = -u sin A + v cos A
struct Geometry {
  Place centre;             ///< of momentum 0, units of the file
  double scale = 1;         ///< a.u. per unit
  double cos = 1, sin = 0;  ///< of the angle A of the polarisation
  bool y_down = true;       ///< whether y of the file increases downwards, as of images

  /// The momentum of a place in the file.
  Place momentum(Place at) const {
    const double u = (at.x - centre.x) * scale, v = (at.y - centre.y) * (y_down ? -scale : scale);
    return {u * cos + v * sin, -u * sin + v * cos};
  }
  /// The place of a momentum.
  Place place(Place k) const {
    const double u = k.x * cos - k.y * sin, v = k.x * sin + k.y * cos;
    return {centre.x + u / scale, centre.y + (y_down ? -v : v) / scale};
  }
};

}  // namespace bondscope
