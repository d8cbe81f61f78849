#pragma once

// What samples are made from: a store, or an images file of one.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "libpmd/images/image.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope::ml {

class SampleFile {
 public:
  /// What the file is, its attribute format says. Throws what Store::open() and ImagesFile::open() throw, and
  /// ConfigError if an images file has other images than `image`.
  static std::unique_ptr<SampleFile> open(const std::filesystem::path& file, const ImageSettings& image);
  virtual ~SampleFile() = default;

  virtual const char* kind() const = 0;  ///< "store" or "images file"
  virtual const StoreDescription& description() const = 0;
  /// Of each row. An images file has only what was done.
  virtual std::vector<CommitRecord> commits() const = 0;

  /// Grey levels [kx][ky] of the row at that position of `rows`.
  using Take = std::function<void(std::size_t position, const std::vector<std::uint8_t>&, const Extent&)>;
  /// `take` is called once for each position, maybe by several threads at a time; `made` afterwards, in order
  /// and by one thread at a time. Throws DataError for a row that is damaged or makes no image.
  virtual void make_images(std::span<const std::size_t> rows, int threads, const Take& take,
                           const std::function<void(std::size_t position)>& made) const = 0;
};

}  // namespace bondscope::ml
