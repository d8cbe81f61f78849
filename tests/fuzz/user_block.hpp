#pragma once

// Stores and images files as mutators see them: a user block, data ranges, and a skeleton that its checksums
// vouch for.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bondscope::fuzz {

struct Range {
  std::uint64_t begin = 0, bytes = 0;
};

/// The data ranges that the user block names and the file has; empty if there is no user block.
std::vector<Range> data_ranges(std::span<const std::uint8_t> file);
/// Where HDF5's own bytes begin; the size of the file if nowhere.
std::size_t end_of_user_block(std::span<const std::uint8_t> file);
/// Makes the checksums of HDF5's superblock and object headers (versions 2 and later) hold: without that
/// hardly any change gets past HDF5's own look.
void mend_hdf5(std::span<std::uint8_t> file);
/// Makes size and checksums of the user block hold. Nothing happens without one.
void mend_user_block(std::span<std::uint8_t> file);

/// Changes bytes of a range in place by libFuzzer's means.
void change(std::span<std::uint8_t> file, Range range, unsigned seed);

}  // namespace bondscope::fuzz
