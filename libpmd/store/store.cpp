#include "libpmd/store/store.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/base/files/replacement.hpp"
#include "libpmd/store/checksum.hpp"
#include "libpmd/store/hdf5_reader.hpp"
#include "libpmd/store/hdf5_writer.hpp"
#include "libpmd/store/layout.hpp"

namespace bondscope {
namespace {

namespace fs = std::filesystem;
using hdf5::Handle;
using layout::StoredRecord;

layout::PmdLayout pmd_layout(StoreKind kind) {
  return kind == StoreKind::live ? layout::PmdLayout::contiguous : layout::PmdLayout::chunks;
}

}  // namespace

const char* to_string(RunState state) {
  return state == RunState::done ? "done" : state == RunState::failed ? "failed" : "pending";
}

struct Store::Impl {
  fs::path path;
  StoreDescription description;
  std::uint64_t description_checksum = 0;
  Mode mode = Mode::read;
  StoreKind kind = StoreKind::live;
  bool sync_each_run = true;
  std::function<bool(void*)> force_to_disk;
  // The file is closed after what was opened in it.
  Handle file;
  layout::RunDatasets sets;
  Handle diagnostics_type, record_type, reason_type;

  /// `unfinished`: the kind of a store that is just being made, and is sealed only at the end.
  static std::unique_ptr<Impl> open(const fs::path& file, Mode mode, const FileAccess& access,
                                    std::optional<StoreKind> unfinished) {
    const hdf5::Quiet quiet;
    auto impl = std::make_unique<Impl>();
    impl->path = file;
    impl->mode = mode;
    impl->file = hdf5::open_file(file, mode == Mode::write, access);
    impl->force_to_disk = access.force_to_disk;
    const std::uint64_t file_bytes = fs::file_size(file);
    impl->description = layout::read_description(impl->file.get(), file, file_bytes);
    impl->description_checksum = checksum(impl->description);
    const auto seal = layout::read_seal(impl->file.get(), file);
    impl->kind = unfinished ? *unfinished : seal ? StoreKind::sealed : StoreKind::live;
    if (seal && mode == Mode::write)
      throw FileError(
          fmt::format("{}: is sealed: a copy for reading only; 'pmd_store merge NEW.h5 {}' makes a "
                      "store of it that can be written to",
                      file.string(), file.filename().string()));
    impl->sets = layout::open_run_datasets(impl->file.get(), file, file_bytes, impl->description,
                                           pmd_layout(impl->kind));
    impl->diagnostics_type = layout::diagnostics_type();
    impl->record_type = layout::record_type();
    impl->reason_type = layout::reason_type();
    if (seal) impl->check_seal(*seal);
    return impl;
  }

  std::vector<StoredRecord> stored_records() const {
    std::vector<StoredRecord> stored(description.runs.size());
    read(sets.commit, record_type.get(), 0, stored.size(), stored.data(), "the commit records");
    return stored;
  }

  std::uint64_t seal_of(const std::vector<StoredRecord>& stored) const {
    return seal_checksum(description_checksum, std::as_bytes(std::span(stored)));
  }

  void seal() { layout::write_seal(file.get(), seal_of(stored_records()), path); }

  void check_seal(std::uint64_t expected) const {
    const auto stored = stored_records();
    if (seal_of(stored) == expected) return;
    std::string damaged;
    for (std::size_t run = 0; run < stored.size(); ++run)
      if (!interpret(stored[run], run).intact)
        damaged +=
            fmt::format("{}{}", damaged.empty() ? "; the commit records of these runs do not hold: " : ", ",
                        description.numbers[run]);
    throw DataError(fmt::format("{}: damaged: its seal is broken{}", path.string(), damaged));
  }

  /// Throws FileError if HDF5 still had something to write and could not.
  void close() {
    const hdf5::Quiet quiet;
    sets = {};
    if (!file.reset())
      throw FileError(fmt::format("{}: cannot be completed: {}", path.string(), hdf5::last_error()));
  }

  std::size_t slab_size() const { return description.kx.size() * description.ky.size(); }

  void check_run(std::size_t run) const {
    if (run >= description.runs.size())
      throw DataError(fmt::format("{}: there is no run {}, the store has runs 0 to {}", path.string(), run,
                                  description.runs.size() - 1));
  }

  void read(const Handle& dataset, hid_t type, std::size_t row, std::size_t rows, void* values,
            const char* what) const {
    const hdf5::Quiet quiet;
    if (!hdf5::read_rows(dataset.get(), type, row, rows, values))
      throw DataError(
          fmt::format("{}: {} of run {} cannot be read: {}", path.string(), what, row, hdf5::last_error()));
  }

  /// `cause` is errno after the failure, or 0: MPI keeps it to itself, but seldom overwrites it.
  [[noreturn]] void fail_writing(std::size_t run, int cause) const {
    std::string reason = hdf5::last_error();
    if (cause != 0) reason += fmt::format(" ({})", std::strerror(cause));
    if (free_bytes(folder_of(path)) < slab_size() * sizeof(float)) reason = "the disk is full; " + reason;
    throw FileError(fmt::format("{}: run {} cannot be written: {}", path.string(), run, reason));
  }

