#include "libml/baselines/principal_components.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <Eigen/Eigenvalues>
#include <fmt/format.h>

#include "libml/arrays/rounded.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/threads/for_each_index.hpp"

namespace bondscope::ml {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

std::vector<double> values_of(const SampleSet& samples, std::size_t i) {
  if (samples.has_floats()) {
    const auto image = samples.floats_of(i);
    return {image.begin(), image.end()};
  }
  const auto image = samples.image_of(i);
  return {image.begin(), image.end()};
}

/// Pixels as sums and differences of those that mirrors exchange, over √2: even ones first along each
/// mirrored axis, then odd ones. Orthogonal, and its own inverse.
class Parity {
 public:
  Parity(const ImageSettings& image, Mirrors mirrors)
      : width_(static_cast<std::size_t>(image.width)),
        height_(static_cast<std::size_t>(image.height)),
        mirrors_(mirrors) {}

  void transform(double* pixels) const {
    if (mirrors_.along_kx)
      for (std::size_t x = 0; x < width_ / 2; ++x)
        for (std::size_t y = 0; y < height_; ++y)
          turn(pixels[x * height_ + y], pixels[(width_ - 1 - x) * height_ + y]);
    if (mirrors_.along_ky)
      for (std::size_t x = 0; x < width_; ++x)
        for (std::size_t y = 0; y < height_ / 2; ++y)
          turn(pixels[x * height_ + y], pixels[x * height_ + height_ - 1 - y]);
  }

  /// What becomes of a transformed pixel: along which axes it is odd.
  Mirrors odd(std::size_t pixel) const {
    return {mirrors_.along_kx && pixel / height_ >= (width_ + 1) / 2,
            mirrors_.along_ky && pixel % height_ >= (height_ + 1) / 2};
  }

 private:
  static void turn(double& a, double& b) {
    const double sum = a + b, difference = a - b;
    a = sum * std::sqrt(0.5);
    b = difference * std::sqrt(0.5);
  }

  std::size_t width_, height_;
  Mirrors mirrors_;
};

/// A component before it is known which are the largest.
struct Candidate {
  double variance;
  Mirrors odd;
  std::vector<double> direction;  ///< transformed pixels
};

/// Of images whose transformed pixels [image][pixel] are odd along these axes.
std::vector<Candidate> components_of(const Matrix& images, const std::vector<std::size_t>& pixels,
                                     Mirrors odd, std::size_t most) {
  std::vector<Candidate> found;
  if (pixels.empty()) return found;
  Matrix part(images.rows(), static_cast<Eigen::Index>(pixels.size()));
  for (std::size_t i = 0; i < pixels.size(); ++i)
    part.col(static_cast<Eigen::Index>(i)) = images.col(static_cast<Eigen::Index>(pixels[i]));
  // The smaller of the two products has the same eigenvalues.
  const bool by_images = part.rows() < part.cols();
  const Eigen::MatrixXd product =
      by_images ? Eigen::MatrixXd(part * part.transpose()) : Eigen::MatrixXd(part.transpose() * part);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(product);
  if (solver.info() != Eigen::Success) throw NumericsError("the principal components did not converge");
  const auto& variances = solver.eigenvalues();
  const double largest = variances.tail(1)(0);
  constexpr double rounding = 1e-12;
  for (Eigen::Index i = variances.size() - 1; i >= 0 && found.size() < most; --i) {
    if (!(variances(i) > rounding * largest)) break;
    Eigen::VectorXd direction = solver.eigenvectors().col(i);
    if (by_images) direction = (part.transpose() * direction).normalized();
    std::vector<double> whole(static_cast<std::size_t>(images.cols()));
    for (std::size_t p = 0; p < pixels.size(); ++p)
      whole[pixels[p]] = direction(static_cast<Eigen::Index>(p));
    found.push_back({variances(i), odd, std::move(whole)});
  }
  return found;
}

/// A Gaussian blur of a row of pixels: cosines that are even at both edges are multiplied by its spectrum.
Matrix blur_of(int pixels, double deviation) {
  Matrix cosines(pixels, pixels);
  for (int k = 0; k < pixels; ++k) {
    const double frequency = std::numbers::pi * k / pixels;
    const double kept = std::exp(-0.25 * std::pow(deviation * frequency, 2));  // its root, for both sides
    for (int x = 0; x < pixels; ++x)
      cosines(k, x) = kept * std::sqrt((k == 0 ? 1.0 : 2.0) / pixels) * std::cos(frequency * (x + 0.5));
  }
  return cosines.transpose() * cosines;
}

/// Of images [kx][ky].
class Blurring {
 public:
  Blurring(Blur blur, const ImageSettings& image)
      : along_kx_(blur_of(image.width, blur.kx)), along_ky_(blur_of(image.height, blur.ky)) {}
  void operator()(double* pixels) const {
    Eigen::Map<Matrix> image(pixels, along_kx_.rows(), along_ky_.rows());
    image = (along_kx_ * image * along_ky_).eval();
  }

