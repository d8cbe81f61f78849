#pragma once

#include "libml/baselines/baseline.hpp"
#include "libml/baselines/known_images.hpp"

namespace bondscope::ml {

/// Answers what is true of the known image with the smallest mean squared difference of the pixels; of
/// several the first one. Exact: in integers.
class DirectMse : public Baseline {
 public:
  explicit DirectMse(int threads) : Baseline(threads) {}

 private:
  void learn(const SampleSet& samples, std::span<const std::size_t> train, const std::vector<double>& truth,
             const LoadMonitor& monitor) override;
  std::vector<double> answer(const SampleSet& samples, std::span<const std::size_t> chosen,
                             const LoadMonitor& monitor) const override;

  KnownImages known_;
  std::vector<std::size_t> all_;
};

}  // namespace bondscope::ml
