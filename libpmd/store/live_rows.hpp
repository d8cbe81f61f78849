#pragma once

// Writing rows of a live store that is open: in which order, what is synced, and what goes wrong.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "libpmd/store/hdf5_handle.hpp"
#include "libpmd/store/records.hpp"
#include "libpmd/store/row_arrays.hpp"

namespace bondscope::layout {

/// A done run on its way into a store.
struct NewRow {
  std::size_t run = 0;           ///< row of the store
  std::span<const float> pmd;    ///< [kx][ky]
  const RowArrays* arrays = {};  ///< beside it
  RunRecord record{};            ///< with the checksum of all that
};

/// What an open store must give to be written to. All must outlive the LiveRows.
struct OpenRows {
  std::filesystem::path path;                                       ///< for messages
  hid_t file = -1;                                                  ///< HDF5's handle
  hid_t pmd = -1;                                                   ///< /pmd
  std::vector<std::pair<std::string, const hdf5::Handle*>> arrays;  ///< beside it, by name
  RunRecords* records = {};                                         ///< of all runs
  std::size_t runs = 0;                                             ///< number of rows
  std::size_t slab = 0;                                             ///< values of a distribution
  std::function<bool(void*)> force_to_disk;                         ///< as FileAccess has it
};

/// Writes rows. Throws FileError, DiskFull if there is no room left.
class LiveRows {
 public:
  /// Of a store that is open to write.
  explicit LiveRows(OpenRows open) : open_(std::move(open)) {}

  /// Throws DataError if there is no such run.
  void check(std::size_t run) const;
  /// Throws DataError if the row does not fit into the store.
  void check(const NewRow& row) const;
  /// From the file.
  RunRecord record(std::size_t run) const;

  /// Distributions and arrays of all, sync, records of all, sync.
  void write(std::span<const NewRow> rows);
  /// The record, sync.
  void write_failure(std::size_t run, std::uint32_t attempt, FailureKind kind, const std::string& reason);
  /// As Store::mark_begun().
  void mark_begun(std::size_t run, std::uint32_t count, bool in_flight);

  /// As Store::sync_each_run().
  void sync_each_time(bool on) { syncs_ = on; }
  /// The record alone, without a sync.
  void write_record(std::size_t run, const RunRecord& record);
  /// `cause` is errno after the failure, or 0: MPI keeps it to itself, but seldom overwrites it.
  [[noreturn]] void fail_writing(std::size_t run, int cause) const;

 private:
  void write_arrays(std::size_t run, const RowArrays& arrays);
  void write_slab(hid_t dataset, hid_t type, std::size_t run, const void* values);
  void sync(std::size_t run);

  OpenRows open_;
  bool syncs_ = true;
};

}  // namespace bondscope::layout
