#include "libml/baselines/direct_sift.hpp"

#include <algorithm>

#include "libpmd/base/text/nearest.hpp"
#include "libpmd/base/threads/for_each_index.hpp"

namespace bondscope::ml {

void DirectSift::learn(const SampleSet& samples, std::span<const std::size_t> train,
                       const std::vector<double>& truth, const LoadMonitor& monitor) {
  key_points_ = key_points(samples, train, settings_, threads(), monitor);
  known_ = KnownImages(samples, train, truth);
}

std::vector<double> DirectSift::answer(const SampleSet& samples, std::span<const std::size_t> chosen,
                                       const LoadMonitor& monitor) const {
  std::vector<double> answers(chosen.size() * targets().size());
  for_each_index(
      chosen.size(), threads(),
      [&](std::size_t i) {
        const auto image = samples.image_of(chosen[i]);
        const auto asked = key_points(image, samples.image.width, samples.image.height, settings_);
        std::size_t most = 0;
        std::vector<std::size_t> best;
        for (std::size_t k = 0; k < known_.size(); ++k) {
          const auto count = matches(asked.descriptors, key_points_[k].descriptors, ratio_);
          if (count > most) best.clear();
          most = std::max(most, count);
          if (count == most) best.push_back(k);
        }
        const auto found = known_.answer(known_.nearest(image, best));
        std::copy(found.begin(), found.end(),
                  answers.begin() + static_cast<std::ptrdiff_t>(i * targets().size()));
      },
      monitor);
  return answers;
}

}  // namespace bondscope::ml
