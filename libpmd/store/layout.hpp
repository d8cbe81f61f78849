#pragma once

// Where everything is in a store file: the skeleton's creation, and its checked reading.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "libpmd/store/compact_rows.hpp"
#include "libpmd/store/hdf5_handle.hpp"
#include "libpmd/store/hdf5_reader.hpp"
#include "libpmd/store/records.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope::layout {

inline constexpr const char* format = "tdse-pmd-store";                 ///< the attribute `format`
inline constexpr std::uint64_t format_version = Store::current_format;  ///< the attribute `format_version`

/// Throws DataError if a description is not sensible: no runs, axes or run numbers not increasing, part not
/// of the form I/N, history not a JSON array, too large.
void check(const StoreDescription& description);

/// Fills an empty file: all objects, attributes, axes and parameters; space for everything else. /pmd and the
/// arrays are contiguous in a live store, and in a sealed one compressed in a chunk for each row: `level` 0
/// to 9. Throws FileError with HDF5's reason.
void write_skeleton(hid_t file, const StoreDescription& description, const std::filesystem::path& name,
                    StoreKind kind, int level);

/// HDF5's type of an array's elements, in memory and in the file; `name` is one of row_array_names().
hdf5::Handle array_type(const std::string& name);

/// The datasets whose values are no skeleton, see user_block.hpp.
std::vector<std::string> data_paths(const StoreDescription& description, StoreKind kind);

/// What is in a file, whatever its format.
struct Content {
  std::uint64_t format_version = 0;        ///< that the file has
  StoreKind kind = StoreKind::live;        ///< what may still happen to it
  StoreDescription description;            ///< all that is fixed
  std::uint64_t description_checksum = 0;  ///< as the file has it
  hdf5::Handle pmd;                        ///< of other kinds than compact
  std::unique_ptr<CompactRows> compact{};  ///< of that kind
  std::vector<hdf5::Handle> arrays;        ///< in the order of the description's
  std::unique_ptr<RunRecords> records;     ///< what became of the runs
};

/// Reads and checks everything that is fixed at creation, of a file of this format or an older one. Nothing
/// in the file is believed: ranks, extents, types and positions are checked before a byte of data is read.
/// `complete`: whether the file has its name, and so must have a user block if it is of this format. Throws
/// DataError.
Content read(hid_t file, const std::filesystem::path& name, bool complete);

}  // namespace bondscope::layout