  void write(const Handle& dataset, hid_t type, std::size_t row, const void* values) {
    errno = 0;
    if (!hdf5::write_rows(dataset.get(), type, row, 1, values)) fail_writing(row, errno);
  }

  /// Returns when everything written so far is on disk.
  void sync(std::size_t run) {
    if (!sync_each_run) return;
    void* handle = nullptr;
    if (H5Fget_vfd_handle(file.get(), H5P_DEFAULT, &handle) < 0) fail_writing(run, 0);
    errno = 0;
    if (!force_to_disk(handle))
      throw FileError(fmt::format("{}: run {} cannot be forced to disk{}", path.string(), run,
                                  errno ? fmt::format(": {}", std::strerror(errno)) : ""));
  }

  using StoredReason = std::array<char, reason_bytes>;

  /// What is stored as a run's reason, if it belongs to the record.
  std::optional<std::string> reason(std::size_t run, const CommitRecord& record) const {
    StoredReason stored;
    read(sets.failure_reason, reason_type.get(), run, 1, stored.data(), "the reason of the failure");
    if (record.state != RunState::failed || record.payload_checksum != reason_checksum(stored)) return {};
    return storable_reason({stored.data(), strnlen(stored.data(), stored.size())});
  }

  CommitRecord interpret(const StoredRecord& stored, std::size_t run) const {
    const StoredRecord untouched;
    if (std::memcmp(&stored, &untouched, sizeof stored) == 0) return {};
    const CommitRecord record{static_cast<RunState>(stored.state), stored.attempt, stored.payload_checksum,
                              true, static_cast<FailureKind>(stored.failure)};
    const bool sensible = record.state <= RunState::failed && record.failure <= FailureKind::other &&
                          (record.failure != FailureKind::none) == (record.state == RunState::failed) &&
                          stored.reserved == 0;
    if (!sensible || stored.record_checksum != record_checksum(record, run, description_checksum))
      return {.intact = false};
    return record;
  }

  void write_record(std::size_t run, const CommitRecord& record) {
    const StoredRecord stored{static_cast<std::uint32_t>(record.state),
                              record.attempt,
                              static_cast<std::uint32_t>(record.failure),
                              0,
                              record.payload_checksum,
                              record_checksum(record, run, description_checksum)};
    write(sets.commit, record_type.get(), run, &stored);
    sync(run);
  }

