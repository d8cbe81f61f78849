#include "libml/explain/parts.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

ImagePart pixels_taken(const std::vector<bool>& taken) {
  ImagePart part;
  for (std::size_t i = 0; i < taken.size(); ++i)
    if (taken[i]) part.push_back(static_cast<std::uint32_t>(i));
  return part;
}

/// Pixels that lie one behind the other.
struct Stretch {
  std::uint32_t begin, length;
};

std::vector<Stretch> stretches_of(const ImagePart& part) {
  std::vector<Stretch> found;
  for (const auto pixel : part)
    if (!found.empty() && pixel == found.back().begin + found.back().length)
      ++found.back().length;
    else
      found.push_back({pixel, 1});
  return found;
}

/// Mean squared difference over the stretches, which have so many pixels in all.
float difference(std::span<const std::uint8_t> known, const std::vector<Stretch>& stretches,
                 std::size_t pixels, std::span<const std::uint8_t> image) {
  std::uint64_t sum = 0;
  for (const auto& [begin, length] : stretches) {
    const auto *a = known.data() + begin, *b = image.data() + begin;
    // In pieces whose sum fits into 32 bits.
    for (std::uint32_t first = 0; first < length; first += 0x4000) {
      const std::uint32_t last = std::min(length, first + 0x4000);
      std::uint32_t of_piece = 0;
      for (std::uint32_t i = first; i < last; ++i) {
        const int apart = a[i] - b[i];
        of_piece += static_cast<std::uint32_t>(apart * apart);
      }
      sum += of_piece;
    }
  }
  return static_cast<float>(static_cast<double>(sum) / static_cast<double>(pixels));
}

/// The share of sorted values that are smaller, of equals half; between two of them in parts of their
/// distance, so that it is continuous.
float share_below(const std::vector<float>& sorted, float value) {
  const auto [first, last] = std::ranges::equal_range(sorted, value);
  const auto below = static_cast<float>(first - sorted.begin());
  const auto count = static_cast<float>(sorted.size());
  if (first != last) return (below + static_cast<float>(last - first) / 2) / count;
  if (first == sorted.end()) return 1;
  const float low = first == sorted.begin() ? 0 : *(first - 1);
  return (below + (value - low) / (*first - low) - 0.5f) / count;
}

}  // namespace

ImagePart sensitive_part(const std::vector<float>& map, std::size_t pixels, double threshold, bool relative) {
  if (map.size() != pixels || !std::ranges::all_of(map, [](float value) { return std::isfinite(value); }))
    throw DataError(
        fmt::format("a sensitivity map of {} values, expected one finite value for each of {} pixels",
                    map.size(), pixels));
  if (relative) threshold *= static_cast<double>(*std::ranges::max_element(map));
  ImagePart part;
  for (std::size_t i = 0; i < map.size(); ++i)
    if (static_cast<double>(map[i]) > std::max(threshold, 0.0)) part.push_back(static_cast<std::uint32_t>(i));
  return part;
}

ImagePart random_patches(int width, int height, std::size_t area, int patch_kx, int patch_ky,
                         Random& random) {
  const auto rows = static_cast<std::size_t>(width), columns = static_cast<std::size_t>(height);
  const auto wide = static_cast<std::size_t>(patch_kx), high = static_cast<std::size_t>(patch_ky);
  area = std::min(area, rows * columns);
  std::vector<bool> taken(rows * columns);
  std::size_t count = 0;
  while (count < area) {
    // Corners from outside the image, too: otherwise its rim would be taken less often.
    const std::size_t kx = random.below(rows + wide - 1), ky = random.below(columns + high - 1);
    for (std::size_t x = kx + 1 - std::min(kx + 1, wide); x < std::min(kx + 1, rows); ++x)
      for (std::size_t y = ky + 1 - std::min(ky + 1, high); y < std::min(ky + 1, columns); ++y)
        if (count < area && !taken[x * columns + y]) {
          taken[x * columns + y] = true;
          ++count;
        }
  }
  return pixels_taken(taken);
}

