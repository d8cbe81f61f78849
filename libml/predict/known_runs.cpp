#include "libml/predict/known_runs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <Eigen/Cholesky>
#include <fmt/format.h>

#include "libml/arrays/rounded.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/threads/for_each_index.hpp"

namespace bondscope::ml {
namespace {

constexpr int most_width = 128, most_height = 64;
constexpr std::size_t asked = 12, shown = 3;

ImageSettings thumbnail_settings(ImageSettings image) {
  const auto blocks = [](int pixels, int most) {
    const int block = (pixels + most - 1) / most;
    return (pixels + block - 1) / block;
  };
  image.width = blocks(image.width, most_width);
  image.height = blocks(image.height, most_height);
  image.values = PixelValues::floats;
  return image;
}

std::array<double, 4> edges(const Extent& e) {
  return {e.kx_min, e.kx_max, e.ky_min, e.ky_max};
}

/// `most` of 0 … count - 1, evenly spread.
std::vector<std::size_t> evenly(std::size_t count, std::size_t most) {
  std::vector<std::size_t> chosen;
  const auto wanted = std::min(count, most);
  for (std::size_t i = 0; i < wanted; ++i)
    chosen.push_back(i * count / wanted);
  return chosen;
}

double squared_distance(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t c = 0; c < a.size(); ++c) {
    const double difference = static_cast<double>(a[c]) - static_cast<double>(b[c]);
    sum += difference * difference;
  }
  return sum;
}

/// |x - x̂|
std::vector<double> missed(const SampleSet& small, const Features& features,
                           const PrincipalComponents& components, int threads) {
  const auto pixels = static_cast<Eigen::Index>(small.pixels_per_image());
  const auto vector = [](std::span<const float> values) {
    return Eigen::Map<const Eigen::VectorXf>(values.data(), std::ssize(values)).cast<double>();
  };
  Eigen::MatrixXd directions(pixels, static_cast<Eigen::Index>(components.size()));
  for (std::size_t c = 0; c < components.size(); ++c)
    directions.col(static_cast<Eigen::Index>(c)) = vector(components.direction(c));
  const Eigen::VectorXd mean = vector(components.mean());
  std::vector<double> all(small.size());
  for_each_index(small.size(), threads, [&](std::size_t i) {
    all[i] = (vector(small.floats_of(i)) - mean - directions * vector(features.row(i))).norm();
  });
  return all;
}

/// |z - ẑ|, ẑ the nearest point of the flat through these points, whose directions that are hardly there are
/// damped.
double off_surface(std::span<const float> z, const Features& known, const std::vector<Neighbour>& points) {
  const auto vector = [](std::span<const float> values) {
    return Eigen::Map<const Eigen::VectorXf>(values.data(), static_cast<Eigen::Index>(values.size()))
        .cast<double>();
  };
  const Eigen::VectorXd origin = vector(known.row(points.front().known)), wanted = vector(z) - origin;
  if (points.size() < 2) return wanted.norm();
  Eigen::MatrixXd directions(origin.size(), std::ssize(points) - 1);
  for (std::size_t i = 1; i < points.size(); ++i)
    directions.col(static_cast<Eigen::Index>(i - 1)) = vector(known.row(points[i].known)) - origin;
  Eigen::MatrixXd product = directions.transpose() * directions;
  constexpr double damping = 1e-3;
  const double typical = product.trace() / static_cast<double>(product.rows());
  if (!(typical > 0)) return wanted.norm();
  product.diagonal().array() += damping * typical;
  const Eigen::VectorXd along = product.ldlt().solve(directions.transpose() * wanted);
  return (wanted - directions * along).norm();
}

/// Pictures [picture][kx][ky] without what is the mirror image along ky of the rest, where that is so in all.
std::vector<std::uint8_t> upper_halves(const std::vector<std::uint8_t>& pictures, std::size_t height) {
  std::vector<std::uint8_t> halves;
  for (std::size_t i = 0; i < pictures.size(); i += height) {
    const auto row = std::span(pictures).subspan(i, height);
    if (!std::equal(row.begin(), row.end(), row.rbegin())) return pictures;
    halves.insert(halves.end(), row.begin() + static_cast<std::ptrdiff_t>(height / 2), row.end());
  }
  return halves;
}

/// What they were made of.
std::vector<std::uint8_t> both_halves(const std::vector<std::uint8_t>& halves, std::size_t height) {
  std::vector<std::uint8_t> pictures;
  const auto half = height - height / 2;
  for (std::size_t i = 0; i < halves.size(); i += half) {
    const auto row = std::span(halves).subspan(i, half);
    pictures.insert(pictures.end(), row.rbegin(), row.rbegin() + static_cast<std::ptrdiff_t>(height / 2));
    pictures.insert(pictures.end(), row.begin(), row.end());
  }
  return pictures;
}

/// Of an array, 0 if there is none.
std::int64_t last_extent(const Learned& from, const std::string& name) {
  const auto* found = from.array(name);
  return !found || found->shape.empty() ? 0 : found->shape.back();
}

std::vector<std::size_t> all_of(const SampleSet& samples) {
  std::vector<std::size_t> all(samples.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

}  // namespace

SampleSet thumbnails(const SampleSet& samples, std::span<const std::size_t> chosen) {
  check_positions(samples, chosen);
  SampleSet small;
  small.image = thumbnail_settings(samples.image);
  small.source.store = samples.source.store;
  const auto width = static_cast<std::size_t>(samples.image.width),
             height = static_cast<std::size_t>(samples.image.height);
  const auto small_width = static_cast<std::size_t>(small.image.width),
             small_height = static_cast<std::size_t>(small.image.height);
  const auto block_x = (width + small_width - 1) / small_width,
             block_y = (height + small_height - 1) / small_height;
  const auto floor = static_cast<float>(samples.image.floor);
  small.floats.reserve(chosen.size() * small.pixels_per_image());
  for (const auto i : chosen) {
    small.samples.push_back(samples.samples[i]);
    const auto pixel = [&](std::size_t p) {
      if (samples.has_floats()) return samples.floats_of(i)[p];
      const float grey = static_cast<float>(samples.image_of(i)[p]) / 255;
      return samples.image.scale == Scale::log ? floor * (1 - grey) : grey;
    };
    for (std::size_t x = 0; x < small_width; ++x)
      for (std::size_t y = 0; y < small_height; ++y) {
        float sum = 0;
        std::size_t count = 0;
        for (auto bx = x * block_x; bx < std::min(width, (x + 1) * block_x); ++bx)
          for (auto by = y * block_y; by < std::min(height, (y + 1) * block_y); ++by, ++count)
            sum += pixel(bx * height + by);
        small.floats.push_back(count > 0 ? sum / static_cast<float>(count) : 0);
      }
  }
  return small;
}

std::vector<float> picture_of(std::span<const float> thumbnail, const ImageSettings& image) {
  const auto largest = static_cast<double>(*std::ranges::max_element(thumbnail));
  const auto log_of = [&](double value) {
    if (image.scale == Scale::log) return value - largest;
    return value > 0 ? std::log10(value / largest) / image.exponent : -shown_decades;
  };
  std::vector<float> picture;
  for (const float value : thumbnail)
    picture.push_back(
        static_cast<float>(std::clamp(log_of(static_cast<double>(value)), -shown_decades, 0.0)));
  return picture;
}

KnownRuns::KnownRuns(const SampleSet& samples, std::span<const std::size_t> chosen,
                     std::span<const std::int64_t> runs, std::vector<double> truths, int threads) {
  if (chosen.size() < 3 || runs.size() != chosen.size() || truths.size() % chosen.size() != 0)
    throw DataError(
        fmt::format("{}: at least three runs that the model has learned from are needed to tell "
                    "what is like them; there are {}",
                    samples.source.store, chosen.size()));
  const auto targets = truths.size() / chosen.size();
  std::vector<std::size_t> kept;
  for (const auto i : evenly(chosen.size(), most_runs)) {
    kept.push_back(chosen[i]);
    runs_.push_back(runs[i]);
    truths_.insert(truths_.end(), truths.begin() + static_cast<std::ptrdiff_t>(i * targets),
                   truths.begin() + static_cast<std::ptrdiff_t>((i + 1) * targets));
  }
  for (auto& truth : truths_)  // as they are kept
    truth = static_cast<double>(static_cast<float>(truth));
  const auto small = thumbnails(samples, kept);
  image_ = small.image;
  const auto every = all_of(small);
  // As many as show what components there are: the work grows with the square of their number.
  constexpr std::size_t most_to_learn_from = 500;
  const auto some = evenly(small.size(), most_to_learn_from);
  components_ = PrincipalComponents(small, some, {}, std::min(most_components, some.size() / 2 + 1), threads);
  features_ = components_.project(small, every, threads);
  round_to_16_bits(features_.values, features_.rows, Scaled::columns);
  const auto residuals = missed(small, features_, components_, threads);
  residuals_.assign(residuals.begin(), residuals.end());
  for (const auto& sample : small.samples)
    for (const double edge : edges(sample.extent))
      extents_.push_back(static_cast<float>(edge));
  for (const auto i : evenly(small.size(), most_references)) {
    references_.push_back(static_cast<std::int64_t>(i));
    for (const float w : picture_of(small.floats_of(i), image_))
      pictures_.push_back(
          static_cast<std::uint8_t>(std::lround(255 * (1 + static_cast<double>(w) / shown_decades))));
  }
  derive();
}

void KnownRuns::derive() {
  const auto n = size();
  own_distances_.assign(n, std::numeric_limits<double>::infinity());
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const double distance = std::sqrt(squared_distance(features_.row(i), features_.row(j)));
      own_distances_[i] = std::min(own_distances_[i], distance);
      own_distances_[j] = std::min(own_distances_[j], distance);
    }
  variances_.assign(features_.columns, 0);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t c = 0; c < features_.columns; ++c)
      variances_[c] += static_cast<double>(features_.row(i)[c]) * static_cast<double>(features_.row(i)[c]) /
                       static_cast<double>(n);
  for (std::size_t e = 0; e < 4; ++e) {
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double value = static_cast<double>(extents_[i * 4 + e]);
      sum += value;
      squares += value * value;
    }
    const double mean = sum / static_cast<double>(n);
    extent_spread_[e] = std::sqrt(std::max(0.0, squares / static_cast<double>(n) - mean * mean));
  }
}

