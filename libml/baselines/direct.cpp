#include "libml/baselines/direct.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include "libml/baselines/sift.hpp"
#include "libpmd/base/threads/for_each_index.hpp"

namespace bondscope::ml {
namespace {

/// Compares all known images.
class DirectComparison : public Baseline {
 public:
  explicit DirectComparison(int threads) : Baseline(threads) {}

 protected:
  void learn(const SampleSet& samples, std::span<const std::size_t> train, const std::vector<double>& truth,
             const LoadMonitor&) override {
    pixels_.clear();
    for (const auto i : train) {
      const auto image = samples.image_of(i);
      pixels_.insert(pixels_.end(), image.begin(), image.end());
    }
    count_ = train.size();
    truth_ = truth;
  }

 private:
  std::vector<double> answer(const SampleSet& samples, std::span<const std::size_t> chosen,
                             const LoadMonitor& monitor) const override {
    const auto n = static_cast<std::ptrdiff_t>(targets().size());
    std::vector<double> answers(chosen.size() * targets().size());
    for_each_index(
        chosen.size(), threads(),
        [&](std::size_t i) {
          const auto image = samples.image_of(chosen[i]);
          const auto found = nearest(image, candidates(image, count_));
          std::copy_n(truth_.begin() + static_cast<std::ptrdiff_t>(found) * n, n,
                      answers.begin() + static_cast<std::ptrdiff_t>(i) * n);
        },
        monitor);
    return answers;
  }

  /// Which of the known images come into question.
  virtual std::vector<std::size_t> candidates(std::span<const std::uint8_t>, std::size_t known) const {
    std::vector<std::size_t> all(known);
    std::iota(all.begin(), all.end(), std::size_t{0});
    return all;
  }

  std::size_t nearest(std::span<const std::uint8_t> asked, const std::vector<std::size_t>& among) const {
    std::size_t best = among.front();
    auto smallest = std::numeric_limits<std::uint64_t>::max();
    for (const auto i : among) {
      const auto known = std::span(pixels_).subspan(i * asked.size(), asked.size());
      const auto difference = squared_difference(asked, known, smallest);
      if (difference < smallest) {
        smallest = difference;
        best = i;
      }
    }
    return best;
  }

  std::size_t count_ = 0;
  std::vector<std::uint8_t> pixels_;
  std::vector<double> truth_;
};

/// Of matches(), below Lowe's 0.8: neighbouring fringes look alike.
constexpr double ratio = 0.6;

class DirectSift : public DirectComparison {
 public:
  explicit DirectSift(int threads) : DirectComparison(threads) {}

 private:
  void learn(const SampleSet& samples, std::span<const std::size_t> train, const std::vector<double>& truth,
             const LoadMonitor& monitor) override {
    image_ = samples.image;
    key_points_ = key_points(samples, train, threads(), monitor);
    DirectComparison::learn(samples, train, truth, monitor);
  }

  std::vector<std::size_t> candidates(std::span<const std::uint8_t> image, std::size_t known) const override {
    const auto asked = key_points(image, image_.width, image_.height);
    std::size_t most = 0;
    std::vector<std::size_t> best;
    for (std::size_t k = 0; k < known; ++k) {
      const auto count = matches(asked.descriptors, key_points_[k].descriptors, ratio);
      if (count > most) best.clear();
      most = std::max(most, count);
      if (count == most) best.push_back(k);
    }
    return best;
  }

  ImageSettings image_;
  std::vector<KeyPoints> key_points_;
};

}  // namespace

std::unique_ptr<Baseline> make_direct_mse(int threads) {
  return std::make_unique<DirectComparison>(threads);
}

std::unique_ptr<Baseline> make_direct_sift(int threads) {
  return std::make_unique<DirectSift>(threads);
}

std::uint64_t squared_difference(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
                                 std::uint64_t not_below) {
  constexpr std::size_t piece = 2048;  // 2048 · 255² fits 32 bits, which is what vector instructions add fast
  std::uint64_t sum = 0;
  for (std::size_t begin = 0; begin < a.size() && sum < not_below; begin += piece) {
    const std::size_t end = std::min(a.size(), begin + piece);
    std::int32_t part = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const auto difference = static_cast<std::int16_t>(a[i] - b[i]);
      part += difference * difference;
    }
    sum += static_cast<std::uint64_t>(part);
  }
  return sum;
}

}  // namespace bondscope::ml