ImagePart random_rectangle(int width, int height, std::size_t area, Random& random) {
  const auto rows = static_cast<std::size_t>(width), columns = static_cast<std::size_t>(height);
  area = std::min(area, rows * columns);
  if (area == 0) return {};
  const double side = std::sqrt(static_cast<double>(area) / static_cast<double>(rows * columns));
  const auto high =
      std::clamp<std::size_t>(static_cast<std::size_t>(std::lround(side * static_cast<double>(columns))),
                              (area + rows - 1) / rows, columns);
  const std::size_t wide = (area + high - 1) / high;
  const std::size_t left = random.below(rows - wide + 1), low = random.below(columns - high + 1);
  const bool from_right = random.below(2) == 1, from_above = random.below(2) == 1;
  std::vector<bool> taken(rows * columns);
  for (std::size_t i = 0; i < area; ++i) {
    const std::size_t x = from_right ? wide - 1 - i / high : i / high;
    const std::size_t y = from_above ? high - 1 - i % high : i % high;
    taken[(left + x) * columns + low + y] = true;
  }
  return pixels_taken(taken);
}

std::vector<float> differences(const LabelledImages& known, std::span<const DictionaryEntry> entries,
                               const LabelledImages& images, std::span<const std::size_t> asked) {
  const std::size_t count = entries.size();
  std::vector<float> all(asked.size() * count);
  for (std::size_t e = 0; e < count; ++e) {
    const auto& [image, part] = entries[e];
    const auto stretches = stretches_of(part);
    for (std::size_t i = 0; i < asked.size(); ++i)
      all[i * count + e] = difference(known.image(image), stretches, part.size(), images.image(asked[i]));
  }
  return all;
}

void rank_differences(std::vector<float>& differences, std::size_t entries,
                      std::span<const float> reference) {
  if (entries == 0 || reference.size() < entries)
    throw DataError("the rank of a difference needs entries and reference images");
  for (std::size_t e = 0; e < entries; ++e) {
    std::vector<float> sorted;
    for (std::size_t i = e; i < reference.size(); i += entries)
      sorted.push_back(reference[i]);
    std::ranges::sort(sorted);
    for (std::size_t i = e; i < differences.size(); i += entries)
      differences[i] = share_below(sorted, differences[i]);
  }
}

std::vector<std::size_t> pruning_order(const LabelledImages& images,
                                       std::span<const DictionaryEntry> entries) {
  const std::size_t count = entries.size();
  constexpr float never = std::numeric_limits<float>::infinity();
  std::vector<float> apart(count * count, never);
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = i + 1; j < count; ++j) {
      const auto &a = entries[i], &b = entries[j];
      if (images.class_of[a.image] != images.class_of[b.image]) continue;
      const auto first = images.image(a.image), second = images.image(b.image);
      apart[i * count + j] = (difference(first, stretches_of(a.part), a.part.size(), second) +
                              difference(second, stretches_of(b.part), b.part.size(), first)) /
                             2;
    }
  std::vector<bool> gone(count);
  std::vector<std::size_t> order;
  while (true) {
    std::optional<std::pair<std::size_t, std::size_t>> nearest;
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t j = i + 1; j < count; ++j)
        if (!gone[i] && !gone[j] && apart[i * count + j] < never &&
            (!nearest || apart[i * count + j] < apart[nearest->first * count + nearest->second]))
          nearest = {i, j};
    if (!nearest) break;
    const auto [i, j] = *nearest;
    order.push_back(entries[i].part.size() < entries[j].part.size() ? i : j);
    gone[order.back()] = true;
  }
  for (std::size_t i = 0; i < count; ++i)
    if (!gone[i]) order.push_back(i);
  return order;
}

}  // namespace bondscope::ml