std::span<const double> KnownRuns::truths_of(std::size_t known) const {
  const auto targets = truths_.size() / size();
  return std::span(truths_).subspan(known * targets, targets);
}

std::vector<KnownRuns::Place> KnownRuns::places(const SampleSet& samples, std::span<const std::size_t> chosen,
                                                int threads) const {
  const auto small = thumbnails(samples, chosen);
  const auto features = components_.project(small, all_of(small), threads);
  const auto residuals = missed(small, features, components_, threads);
  std::vector<Place> places(chosen.size());
  for_each_index(chosen.size(), threads, [&](std::size_t i) {
    auto& place = places[i];
    const auto z = features.row(i);
    std::vector<Neighbour> all(size());
    for (std::size_t k = 0; k < size(); ++k)
      all[k] = {k, std::sqrt(squared_distance(z, features_.row(k)))};
    for (std::size_t r = 0; r < references_.size(); ++r)
      place.references.push_back({r, all[static_cast<std::size_t>(references_[r])].distance});
    const auto keep = [](std::vector<Neighbour>& from, std::size_t most) {
      const auto count = std::min(most, from.size());
      std::ranges::partial_sort(from, from.begin() + static_cast<std::ptrdiff_t>(count), {},
                                &Neighbour::distance);
      from.resize(count);
    };
    keep(place.references, shown);
    // Crops are most alike among all runs, not only among those with the most similar features.
    double extent = std::numeric_limits<double>::infinity();
    if (image_.window == Window::crop) {
      const auto own = edges(small.samples[i].extent);
      for (std::size_t k = 0; k < size(); ++k) {
        double sum = 0;
        for (std::size_t e = 0; e < 4; ++e)
          if (extent_spread_[e] > 0) {
            const double apart = (own[e] - static_cast<double>(extents_[k * 4 + e])) / extent_spread_[e];
            sum += apart * apart;
          }
        extent = std::min(extent, std::sqrt(sum));
      }
    } else {
      extent = 0;
    }
    keep(all, asked);
    place.neighbours = std::move(all);
    constexpr std::size_t nearest = 5;
    for (std::size_t k = 0; k < std::min(nearest, place.neighbours.size()); ++k)
      place.distance +=
          place.neighbours[k].distance / static_cast<double>(std::min(nearest, place.neighbours.size()));
    double own = 0, residual = 0, leverage = 0, apart = 0;
    for (const auto& near : place.neighbours) {
      own += own_distances_[near.known];
      apart += near.distance;
      residual += static_cast<double>(residuals_[near.known]);
    }
    for (std::size_t c = 0; c < z.size(); ++c)
      if (variances_[c] > 0)
        leverage += static_cast<double>(z[c]) * static_cast<double>(z[c]) / variances_[c];
    const auto count = static_cast<double>(place.neighbours.size());
    constexpr double smallest = 1e-30;
    place.strangeness.values = {
        place.neighbours.front().distance / std::max(own / count, smallest),
        off_surface(z, features_, place.neighbours) / std::max(apart / count, smallest),
        residuals[i] / std::max(residual / count, smallest), leverage, extent};
  });
  return places;
}