  void check_writable(std::size_t run) const {
    check_run(run);
    if (mode != Mode::write) throw FileError(path.string() + ": was opened for reading only");
  }
};

void Store::create(const fs::path& file, const StoreDescription& description) {
  create_filled(file, description, {});
}

void Store::create_filled(const fs::path& file, const StoreDescription& given,
                          const std::function<void(Store&)>& fill, StoreKind kind, int level) {
  const hdf5::Quiet quiet;
  StoreDescription description = given;
  description.numbers = numbers_of(given);
  layout::check(description);
  std::error_code status;
  if (fs::exists(fs::symlink_status(file, status))) throw FileError(file.string() + ": exists already");
  check_folder_writable(file);

  std::error_code ignored;
  fs::remove(temporary_name(file), ignored);  // of a killed process; its room counts
  const std::uint64_t needed = store_bytes(description), available = free_bytes(folder_of(file));
  // How small a sealed store becomes, nobody knows before.
  if (kind == StoreKind::live && needed > available)
    throw FileError(fmt::format("{}: needs {}, but {} has only {} free", file.string(), format_bytes(needed),
                                folder_of(file).string(), format_bytes(available)));
  hdf5::NewFile made(file);
  layout::write_skeleton(made.file(), description, made.name(), pmd_layout(kind), level);
  made.close();
  if (kind == StoreKind::live) reserve(made.name());
  if (fill) {
    auto impl = Impl::open(made.name(), Mode::write, serial_access(), kind);
    impl->sync_each_run = false;
    Store store(std::move(impl));
    fill(store);
    if (kind == StoreKind::sealed) store.impl_->seal();
    store.impl_->close();
  }
  made.put_in_place();
}

Store Store::open(const fs::path& file, Mode mode, const FileAccess& access) {
  return Store(Impl::open(file, mode, access, {}));
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() {
  const hdf5::Quiet quiet;
  impl_.reset();
}

const fs::path& Store::path() const {
  return impl_->path;
}
const StoreDescription& Store::description() const {
  return impl_->description;
}
std::uint64_t Store::description_checksum() const {
  return impl_->description_checksum;
}
bool Store::sealed() const {
  return impl_->kind == StoreKind::sealed;
}
std::size_t Store::size() const {
  return impl_->description.runs.size();
}
std::string Store::name_of(std::size_t run) const {
  return fmt::format("{}: run {}", impl_->path.string(), impl_->description.numbers[run]);
}

CommitRecord Store::commit(std::size_t run) const {
  impl_->check_run(run);
  StoredRecord stored;
  impl_->read(impl_->sets.commit, impl_->record_type.get(), run, 1, &stored, "the commit record");
  return impl_->interpret(stored, run);
}

std::vector<CommitRecord> Store::commits() const {
  const auto stored = impl_->stored_records();
  std::vector<CommitRecord> records;
  records.reserve(size());
  for (std::size_t run = 0; run < size(); ++run)
    records.push_back(impl_->interpret(stored[run], run));
  return records;
}

std::vector<std::size_t> Store::runs_in(RunState state) const {
  std::vector<std::size_t> runs;
  const auto records = commits();
  for (std::size_t run = 0; run < records.size(); ++run)
    if (records[run].state == state) runs.push_back(run);
  return runs;
}

std::vector<float> Store::pmd(std::size_t run) const {
  impl_->check_run(run);
  std::vector<float> values(impl_->slab_size());
  if (sealed() && !hdf5::plausible_chunk(impl_->sets.pmd.get(), run))
    throw DataError(
        fmt::format("{}: damaged: the chunk of run {} cannot be what it should be", path().string(), run));
  impl_->read(impl_->sets.pmd, H5T_NATIVE_FLOAT, run, 1, values.data(), "the momentum distribution");
  return values;
}

Diagnostics Store::diagnostics(std::size_t run) const {
  impl_->check_run(run);
  layout::StoredDiagnostics stored{};
  impl_->read(impl_->sets.diagnostics, impl_->diagnostics_type.get(), run, 1, stored.data(),
              "the diagnostics");
  return layout::from_stored(stored);
}

bool Store::payload_intact(std::size_t run) const {
  const CommitRecord record = commit(run);
  return record.state == RunState::done &&
         record.payload_checksum ==
             payload_checksum(impl_->description.runs[run], diagnostics(run), pmd(run));
}

std::string Store::failure_reason(std::size_t run) const {
  return impl_->reason(run, commit(run)).value_or("");
}

bool Store::reason_intact(std::size_t run) const {
  return impl_->reason(run, commit(run)).has_value();
}

std::vector<std::uint32_t> Store::begun() const {
  constexpr std::uint32_t most_believed = 1000;
  std::vector<std::uint32_t> counts(size());
  impl_->read(impl_->sets.begun, H5T_NATIVE_UINT32, 0, size(), counts.data(), "how often runs were begun");
  for (auto& count : counts)
    if (count > most_believed) count = 0;
  return counts;
}

void Store::write(std::size_t run, std::span<const float> pmd, const Diagnostics& diagnostics,
                  std::uint32_t attempt) {
  const hdf5::Quiet quiet;
  impl_->check_writable(run);
  if (pmd.size() != impl_->slab_size())
    throw DataError(
        fmt::format("run {} has {} values, the store expects {}", run, pmd.size(), impl_->slab_size()));
  const std::uint64_t sum = payload_checksum(impl_->description.runs[run], diagnostics, pmd);
  // While its slab is replaced, a run must not look done.
  const CommitRecord before = commit(run);
  if (before.state == RunState::done)
    impl_->write_record(run, {RunState::pending, before.attempt, 0, true, FailureKind::none});
  impl_->write(impl_->sets.pmd, H5T_NATIVE_FLOAT, run, pmd.data());
  const auto stored = layout::to_stored(diagnostics);
  impl_->write(impl_->sets.diagnostics, impl_->diagnostics_type.get(), run, stored.data());
  impl_->sync(run);
  impl_->write_record(run, {RunState::done, attempt, sum, true, FailureKind::none});
}

void Store::write_failure(std::size_t run, std::uint32_t attempt, FailureKind kind,
                          const std::string& reason) {
  const hdf5::Quiet quiet;
  impl_->check_writable(run);
  if (kind == FailureKind::none || kind > FailureKind::other)
    throw DataError(fmt::format("run {}: a failure needs a kind", run));
  // While its reason is replaced, no record may vouch for it.
  const CommitRecord before = commit(run);
  if (before.state == RunState::failed)
    impl_->write_record(run, {RunState::pending, before.attempt, 0, true, FailureKind::none});
  Impl::StoredReason stored{};
  const std::string kept = storable_reason(reason);
  std::copy(kept.begin(), kept.end(), stored.begin());
  impl_->write(impl_->sets.failure_reason, impl_->reason_type.get(), run, stored.data());
  impl_->sync(run);
  impl_->write_record(run, {RunState::failed, attempt, reason_checksum(stored), true, kind});
}

void Store::mark_begun(std::size_t run, std::uint32_t count) {
  const hdf5::Quiet quiet;
  impl_->check_writable(run);
  impl_->write(impl_->sets.begun, H5T_NATIVE_UINT32, run, &count);
}

void Store::sync_each_run(bool on) {
  impl_->sync_each_run = on;
}

}  // namespace bondscope
