#pragma once

// Where a compact store keeps its distributions.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "libpmd/store/compact.hpp"
#include "libpmd/store/hdf5_handle.hpp"
#include "libpmd/store/hdf5_reader.hpp"
#include "libpmd/store/hdf5_writer.hpp"

namespace bondscope::layout {

/// The rows of /pmd and /compact in a store of kind compact.
class CompactRows {
 public:
  /// Space for them: /pmd as bytes in a deflated chunk for each row, and a column in /compact for each other
  /// number.
  static void write_skeleton(hdf5::SkeletonWriter& writer, const hdf5::Shape& slabs, int level);

  /// Throws DataError.
  CompactRows(const hdf5::CheckedReader& reader, const hdf5::Shape& slabs);

  /// All throw DataError without file and run, write() gives false if HDF5 refuses.
  std::vector<float> pmd(std::size_t row) const;
  /// What a row lost.
  CompactError error(std::size_t row) const;
  /// Writes a row; false if HDF5 refuses.
  bool write(std::size_t row, const CompactDistribution& compact, const CompactError& error);

 private:
  std::size_t kx_points_ = 0, ky_points_ = 0;
  hdf5::Handle pmd_, scale_, mirrored_;
  std::vector<hdf5::Handle> errors_;
};

}  // namespace bondscope::layout
