#pragma once

// Momentum distributions between the computed ones: interpolation in the plane of internuclear distance R
// and intensity I (peak intensity I0 of focal averages), on the irregular points of a store. The paper makes
// 1000 focal-averaged distributions of 100 so.
//
// It works on distributions, not on images: an image has lost its momentum scale, since each is cropped to
// its own rectangle, and the common normalisation, so that the same pixel of two images is not the same
// momentum. Images are made of the interpolated distributions.

#include <cstddef>
#include <functional>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "libpmd/interpolation/store_rows.hpp"
#include "libpmd/interpolation/triangulation.hpp"
#include "libpmd/store/derived_store.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope {

/// Rows of a store that are needed again and again, as many as fit a limit of memory: reads rows when they
/// are asked for and forgets the one that was not asked for the longest.
class DistributionCache {
 public:
  /// Reads a row: its distribution, [kx][ky].
  using Read = std::function<std::vector<float>(std::size_t row)>;

  /// Keeps the last row that was asked for even if it alone exceeds the limit.
  DistributionCache(Read read, std::size_t most_bytes) : read_(std::move(read)), most_bytes_(most_bytes) {}

  /// Valid until the next call.
  std::span<const float> row(std::size_t row);
  /// Memory that rows take now.
  std::size_t bytes() const { return bytes_; }
  /// Rows read so far, those read again included.
  std::size_t reads() const { return reads_; }

 private:
  struct Entry {
    std::size_t row;
    std::vector<float> values;
  };
  Read read_;
  std::size_t most_bytes_, bytes_ = 0, reads_ = 0;
  std::list<Entry> entries_;  ///< the last one used in front
  std::unordered_map<std::size_t, std::list<Entry>::iterator> where_;
};

/// What is summed, and over which points.
enum class InterpolationMethod {
  linear,      ///< Σ wᵢ PMDᵢ over the corners of a Delaunay triangle, as in the paper
  log_linear,  ///< exp Σ wᵢ ln PMDᵢ over the same
  spline       ///< exp Σ wᵢ ln PMDᵢ over the nearest points, by a thin-plate spline
               ///< over ln R and ln I
};
/// Its name, as on the command line.
const char* to_string(InterpolationMethod method);
/// The names, in the order of the enumeration.
const std::vector<std::string>& interpolation_method_names();
/// Throws ConfigError for another name.
InterpolationMethod interpolation_method(const std::string& name);

/// How distributions are interpolated.
struct InterpolationSettings {
  InterpolationMethod method = InterpolationMethod::spline;  ///< what is summed
  double floor = 1e-9;          ///< smaller parts of a distribution's maximum count as so much before ln; > 0
  std::size_t neighbours = 32;  ///< nodes of a spline, at least 3
  std::size_t cache_bytes = std::size_t{1} << 30;  ///< memory for distributions that were read
};

/// How a distribution is made of others; the sum of the weights is 1.
struct InterpolationTerms {
  /// A computed distribution's share.
  struct Term {
    std::size_t row = 0;  ///< of the store, or of all
    double weight = 0;    ///< not 0
  };
  PlanePoint point;         ///< for which this is, that is after clipping
  std::vector<Term> terms;  ///< none twice
};

/// What to do with points outside the hull of the computed ones.
enum class Outside { refuse, clip };

/// Not for use by several threads at a time.
class Interpolator {
 public:
  /// From the done runs of `store`, or from `rows`, which must be done. Runs at the same point count once,
  /// the first of them. `store` must outlive this. Throws DataError if molecule, phase or angle are not the
  /// same in all, and as Triangulation; ConfigError for settings that cannot be.
  explicit Interpolator(const Store& store, const InterpolationSettings& settings = {},
                        std::optional<std::vector<std::size_t>> rows = {});
  /// Likewise, between runs of several stores.
  explicit Interpolator(StoreRows all, const InterpolationSettings& settings = {},
                        std::optional<std::vector<std::size_t>> rows = {});
  Interpolator(const Interpolator&) = delete;
  Interpolator& operator=(const Interpolator&) = delete;

  /// Whose runs are interpolated between.
  const StoreRows& all() const { return all_; }
  /// The first of them, that of rows() if it is the only one.
  const Store& store() const { return *all_.stores().front(); }
  /// Of the computed points.
  const Triangulation& triangulation() const { return triangulation_; }
  /// The row of each point of the triangulation.
  const std::vector<std::size_t>& rows() const { return rows_; }

  /// Throws DataError that names the point and the hull's range if it is outside and to be refused.
  InterpolationTerms terms(const PlanePoint& point, Outside outside = Outside::refuse) const;
  /// Likewise for this intensity at the distance of `inside`; outside of the hull for the nearest intensity
  /// to it that lies between. Throws DataError if `inside` lies outside.
  InterpolationTerms terms_towards(const PlanePoint& inside, double intensity_w_cm2) const;
  /// For point number `point` of the triangulation from all others. Throws DataError if it is on the hull.
  /// Points of derived distributions that have a computed run in common with it (Derivation::roots) are left
  /// out as well; nothing if the others do not enclose it then.
  std::optional<InterpolationTerms> terms_without(std::size_t point) const;

  /// [kx][ky] on the store's axes. Throws DataError if a run is damaged or the result not finite.
  std::vector<float> evaluate(const InterpolationTerms& terms);
  /// The distribution at a point, [kx][ky]. Throws as terms() and evaluate()
  std::vector<float> at(double R, double intensity_w_cm2, Outside outside = Outside::refuse);

  /// Parameters and links of a derived store's row.
  DerivedRow derived_row(const InterpolationTerms& terms, Use use) const;
  /// The distribution, with the absorbed norm interpolated as it is, the energy linearly, and no time spent.
  DerivedDistribution derived_distribution(const InterpolationTerms& terms);

 private:
  InterpolationTerms terms_on(const Triangulation& triangulation, const std::vector<std::size_t>& rows,
                              const PlanePoint& point, const Barycentric& inside) const;
  bool logarithmic() const { return settings_.method != InterpolationMethod::linear; }
  std::vector<float> prepared(std::size_t row) const;

  StoreRows all_;
  InterpolationSettings settings_;
  std::vector<std::size_t> rows_;
  Triangulation triangulation_;
  DistributionCache cache_;
};

}  // namespace bondscope
