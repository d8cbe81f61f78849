#pragma once

#include "libml/baselines/baseline.hpp"
#include "libml/baselines/known_images.hpp"
#include "libml/baselines/sift.hpp"

namespace bondscope::ml {

/// Answers what is true of the known image in which most key points of the asked one have a counterpart. Of
/// several with equally many, none included, the mean squared difference of the pixels decides. The
/// ratio is below Lowe's 0.8: neighbouring fringes look alike.
class DirectSift : public Baseline {
 public:
  explicit DirectSift(int threads, const SiftSettings& settings = {}, double ratio = 0.6)
      : Baseline(threads), settings_(settings), ratio_(ratio) {}

 private:
  void learn(const SampleSet& samples, std::span<const std::size_t> train, const std::vector<double>& truth,
             const LoadMonitor& monitor) override;
  std::vector<double> answer(const SampleSet& samples, std::span<const std::size_t> chosen,
                             const LoadMonitor& monitor) const override;

  SiftSettings settings_;
  double ratio_;
  KnownImages known_;
  std::vector<KeyPoints> key_points_;
};

}  // namespace bondscope::ml
