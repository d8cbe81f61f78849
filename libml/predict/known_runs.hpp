#pragma once

// The runs that a model has learned from, as points in a space of features: what is far from all of them is
// nothing that the model knows.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libml/arrays/array.hpp"
#include "libml/baselines/principal_components.hpp"
#include "libml/data/samples.hpp"

namespace bondscope::ml {

/// Images as small ones of floats, means over blocks, of which there are at most 128 × 64; of grey levels the
/// scaled values that they stand for.
SampleSet thumbnails(const SampleSet& samples, std::span<const std::size_t> chosen);

/// Decades that pictures of thumbnails show.
inline constexpr double shown_decades = 4;
/// A thumbnail as people look at it: log10 of the probabilities over the largest, not below -shown_decades.
std::vector<float> picture_of(std::span<const float> thumbnail, const ImageSettings& image);

/// How unlike known runs an image is; each number is larger for what is less like them.
struct Strangeness {
  /// What the numbers are, in their order.
  static constexpr std::array names{"distance", "surface", "residual", "leverage", "extent", "misfit"};
  std::array<double, names.size()> values{};  ///< below
};

/// A known run beside an image.
struct Neighbour {
  std::size_t known = 0;  ///< its position among the known runs
  double distance = 0;    ///< in the space of features
};

/// Features are the principal components z of thumbnails, at most most_components. Of an image x with the
/// nearest known runs j, of which 12 are asked, d_j the distance of run j to its own nearest one, and x̂ what
/// the components can make of x,
///
///   distance   |z - z_1| / mean_j d_j
///   surface    |z - ẑ| / mean_j |z - z_j|, ẑ the nearest point of the flat through the z_j: a known run in
///              between would lie near it
///   residual   |x - x̂| / mean_j |x_j - x̂_j|
///   leverage   Σ_c z_c²/λ_c, λ_c the variance of component c
///   extent     of cropped images, how far the crop's edges are from those of the run where they are most
///              alike, in standard deviations; else 0
///   misfit     Peak::misfit of the answer, of a method that knows it; not told by known runs, else 0
class KnownRuns {
 public:
  static constexpr std::size_t most_components = 64;   ///< of the space of features
  static constexpr std::size_t most_runs = 4000;       ///< that are kept, evenly spread over those given
  static constexpr std::size_t most_references = 200;  ///< of which an image to show is kept, likewise

  KnownRuns() = default;
  /// Of the samples at these positions, at least three. `runs` are their numbers in the model's list of runs
  /// trained on, `truths` [chosen][target] the values of the targets. Throws DataError.
  KnownRuns(const SampleSet& samples, std::span<const std::size_t> chosen, std::span<const std::int64_t> runs,
            std::vector<double> truths, int threads);

  /// How many there are.
  std::size_t size() const { return runs_.size(); }
  /// The run's number in the model's list of runs trained on.
  std::size_t run_of(std::size_t known) const { return static_cast<std::size_t>(runs_[known]); }
  /// Values of its targets.
  std::span<const double> truths_of(std::size_t known) const;

  /// What is asked about images.
  struct Place {
    Strangeness strangeness;            ///< how unlike all known runs it is
    double distance = 0;                ///< mean to the five nearest
    std::vector<Neighbour> neighbours;  ///< the nearest first, at most 12
    std::vector<Neighbour> references;  ///< the nearest that can be shown, at most 3: positions of references
  };
  /// Of the samples at these positions, in their order.
  std::vector<Place> places(const SampleSet& samples, std::span<const std::size_t> chosen, int threads) const;

  /// A run that can be shown.
  struct Reference {
    std::size_t known = 0;       ///< which one it is
    Extent extent;               ///< of its image
    std::vector<float> picture;  ///< picture_of() its thumbnail, [kx][ky], to 1/255 of its range
  };
  /// How many can be shown.
  std::size_t references() const { return references_.size(); }
  /// Number i of those that can be shown.
  Reference reference(std::size_t i) const;
  /// Of thumbnails.
  const ImageSettings& image() const { return image_; }

  /// Adds the arrays known.*, references.*, mean_image, components and odd.
  void save(Learned& into) const;
  /// As it was. `image` is the model's, `targets` their number, `runs` how many were trained on. Throws
  /// DataError if that cannot be.
  KnownRuns(const Learned& from, const ImageSettings& image, std::size_t targets, std::size_t runs);

 private:
  void derive();

  ImageSettings image_;
  PrincipalComponents components_;
  Features features_;                     ///< [known][component]
  std::vector<float> residuals_;          ///< [known], |x - x̂|
  std::vector<float> extents_;            ///< [known][4]
  std::vector<std::int64_t> runs_;        ///< [known]
  std::vector<double> truths_;            ///< [known][target]
  std::vector<std::int64_t> references_;  ///< [reference], positions among the known
  std::vector<std::uint8_t> pictures_;    ///< [reference][kx][ky]
  // Derived:
  std::vector<double> own_distances_;  ///< [known], to the nearest other
  std::vector<double> variances_;      ///< [component]
  std::array<double, 4> extent_spread_{};
};

}  // namespace bondscope::ml
