#pragma once

// A dataset's filters applied outside HDF5, where threads can do it at the same time.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <hdf5.h>

namespace bondscope {

class Packer {
 public:
  /// Reads the filters of a dataset of bytes: any number of shuffles, and deflate behind them. Throws
  /// FileError if it has others.
  explicit Packer(hid_t dataset);

  /// What H5Dwrite_chunk() takes for a chunk.
  std::vector<std::byte> pack(std::span<const std::uint8_t> chunk) const;

 private:
  std::vector<std::size_t> elements_;  ///< bytes of an element, for each shuffle
  int level_ = 0;
};

}  // namespace bondscope
