#pragma once

// What stands where in a store file: the skeleton's creation, and its checked reading.

#include <array>
#include <cstdint>
#include <filesystem>

#include "libtdse/store/hdf5_handle.hpp"
#include "libtdse/store/store.hpp"

namespace tdse::layout {

inline constexpr const char* format = "tdse-pmd-store";
inline constexpr std::uint64_t format_version = 2;

/// A commit record as it lies in the file.
struct StoredRecord {
  std::uint32_t state = 0;
  std::uint32_t attempt = 0;
  std::uint32_t failure = 0;
  std::uint32_t reserved = 0;  ///< always 0
  std::uint64_t payload_checksum = 0;
  std::uint64_t record_checksum = 0;
};
/// Its HDF5 type, in memory and in the file.
hdf5::Handle record_type();
/// Of a failed run's reason.
hdf5::Handle reason_type();

/// The datasets that runs write to.
struct RunDatasets {
  hdf5::Handle pmd, commit, failure_reason, begun;
  std::array<hdf5::Handle, diagnostics_fields.size()> diagnostics;
};

/// Throws DataError if a description is not sensible: no runs, axes or run numbers not increasing, part not
/// of the form I/N, history not a JSON array, too large.
void check(const StoreDescription& description);

/// Fills an empty file: all objects, attributes, axes and parameters; space for everything else. Throws
/// FileError with HDF5's reason.
void write_skeleton(hid_t file, const StoreDescription& description, const std::filesystem::path& name);

/// Reads and checks everything that is fixed at creation. Nothing in the file is believed: ranks, extents,
/// types and positions are checked before a byte of data is read. Throws DataError.
StoreDescription read_description(hid_t file, const std::filesystem::path& name, std::uint64_t file_bytes);

/// Opens the datasets of runs, checked as above. Throws DataError.
RunDatasets open_run_datasets(hid_t file, const std::filesystem::path& name, std::uint64_t file_bytes,
                              const StoreDescription& description);

/// `rows` rows from `row` on, of a dataset whose first extent counts rows. False if HDF5 refuses.
bool read_rows(hid_t dataset, hid_t memory_type, std::uint64_t row, std::uint64_t rows, void* values);
bool write_row(hid_t dataset, hid_t memory_type, std::uint64_t row, const void* values);

}  // namespace tdse::layout