 private:
  Matrix along_kx_, along_ky_;
};

/// What is left to do of a blur of which a part was done.
Blur rest_of(Blur all, Blur done) {
  const auto rest = [](double a, double b) { return std::sqrt(std::max(0.0, a * a - b * b)); };
  return {rest(all.kx, done.kx), rest(all.ky, done.ky)};
}

}  // namespace

Blur blur_from(const Learned& from, const std::string& prefix) {
  const auto along_kx = prefix + "blur_kx", along_ky = prefix + "blur_ky";
  if (!from.settings.contains(along_kx) && !from.settings.contains(along_ky)) return {};
  const auto blur = [&](const std::string& setting) {
    const double value = from.setting(setting);
    constexpr double widest = 1e4;
    if (!(value >= 0 && value <= widest))
      throw DataError(fmt::format("the setting '{}' is {}; expected 0 to {}", setting, value, widest));
    return value;
  };
  return {blur(along_kx), blur(along_ky)};
}

std::vector<double> PrincipalComponents::blurred_metric(std::size_t count, Blur all,
                                                        const ImageSettings& image) const {
  const auto blurred_more = Blurring(rest_of(all, blur_), image);
  const auto pixels = static_cast<Eigen::Index>(mean_.size());
  Matrix blurred(static_cast<Eigen::Index>(count), pixels);
  for (std::size_t c = 0; c < count; ++c) {
    double* row = blurred.data() + c * mean_.size();
    std::ranges::copy(direction(c), row);
    blurred_more(row);
  }
  const Matrix metric = blurred * blurred.transpose();
  return {metric.data(), metric.data() + metric.size()};
}

PrincipalComponents::PrincipalComponents(const SampleSet& samples, std::span<const std::size_t> chosen,
                                         Mirrors mirrors, std::size_t most, int threads, Blur blur)
    : blur_(blur) {
  const Parity parity(samples.image, mirrors);
  const auto size = samples.pixels_per_image();
  Matrix images(static_cast<Eigen::Index>(chosen.size()), static_cast<Eigen::Index>(size));
  for_each_index(chosen.size(), threads, [&](std::size_t i) {
    const auto values = values_of(samples, chosen[i]);
    double* row = images.data() + i * size;
    std::ranges::copy(values, row);
    parity.transform(row);
  });
  std::array<std::vector<std::size_t>, 4> pixels;
  const auto place = [](Mirrors odd) {
    return static_cast<std::size_t>(odd.along_kx) + 2 * static_cast<std::size_t>(odd.along_ky);
  };
  for (std::size_t p = 0; p < size; ++p)
    pixels[place(parity.odd(p))].push_back(p);
  // The mean over all copies has no odd part.
  Eigen::RowVectorXd mean = images.colwise().mean();
  for (std::size_t p = 0; p < size; ++p)
    if (parity.odd(p).any()) mean(static_cast<Eigen::Index>(p)) = 0;
  images.rowwise() -= mean;
  // Mirrors and blur do not care which comes first.
  if (blur.any()) {
    const Blurring blurred(blur, samples.image);
    for_each_index(chosen.size(), threads, [&](std::size_t i) {
      double* row = images.data() + i * size;
      parity.transform(row);
      blurred(row);
      parity.transform(row);
    });
  }

  std::array<std::vector<Candidate>, 4> parts;
  for_each_index(parts.size(), threads, [&](std::size_t i) {
    parts[i] = components_of(images, pixels[i], {(i & 1) != 0, (i & 2) != 0}, most);
  });
  std::vector<Candidate> all;
  for (auto& part : parts)
    std::ranges::move(part, std::back_inserter(all));
  std::ranges::stable_sort(all, std::greater<>(), &Candidate::variance);
  all.resize(std::min(all.size(), most));

  parity.transform(mean.data());
  mean_.assign(mean.data(), mean.data() + mean.size());
  for (auto& candidate : all) {
    parity.transform(candidate.direction.data());
    components_.insert(components_.end(), candidate.direction.begin(), candidate.direction.end());
    odd_.push_back(candidate.odd);
  }
  round_to_16_bits(components_, odd_.size(), Scaled::rows);
}

