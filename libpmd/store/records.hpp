#pragma once

// The records of runs: all that a store says of a run but its distribution, in one place of the file.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "libpmd/store/hdf5_handle.hpp"
#include "libpmd/store/hdf5_reader.hpp"
#include "libpmd/store/hdf5_writer.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope::layout {

/// Whatever the format of the file.
class RunRecords {
 public:
  virtual ~RunRecords() = default;
  /// Reads the file at every call. Throws DataError if HDF5 cannot read; a damaged record is one that is not
  /// intact.
  virtual std::vector<RunRecord> read(std::size_t row, std::size_t rows) const = 0;
  /// One write. False if HDF5 refuses, or if the format is only read.
  virtual bool write(std::size_t, const RunRecord&) { return false; }
};

/// Whether state and kind of failure exist and fit each other.
bool is_sensible(const CommitRecord& record);
/// How often a run was begun is advice: more than anybody begins one reads as 0.
std::uint32_t believed_begun(std::uint32_t count);

/// A record as it lies in the file: the first 512 bytes of an element of /runs/record, whose rest is zero.
/// Further diagnostics take the place of the zeros behind those there are.
struct StoredRecord {
  std::uint32_t state = 0;               ///< as RunState
  std::uint32_t attempt = 0;             ///< that have ended
  std::uint32_t failure = 0;             ///< as FailureKind
  std::uint32_t begun = 0;               ///< times without an end being known; bit 31: RunRecord::in_flight
  std::uint64_t payload_checksum = 0;    ///< of a done run
  std::uint64_t record_checksum = 0;     ///< of this record, see Store
  std::array<double, 30> diagnostics{};  ///< as diagnostics_fields; zeros behind the last
  std::array<char, reason_bytes> reason{};  ///< why a run failed; ends at the first zero
};
static_assert(sizeof(StoredRecord) == 512 && diagnostics_fields.size() <= 30);

/// In a live store each record has a page of its own: nodes that write to the same page of a parallel file
/// system would wait for each other.
inline constexpr std::size_t live_record_bytes = 4096, sealed_record_bytes = sizeof(StoredRecord);

/// Added to StoredRecord::begun of a run in flight. A program that does not know it reads 0, as of nonsense.
inline constexpr std::uint32_t in_flight_bit = 1u << 31;

inline constexpr const char* records_path = "/runs/record";  ///< the dataset

/// Space for the records, all zero.
void write_records(hdf5::SkeletonWriter& writer, std::size_t rows, std::size_t record_bytes);
/// What write_records() made, also with fewer diagnostics. Throws DataError.
std::unique_ptr<RunRecords> open_records(const hdf5::CheckedReader& reader, const std::filesystem::path& name,
                                         std::size_t rows, std::size_t record_bytes,
                                         std::uint64_t description_checksum);

}  // namespace bondscope::layout
