#pragma once

// Rows of a store: chosen for another file, copied to it, or worked on by several threads.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "libpmd/store/store.hpp"

namespace bondscope {

/// The description of a file that is made from these rows: numbers and derivations go with them, the store
/// goes into the history (the links of a derived store count the entries of its own, which stays), and the
/// time is now.
StoreDescription describe_rows(const Store& source, const std::vector<std::size_t>& rows);

/// Rows that go into another file.
struct ChosenRows {
  std::vector<std::size_t> rows;       ///< of the source, in their order
  std::vector<std::uint64_t> damaged;  ///< numbers of the runs that are left out
};

/// The done rows, with `all` the others, too. Which rows a file has must be known when it is made: with
/// `skip_damaged` damaged ones are looked for beforehand, and `looking` is called before each row. Otherwise
/// a damaged commit record is refused.
ChosenRows choose_rows(const Store& store, const std::vector<CommitRecord>& records, bool all,
                       bool skip_damaged, const std::function<void(std::size_t)>& looking);
/// Throws DataError that names the run and the way to leave it out.
[[noreturn]] void refuse_damaged(const Store& store, std::size_t row);

/// Whether a run is done and can be read as it was written.
bool sound(const Store& store, std::size_t row);

/// What became of a row that was copied.
struct CopiedRow {
  RunState state = RunState::pending;  ///< in the target
  std::string
      wrong{};  ///< what is damaged in the source, and was left pending or, of a failure's reason, replaced
};

/// Copies whatever the source has of a row: a done run if what is read matches its checksum, a failed one
/// with its reason, otherwise how often it was begun. Throws what Store::write() throws.
CopiedRow copy_row(const Store& source, std::size_t row, Store& target, std::size_t to);

/// A run as it is in its store, whose checksum holds.
struct LoadedRun {
  std::size_t position = 0;            ///< among the rows asked for
  std::vector<float> pmd;              ///< [kx][ky]
  Diagnostics diagnostics;             ///< as its record has them
  std::uint64_t payload_checksum = 0;  ///< as its record has it
};

/// Called by several threads at a time. What it returns is called later, for one run at a time, in the order
/// of the rows and while nothing is read: there HDF5 may be used.
using RunWork = std::function<std::function<void()>(const LoadedRun&)>;

/// Calls `work` once for every row, in several threads although HDF5 serves one at a time. The first error
/// ends it all: DataErrors of a run (it is damaged or not done, or its distribution is not sensible) are
/// thrown again with its number, anything else as it is.
void work_on_runs(const Store& store, std::span<const std::size_t> rows, int threads, const RunWork& work);

}  // namespace bondscope
