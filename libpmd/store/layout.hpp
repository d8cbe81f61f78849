#pragma once

// Where everything is in a store file: the skeleton's creation, and its checked reading.

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "libpmd/store/hdf5_handle.hpp"
#include "libpmd/store/hdf5_writer.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope::layout {

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

/// A run's diagnostics as they lie in the file, in the order of diagnostics_fields: together, and not a
/// column for each, because every place that a sync has to write to costs time.
using StoredDiagnostics = std::array<double, diagnostics_fields.size()>;
StoredDiagnostics to_stored(const Diagnostics& diagnostics);
Diagnostics from_stored(const StoredDiagnostics& stored);
hdf5::Handle diagnostics_type();
/// Space for them: /diagnostics.
void write_diagnostics(hdf5::SkeletonWriter& writer, std::uint64_t rows);

/// The datasets that runs write to.
struct RunDatasets {
  hdf5::Handle pmd, diagnostics, commit, failure_reason, begun;
};

/// Throws DataError if a description is not sensible: no runs, axes or run numbers not increasing, part not
/// of the form I/N, history not a JSON array, too large.
void check(const StoreDescription& description);

/// How /pmd lies in the file: contiguous in a live store, a compressed chunk per run in a sealed one.
enum class PmdLayout { contiguous, chunks };

/// Fills an empty file: all objects, attributes, axes and parameters; space for everything else. `level` of
/// the compression of chunks: 0 to 9. Throws FileError with HDF5's reason.
void write_skeleton(hid_t file, const StoreDescription& description, const std::filesystem::path& name,
                    PmdLayout pmd, int level);

/// Reads and checks everything that is fixed at creation. Nothing in the file is believed: ranks, extents,
/// types and positions are checked before a byte of data is read. Throws DataError.
StoreDescription read_description(hid_t file, const std::filesystem::path& name, std::uint64_t file_bytes);

/// Opens the datasets of runs, checked as above. Throws DataError.
RunDatasets open_run_datasets(hid_t file, const std::filesystem::path& name, std::uint64_t file_bytes,
                              const StoreDescription& description, PmdLayout pmd);

/// Ends a sealed store: nothing may change afterwards. Throws FileError.
void write_seal(hid_t file, std::uint64_t seal, const std::filesystem::path& name);
/// The seal, if the file has one. Throws DataError if its attributes are not what they should be.
std::optional<std::uint64_t> read_seal(hid_t file, const std::filesystem::path& name);

}  // namespace bondscope::layout
