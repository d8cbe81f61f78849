#include "libml/baselines/direct_mse.hpp"

#include <algorithm>
#include <numeric>

#include "libpmd/base/text/nearest.hpp"
#include "libpmd/base/threads/for_each_index.hpp"

namespace bondscope::ml {

void DirectMse::learn(const SampleSet& samples, std::span<const std::size_t> train,
                      const std::vector<double>& truth, const LoadMonitor&) {
  known_ = KnownImages(samples, train, truth);
  all_.resize(train.size());
  std::iota(all_.begin(), all_.end(), std::size_t{0});
}

std::vector<double> DirectMse::answer(const SampleSet& samples, std::span<const std::size_t> chosen,
                                      const LoadMonitor& monitor) const {
  std::vector<double> answers(chosen.size() * targets().size());
  for_each_index(
      chosen.size(), threads(),
      [&](std::size_t i) {
        const auto found = known_.answer(known_.nearest(samples.image_of(chosen[i]), all_));
        std::copy(found.begin(), found.end(),
                  answers.begin() + static_cast<std::ptrdiff_t>(i * targets().size()));
      },
      monitor);
  return answers;
}

}  // namespace bondscope::ml