KnownRuns::Reference KnownRuns::reference(std::size_t i) const {
  Reference found{.known = static_cast<std::size_t>(references_.at(i)), .extent = {}, .picture = {}};
  const auto* e = &extents_[found.known * 4];
  found.extent = {e[0], e[1], e[2], e[3]};
  const auto size = static_cast<std::size_t>(image_.width) * static_cast<std::size_t>(image_.height);
  for (const auto byte : std::span(pictures_).subspan(i * size, size))
    found.picture.push_back(static_cast<float>(shown_decades * (byte / 255.0 - 1)));
  return found;
}

void KnownRuns::save(Learned& into) const {
  const auto known = static_cast<std::int64_t>(size());
  const auto references = static_cast<std::int64_t>(references_.size());
  const auto targets = static_cast<std::int64_t>(truths_.size()) / known;
  components_.save(into, image_);
  add_rounded(into, "known.features", {known, static_cast<std::int64_t>(features_.columns)}, features_.values,
              Scaled::columns);
  into.add("known.residuals", {known}, residuals_);
  into.add("known.extents", {known, 4}, extents_);
  into.add("known.runs", {known}, runs_);
  into.add("known.truths", {known, targets}, std::vector<float>(truths_.begin(), truths_.end()));
  into.add("references.known", {references}, references_);
  auto halves = upper_halves(pictures_, static_cast<std::size_t>(image_.height));
  const auto shown_height = halves.size() == pictures_.size() ? image_.height : (image_.height + 1) / 2;
  into.add("references.images", {references, image_.width, shown_height}, std::move(halves));
}

