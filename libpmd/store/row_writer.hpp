#pragma once

// Writes rows of a live store that another process has opened and checked: of the file it reads what HDF5
// needs to find the rows, and nothing that grows with their number. For farms, in which one process looks at
// the store and hundreds write.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "libpmd/model/diagnostics.hpp"
#include "libpmd/model/run_parameters.hpp"
#include "libpmd/store/file_access.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope {

/// What whoever opened a store tells those who write to it.
struct StoreShape {
  std::uint64_t description_checksum = 0;  ///< by which the file is recognised
  std::size_t runs = 0, kx = 0, ky = 0;    ///< extents
  std::vector<std::string> arrays = {};    ///< beside the distributions

  /// Whether all members are equal.
  bool operator==(const StoreShape&) const = default;
};

/// Of a live store.
StoreShape shape_of(const Store& store);

/// A done run and what it was.
struct FinishedRun {
  std::size_t run = 0;         ///< row of the store
  RunParameters parameters{};  ///< of the run, as the store has them
  std::vector<float> pmd{};    ///< [kx][ky]
  RowArrays arrays{};          ///< beside it
  Diagnostics diagnostics{};   ///< what the run reports of itself
  std::uint32_t attempt = 0;   ///< which attempt it was
};

/// Writes rows.
class RowWriter {
 public:
  /// Throws FileError (missing, not writable), DataError (not the store of this shape).
  RowWriter(const std::filesystem::path& file, const StoreShape& shape, const FileAccess& access);
  RowWriter(RowWriter&&) noexcept;
  RowWriter& operator=(RowWriter&&) noexcept;
  ~RowWriter();

  /// As Store::commit().
  CommitRecord commit(std::size_t run) const;
  /// As Store::write() of each, but with two syncs for all of them.
  void write(std::span<const FinishedRun> runs);
  /// As Store::write_failure().
  void write_failure(std::size_t run, std::uint32_t attempt, FailureKind kind, const std::string& reason);
  /// As Store::mark_begun().
  void mark_begun(std::size_t run, std::uint32_t count, bool in_flight);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bondscope
