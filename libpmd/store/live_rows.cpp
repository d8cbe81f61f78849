#include "libpmd/store/live_rows.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/store/checksum.hpp"
#include "libpmd/store/hdf5_writer.hpp"
#include "libpmd/store/layout.hpp"

namespace bondscope::layout {
namespace {

bool is_full(int cause) {
  return cause == ENOSPC || cause == EDQUOT;
}

/// Calls `use` with name, dataset and member of each array that a store has a place for.
template <class Arrays, class Use>
void for_each_place(const OpenRows& open, Arrays& arrays, const Use& use) {
  for_each_array(arrays, [&](const char* name, const char*, const char*, auto& values) {
    const auto at = std::ranges::find(open.arrays, name, [](const auto& array) { return array.first; });
    use(name, at == open.arrays.end() ? nullptr : at->second, values);
  });
}

}  // namespace

void LiveRows::check(std::size_t run) const {
  if (run >= open_.runs)
    throw DataError(fmt::format("{}: there is no run {}, the store has runs 0 to {}", open_.path.string(),
                                run, open_.runs - 1));
}

void LiveRows::check(const NewRow& row) const {
  check(row.run);
  if (row.pmd.size() != open_.slab)
    throw DataError(
        fmt::format("run {} has {} values, the store expects {}", row.run, row.pmd.size(), open_.slab));
  for_each_place(open_, *row.arrays, [&](const char* name, const hdf5::Handle* dataset, const auto& values) {
    if (!values.empty() && (!dataset || values.size() != open_.slab))
      throw DataError(fmt::format("{}: has {} for {} values of {}", open_.path.string(),
                                  dataset ? fmt::format("a place for {}", open_.slab) : "no place",
                                  values.size(), name));
  });
}

RunRecord LiveRows::record(std::size_t run) const {
  const hdf5::Quiet quiet;
  check(run);
  return std::move(open_.records->read(run, 1).front());
}

void LiveRows::write(std::span<const NewRow> rows) {
  const hdf5::Quiet quiet;
  if (rows.empty()) return;
  const std::size_t last = rows.back().run;
  bool undone = false;
  for (const auto& row : rows) {
    check(row);
    // While its slab is replaced, a run must not look done.
    const CommitRecord before = record(row.run).commit;
    if (before.state != RunState::done) continue;
    write_record(row.run, {.commit = {RunState::pending, before.attempt, 0, true, FailureKind::none}});
    undone = true;
  }
  if (undone) sync(last);
  for (const auto& row : rows) {
    write_slab(open_.pmd, H5T_NATIVE_FLOAT, row.run, row.pmd.data());
    write_arrays(row.run, *row.arrays);
  }
  sync(last);
  for (const auto& row : rows)
    write_record(row.run, row.record);
  sync(last);
}

void LiveRows::write_failure(std::size_t run, std::uint32_t attempt, FailureKind kind,
                             const std::string& reason) {
  const hdf5::Quiet quiet;
  check(run);
  if (kind == FailureKind::none || kind > FailureKind::other)
    throw DataError(fmt::format("run {}: a failure needs a kind", run));
  // What was done meanwhile, maybe by another farm, must stay.
  if (const auto now = LiveRows::record(run).commit; now.state == RunState::done && now.attempt >= attempt)
    return;
  RunRecord record{.commit = {RunState::failed, attempt, 0, true, kind}, .reason = storable_reason(reason)};
  std::array<char, reason_bytes> stored{};
  std::ranges::copy(record.reason, stored.begin());
  record.commit.payload_checksum = reason_checksum(stored);
  write_record(run, record);
  sync(run);
}

void LiveRows::mark_begun(std::size_t run, std::uint32_t count, bool in_flight) {
  const hdf5::Quiet quiet;
  auto found = record(run);
  // What was done meanwhile, maybe by another farm, must stay.
  const bool same = found.begun == count && found.in_flight == in_flight;
  if (same || found.commit.state == RunState::done) return;
  if (!found.commit.intact) found = {};
  found.begun = count;
  found.in_flight = in_flight;
  write_record(run, found);
}

void LiveRows::fail_writing(std::size_t run, int cause) const {
  std::string reason = hdf5::last_error();
  if (cause != 0) reason += fmt::format(" ({})", std::strerror(cause));
  const bool full = free_bytes(folder_of(open_.path)) < open_.slab * sizeof(float);
  if (full) reason = "the disk is full; " + reason;
  const auto text = fmt::format("{}: run {} cannot be written: {}", open_.path.string(), run, reason);
  if (full || is_full(cause)) throw DiskFull(text);
  throw FileError(text);
}

void LiveRows::write_arrays(std::size_t run, const RowArrays& arrays) {
  for_each_place(
      open_, arrays,
      [&]<class Value>(const char* name, const hdf5::Handle* dataset, const std::vector<Value>& values) {
        if (!dataset) return;
        const std::vector<Value> zeros(values.empty() ? open_.slab : 0);
        write_slab(dataset->get(), array_type(name).get(), run,
                   values.empty() ? zeros.data() : values.data());
      });
}

void LiveRows::write_slab(hid_t dataset, hid_t type, std::size_t run, const void* values) {
  errno = 0;
  if (!hdf5::write_rows(dataset, type, run, 1, values)) fail_writing(run, errno);
}

void LiveRows::write_record(std::size_t run, const RunRecord& record) {
  errno = 0;
  if (!open_.records->write(run, record)) fail_writing(run, errno);
}

/// Returns when everything written so far is on disk.
void LiveRows::sync(std::size_t run) {
  if (!syncs_) return;
  void* handle = nullptr;
  if (H5Fget_vfd_handle(open_.file, H5P_DEFAULT, &handle) < 0) fail_writing(run, 0);
  errno = 0;
  if (open_.force_to_disk(handle)) return;
  const int cause = errno;
  // Some file systems find only now that there is no room.
  const auto text = fmt::format("{}: run {} cannot be forced to disk{}", open_.path.string(), run,
                                cause ? fmt::format(": {}", std::strerror(cause)) : "");
  if (is_full(cause)) throw DiskFull(text);
  throw FileError(text);
}

}  // namespace bondscope::layout