KnownRuns::KnownRuns(const Learned& from, const ImageSettings& image, std::size_t targets, std::size_t runs)
    : image_(thumbnail_settings(image)), components_(from, image_) {
  const auto columns = static_cast<std::int64_t>(components_.size());
  features_.rows = from.rows("known.features", {Learned::any, columns});
  features_.columns = components_.size();
  const auto known = static_cast<std::int64_t>(features_.rows);
  if (known < 3 || features_.rows > most_runs || features_.columns > most_components)
    throw DataError(fmt::format("there are {} known runs of {} components; expected 3 to {} and at most {}",
                                known, features_.columns, most_runs, most_components));
  features_.values = rounded_values(from, "known.features", {known, columns}, Scaled::columns);
  residuals_ = from.values<float>("known.residuals", {known});
  extents_ = from.values<float>("known.extents", {known, 4});
  runs_ = from.values<std::int64_t>("known.runs", {known});
  truths_ = from.doubles("known.truths", {known, static_cast<std::int64_t>(targets)});
  const auto count = static_cast<std::int64_t>(from.rows("references.known", {Learned::any}));
  references_ = from.values<std::int64_t>("references.known", {count});
  const auto half = (image_.height + 1) / 2;
  if (half < image_.height && last_extent(from, "references.images") == half)
    pictures_ = both_halves(from.values<std::uint8_t>("references.images", {count, image_.width, half}),
                            static_cast<std::size_t>(image_.height));
  else
    pictures_ = from.values<std::uint8_t>("references.images", {count, image_.width, image_.height});
  const auto within = [](const std::vector<std::int64_t>& numbers, std::size_t below) {
    return std::ranges::all_of(numbers,
                               [&](std::int64_t i) { return i >= 0 && static_cast<std::size_t>(i) < below; });
  };
  if (!within(runs_, runs) || !within(references_, size()))
    throw DataError("a known run is none of those that the model was trained on");
  derive();
}

}  // namespace bondscope::ml
