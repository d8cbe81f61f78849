#include "libpmd/inspect/thumbnails.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include <zlib.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/base64.hpp"
#include "libpmd/images/image.hpp"

namespace bondscope {
namespace {

/// Pixels of a picture's longer side, the largest first.
constexpr std::array longer_sides{240, 200, 160, 136, 116, 100, 84, 70, 58};
constexpr std::size_t sample_size = 24;

std::vector<std::uint8_t> deflated(const std::vector<std::uint8_t>& bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::vector<std::uint8_t> packed(size);
  if (compress2(packed.data(), &size, bytes.data(), static_cast<uLong>(bytes.size()), Z_BEST_COMPRESSION) !=
      Z_OK)
    throw FileError("a picture cannot be compressed");
  packed.resize(size);
  return packed;
}

std::string pack(std::vector<std::uint8_t> pixels, std::size_t height) {
  for (std::size_t i = pixels.size(); i-- > height;)
    pixels[i] = static_cast<std::uint8_t>(pixels[i] - pixels[i - height]);
  return base64(deflated(pixels));
}

/// At most sample_size of them, spread evenly.
std::vector<std::size_t> sample_of(const std::vector<std::size_t>& rows) {
  std::vector<std::size_t> sample;
  const auto count = std::min(rows.size(), sample_size);
  for (std::size_t i = 0; i < count; ++i)
    sample.push_back(rows[i * rows.size() / count]);
  return sample;
}

std::vector<float> undamaged_pmd(const Store& store, std::size_t row) {
  auto content = store.load(row);
  if (!store.matches(row, content)) throw DataError("damaged: it does not match its checksum");
  return std::move(content.pmd);
}

/// What the runs reach above the floor, symmetric where they are nearly so, within the axes.
ImageSettings window_of(const Store& store, const std::vector<std::size_t>& sample) {
  const auto& d = store.description();
  const double half_kx = (d.kx.back() - d.kx.front()) / static_cast<double>(d.kx.size() - 1) / 2;
  const double half_ky = (d.ky.back() - d.ky.front()) / static_cast<double>(d.ky.size() - 1) / 2;
  const Interval all_kx{d.kx.front() - half_kx, d.kx.back() + half_kx};
  const Interval all_ky{d.ky.front() - half_ky, d.ky.back() + half_ky};
  Interval kx{HUGE_VAL, -HUGE_VAL}, ky = kx;
  for (const auto row : sample)
    try {
      const auto extent = make_image(undamaged_pmd(store, row), d.kx, d.ky).extent;
      kx = {std::min(kx.min, extent.kx_min), std::max(kx.max, extent.kx_max)};
      ky = {std::min(ky.min, extent.ky_min), std::max(ky.max, extent.ky_max)};
    } catch (const DataError&) {
      // Its own place on the page says what is wrong.
    }
  const auto finish = [](Interval& shown, const Interval& all) {
    if (!(shown.min < shown.max)) shown = all;
    const double margin = 0.03 * (shown.max - shown.min);
    shown = {std::max(shown.min - margin, all.min), std::min(shown.max + margin, all.max)};
  };
  finish(kx, all_kx);
  finish(ky, all_ky);
  ImageSettings image;
  image.window = Window::fixed;
  image.kx = kx;
  image.ky = ky;
  return image;
}

/// The window in pixels, but not in more than the store has samples there.
void set_size(ImageSettings& image, int longer, const StoreDescription& d) {
  const double width = image.kx.max - image.kx.min, height = image.ky.max - image.ky.min;
  const double scale = longer / std::max(width, height);
  const auto pixels = [&](double side, const std::vector<double>& axis) {
    const double spacing = (axis.back() - axis.front()) / static_cast<double>(axis.size() - 1);
    return std::max(2, static_cast<int>(std::lround(side * std::min(scale, 1 / spacing))));
  };
  image.width = pixels(width, d.kx);
  image.height = pixels(height, d.ky);
}

std::string picture_of(const Store& store, std::size_t row, const ImageSettings& image) {
  const auto& d = store.description();
  return pack(grey_levels(make_image(undamaged_pmd(store, row), d.kx, d.ky, image)),
              static_cast<std::size_t>(image.height));
}

/// Of the sample's pictures.
double mean_bytes(const Store& store, const std::vector<std::size_t>& sample, const ImageSettings& image) {
  double sum = 0;
  for (const auto row : sample)
    try {
      sum += static_cast<double>(picture_of(store, row, image).size());
    } catch (const DataError&) {
    }
  return sum / static_cast<double>(std::max<std::size_t>(sample.size(), 1));
}

}  // namespace

std::size_t Thumbnails::bytes() const {
  std::size_t sum = 0;
  for (const auto& one : packed)
    sum += one.size();
  return sum;
}

Thumbnails make_thumbnails(const Store& store, const ThumbnailSettings& settings,
                           const ThumbnailMonitor& monitor) {
  const auto done = store.runs_in(RunState::done);
  const auto sample = sample_of(done);
  Thumbnails thumbnails{.image = window_of(store, sample),
                        .packed = std::vector<std::string>(store.size()),
                        .faults = std::vector<std::string>(store.size())};
  double bytes = 0;
  for (const int longer : longer_sides) {
    set_size(thumbnails.image, longer, store.description());
    bytes = mean_bytes(store, sample, thumbnails.image) * static_cast<double>(done.size());
    if (bytes <= static_cast<double>(settings.most_bytes)) break;
  }
  while (bytes / static_cast<double>(thumbnails.every) > static_cast<double>(settings.most_bytes))
    ++thumbnails.every;
  for (std::size_t i = 0; i < done.size(); i += thumbnails.every) {
    try {
      thumbnails.packed[done[i]] = picture_of(store, done[i], thumbnails.image);
    } catch (const DataError& error) {
      thumbnails.faults[done[i]] = error.what();
    }
    if (monitor && !monitor(i + 1, done.size())) throw Interrupted("stopped");
  }
  return thumbnails;
}

}  // namespace bondscope