Features PrincipalComponents::project(const SampleSet& samples, std::span<const std::size_t> chosen,
                                      int threads) const {
  const auto pixels = static_cast<Eigen::Index>(mean_.size());
  using Floats = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Matrix components =
      Eigen::Map<const Floats>(components_.data(), static_cast<Eigen::Index>(size()), pixels).cast<double>();
  if (blur_.any()) {  // the component of the blurred image is that of the image along the blurred direction
    const Blurring blurred(blur_, samples.image);
    for (std::size_t c = 0; c < size(); ++c)
      blurred(components.data() + c * mean_.size());
  }
  auto features = make_features(chosen.size(), size());
  // Pieces of a fixed size, so that the same image has the same bits on any number of threads.
  constexpr std::size_t piece = 64;
  for_each_index((chosen.size() + piece - 1) / piece, threads, [&](std::size_t p) {
    const auto part = chosen.subspan(p * piece, std::min(piece, chosen.size() - p * piece));
    Matrix images(static_cast<Eigen::Index>(part.size()), pixels);
    for (std::size_t i = 0; i < part.size(); ++i) {
      const auto values = values_of(samples, part[i]);
      for (std::size_t c = 0; c < values.size(); ++c)
        images(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(c)) =
            values[c] - static_cast<double>(mean_[c]);
    }
    const Matrix projected = images * components.transpose();
    for (std::size_t i = 0; i < part.size(); ++i)
      for (std::size_t c = 0; c < size(); ++c)
        features.row(p * piece + i)[c] =
            static_cast<float>(projected(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(c)));
  });
  return features;
}

void PrincipalComponents::keep(std::size_t count) {
  if (count >= size()) return;
  odd_.resize(count);
  components_.resize(count * mean_.size());
}

void PrincipalComponents::save(Learned& into, const ImageSettings& image) const {
  const auto count = static_cast<std::int64_t>(size());
  std::vector<std::int64_t> odd;
  for (const auto& one : odd_)
    odd.insert(odd.end(), {one.along_kx, one.along_ky});
  into.add("mean_image", {image.width, image.height}, mean_);
  add_rounded(into, "components", {count, image.width, image.height}, components_, Scaled::rows);
  into.add("odd", {count, 2}, std::move(odd));
  if (blur_.any()) into.settings.insert({{"blur_kx", blur_.kx}, {"blur_ky", blur_.ky}});
}

PrincipalComponents::PrincipalComponents(const Learned& from, const ImageSettings& image)
    : mean_(from.values<float>("mean_image", {image.width, image.height})),
      components_(
          rounded_values(from, "components", {Learned::any, image.width, image.height}, Scaled::rows)),
      blur_(blur_from(from, "")) {
  const auto count =
      static_cast<std::int64_t>(from.rows("components", {Learned::any, image.width, image.height}));
  const auto& odd = from.values<std::int64_t>("odd", {count, 2});
  for (std::size_t i = 0; i + 1 < odd.size(); i += 2)
    odd_.push_back({odd[i] != 0, odd[i + 1] != 0});
}

}  // namespace bondscope::ml
