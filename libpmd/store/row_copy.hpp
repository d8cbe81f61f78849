#pragma once

// Rows of a store in another file.

#include <cstddef>
#include <cstdint>
#include <functional>
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
  std::vector<std::size_t> rows;
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

/// Copies a done run if what is read matches `record`'s checksum. Returns what is wrong otherwise, and writes
/// nothing then; empty if all is well. Throws what Store::write() throws.
std::string copy_done(const Store& source, std::size_t row, const CommitRecord& record, Store& target,
                      std::size_t to);

/// Copies a failed run. Returns what is wrong with its reason, which then is replaced by a remark.
std::string copy_failed(const Store& source, std::size_t row, const CommitRecord& record, Store& target,
                        std::size_t to);

}  // namespace bondscope
