#include "libml/data/joined.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope::ml {

SampleSet joined(SampleSet own, const SampleSet& more) {
  const auto refuse = [&](const std::string& why) {
    throw DataError(fmt::format("{}: cannot be learned from together with {}: {}", more.source.store,
                                own.source.store, why));
  };
  if (own.image != more.image)
    refuse(fmt::format("images of {}, expected {}", to_string(more.image), to_string(own.image)));
  if (const auto found = differences(own.source.setting, more.source.setting); !found.empty())
    refuse(fmt::format("its {} is {}, there {}; expected the same", found.front().key, found.front().right,
                       found.front().left));
  std::set<RunParameters> parameters;
  std::set<std::uint64_t> roots;
  for (const auto& sample : own.samples) {
    parameters.insert(sample.parameters);
    roots.insert(sample.roots.begin(), sample.roots.end());
  }
  const auto pixels = own.pixels_per_image();
  const auto append = [&](auto& to, const auto& from, std::size_t i) {
    if (from.empty()) return;  // only listed
    const auto begin = from.begin() + static_cast<std::ptrdiff_t>(i * pixels);
    to.insert(to.end(), begin, begin + static_cast<std::ptrdiff_t>(pixels));
  };
  std::size_t skipped = 0;
  for (std::size_t i = 0; i < more.size(); ++i) {
    auto sample = more.samples[i];
    if (parameters.contains(sample.parameters) ||
        std::ranges::any_of(sample.roots, [&](std::uint64_t root) { return roots.contains(root); })) {
      ++skipped;
      continue;
    }
    sample.added = true;
    own.samples.push_back(std::move(sample));
    append(own.pixels, more.pixels, i);
    append(own.floats, more.floats, i);
  }
  own.source.store += " with " + more.source.store;
  own.source.dataset += " with " + more.source.dataset;
  own.source.runs += more.source.runs;
  own.source.pending += more.source.pending;
  own.source.failed += more.source.failed;
  own.source.repeated += more.source.repeated + skipped;
  return own;
}

}  // namespace bondscope::ml
