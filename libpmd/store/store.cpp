#include "libpmd/store/store.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/base/files/replacement.hpp"
#include "libpmd/store/checksum.hpp"
#include "libpmd/store/hdf5_reader.hpp"
#include "libpmd/store/hdf5_writer.hpp"
#include "libpmd/store/layout.hpp"
#include "libpmd/store/live_rows.hpp"
#include "libpmd/store/sealed.hpp"
#include "libpmd/store/user_block.hpp"

namespace bondscope {
namespace {

namespace fs = std::filesystem;
using hdf5::Handle;

}  // namespace

const char* to_string(RunState state) {
  return state == RunState::done ? "done" : state == RunState::failed ? "failed" : "pending";
}

struct Store::Impl {
  fs::path path;
  Mode mode = Mode::read;
  std::function<bool(void*)> force_to_disk;
  // The file is closed after what was opened in it.
  Handle file;
  layout::Content content;
  std::optional<layout::LiveRows> rows;

  /// `complete`: false for a store that is just being made and has no name yet.
  static std::unique_ptr<Impl> open(const fs::path& file, Mode mode, const FileAccess& access,
                                    bool complete) {
    const hdf5::Quiet quiet;
    auto impl = std::make_unique<Impl>();
    impl->path = file;
    impl->mode = mode;
    if (complete && mode == Mode::write) {
      expect_user_block(file);
      // HDF5 would mark a sealed file as open for writing.
      open(file, Mode::read, serial_access(), complete)->check_never_sealed();
    }
    impl->file = hdf5::open_file(file, mode == Mode::write, access);
    impl->force_to_disk = access.force_to_disk;
    impl->content = layout::read(impl->file.get(), file, complete);
    if (mode == Mode::write) impl->open_rows();
    return impl;
  }

  void check_never_sealed() const {
    if (content.kind != StoreKind::live)
      throw FileError(why_read_only(path, content.kind, content.description));
  }

  const StoreDescription& description() const { return content.description; }

  RunRecord record(std::size_t run) const {
    const hdf5::Quiet quiet;
    check_run(run);
    return std::move(content.records->read(run, 1).front());
  }

  std::vector<RunRecord> records() const {
    const hdf5::Quiet quiet;
    return content.records->read(0, description().runs.size());
  }

  /// Throws FileError if HDF5 still had something to write and could not.
  void close() {
    const hdf5::Quiet quiet;
    rows.reset();
    content = {};
    if (!file.reset())
      throw FileError(fmt::format("{}: cannot be completed: {}", path.string(), hdf5::last_error()));
  }

  std::size_t slab_size() const { return description().kx.size() * description().ky.size(); }

  void check_run(std::size_t run) const {
    if (run >= description().runs.size())
      throw DataError(fmt::format("{}: there is no run {}, the store has runs 0 to {}", path.string(), run,
                                  description().runs.size() - 1));
  }

  /// A row of /pmd or of an array beside it.
  template <class Value>
  std::vector<Value> slab(const Handle& dataset, hid_t type, std::size_t run, const char* what) const {
    const hdf5::Quiet quiet;
    if (content.kind != StoreKind::live && !hdf5::plausible_chunk(dataset.get(), run))
      throw DataError(
          fmt::format("{}: damaged: the chunk of run {} is larger than any can be", path.string(), run));
    std::vector<Value> values(slab_size());
    if (!hdf5::read_rows(dataset.get(), type, run, 1, values.data()))
      throw DataError(
          fmt::format("{}: {} of run {} cannot be read: {}", path.string(), what, run, hdf5::last_error()));
    return values;
  }

  /// What `read` returns, with file and run in its errors.
  auto of_compact(std::size_t run, const auto& read) const {
    const hdf5::Quiet quiet;
    try {
      return read(*content.compact);
    } catch (const DataError& error) {
      throw DataError(fmt::format("{}: run {}: {}", path.string(), run, error.what()));
    }
  }

  std::vector<float> pmd(std::size_t run) const {
    if (content.compact)
      return of_compact(run, [&](const auto& compact_rows) { return compact_rows.pmd(run); });
    return slab<float>(content.pmd, H5T_NATIVE_FLOAT, run, "the momentum distribution");
  }

  /// Calls `use` with name, dataset and member of each array that the store has a place for.
  template <class Arrays, class Use>
  void for_each_stored(Arrays& arrays, const Use& use) const {
    for_each_array(arrays, [&](const char* name, const char*, const char*, auto& values) {
      const auto at = std::ranges::find(description().arrays, name);
      const auto index = static_cast<std::size_t>(at - description().arrays.begin());
      use(name, at == description().arrays.end() ? nullptr : &content.arrays[index], values);
    });
  }

  RowArrays arrays(std::size_t run) const {
    RowArrays found;
    for_each_stored(found,
                    [&]<class Value>(const char* name, const Handle* dataset, std::vector<Value>& values) {
                      if (dataset) values = slab<Value>(*dataset, layout::array_type(name).get(), run, name);
                      // An array of nothing but zero bytes is none (checksum.hpp).
                      if (std::ranges::all_of(std::as_bytes(std::span(values)),
                                              [](std::byte byte) { return byte == std::byte{0}; }))
                        values.clear();
                    });
    return found;
  }

  /// For writing, if the file was opened for that.
  void open_rows() {
    layout::OpenRows open{.path = path,
                          .file = file.get(),
                          .pmd = content.pmd.get(),
                          .arrays = {},
                          .records = content.records.get(),
                          .runs = description().runs.size(),
                          .slab = slab_size(),
                          .force_to_disk = force_to_disk};
    for (std::size_t i = 0; i < content.arrays.size(); ++i)
      open.arrays.emplace_back(description().arrays[i], &content.arrays[i]);
    rows.emplace(std::move(open));
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
  const StoreDescription description = complete(given);
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
  const auto data = layout::data_paths(description, kind);
  const bool live = kind == StoreKind::live;
  hdf5::NewFile made(file, live ? hdf5::NewFile::Kind::live : hdf5::NewFile::Kind::sealed,
                     live ? data.size() : data.size() * description.runs.size());
  layout::write_skeleton(made.file(), description, made.name(), kind, level);
  made.close();
  if (live) reserve(made.name());
  if (fill) {
    Store store(Impl::open(made.name(), Mode::write, serial_access(), false));
    store.impl_->rows->sync_each_time(false);
    fill(store);
    store.impl_->close();
  }
  made.put_in_place(data);
}

Store Store::open(const fs::path& file, Mode mode, const FileAccess& access) {
  return Store(Impl::open(file, mode, access, true));
}

void Store::expect_user_block(const fs::path& file) {
  const hdf5::Quiet quiet;
  if (has_user_block(file) || H5Fis_hdf5(file.c_str()) <= 0) return;
  throw DataError(
      fmt::format("{}: an HDF5 file, but not a store of format {}, which begins with a user block; "
                  "'pmd_store upgrade {} NEW.h5' makes one of a store of an earlier format",
                  file.string(), current_format, file.filename().string()));
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
  return impl_->description();
}
std::uint64_t Store::description_checksum() const {
  return impl_->content.description_checksum;
}
StoreKind Store::kind() const {
  return impl_->content.kind;
}
bool Store::sealed() const {
  return kind() != StoreKind::live;
}
std::size_t Store::size() const {
  return impl_->description().runs.size();
}
std::string Store::name_of(std::size_t run) const {
  return fmt::format("{}: run {}", impl_->path.string(), impl_->description().numbers[run]);
}

std::uint64_t Store::format_version() const {
  return impl_->content.format_version;
}

RunRecord Store::record(std::size_t run) const {
  return impl_->record(run);
}

std::vector<RunRecord> Store::records() const {
  return impl_->records();
}

CommitRecord Store::commit(std::size_t run) const {
  return record(run).commit;
}

std::vector<CommitRecord> Store::commits() const {
  std::vector<CommitRecord> commits;
  for (const auto& record : records())
    commits.push_back(record.commit);
  return commits;
}

std::vector<std::size_t> Store::runs_in(RunState state) const {
  std::vector<std::size_t> runs;
  const auto commits = this->commits();
  for (std::size_t run = 0; run < commits.size(); ++run)
    if (commits[run].state == state) runs.push_back(run);
  return runs;
}

std::vector<float> Store::pmd(std::size_t run) const {
  impl_->check_run(run);
  return impl_->pmd(run);
}

Diagnostics Store::diagnostics(std::size_t run) const {
  return record(run).diagnostics;
}

std::optional<CompactError> Store::compact_error(std::size_t run) const {
  impl_->check_run(run);
  if (!impl_->content.compact) return {};
  return impl_->of_compact(run, [&](const auto& rows) { return rows.error(run); });
}

RunContent Store::load(std::size_t run) const {
  RunContent loaded{record(run), {}, {}};
  if (loaded.record.commit.state != RunState::done) return loaded;
  loaded.pmd = impl_->pmd(run);
  loaded.arrays = impl_->arrays(run);
  return loaded;
}

bool Store::matches(std::size_t run, const RunContent& loaded) const {
  const auto& [record, pmd, arrays] = loaded;
  return record.commit.state == RunState::done &&
         record.commit.payload_checksum ==
             payload_checksum(description(), run, record.diagnostics, pmd, arrays);
}

bool Store::payload_intact(std::size_t run) const {
  return matches(run, load(run));
}

std::string Store::failure_reason(std::size_t run) const {
  return record(run).reason;
}

bool Store::reason_intact(std::size_t run) const {
  return record(run).reason_intact;
}

std::vector<std::uint32_t> Store::begun() const {
  std::vector<std::uint32_t> counts;
  for (const auto& record : records())
    counts.push_back(record.begun);
  return counts;
}

void Store::write(std::size_t run, std::span<const float> pmd, const Diagnostics& diagnostics,
                  std::uint32_t attempt, const RowArrays& arrays) {
  impl_->check_writable(run);
  if (impl_->content.compact) throw DataError("a compact store takes compact distributions only");
  const auto sum = payload_checksum(description(), run, diagnostics, pmd, arrays);
  const layout::NewRow row{
      run,
      pmd,
      &arrays,
      {.commit = {RunState::done, attempt, sum, true, FailureKind::none}, .diagnostics = diagnostics}};
  impl_->rows->write({&row, 1});
}

void Store::write_compact(std::size_t run, const CompactDistribution& compact, const CompactError& error,
                          const Diagnostics& diagnostics, std::uint32_t attempt) {
  const hdf5::Quiet quiet;
  impl_->check_writable(run);
  if (!impl_->content.compact || compact.differences.size() != impl_->slab_size())
    throw DataError(fmt::format("{}: has no place for a compact distribution of {} values",
                                impl_->path.string(), compact.differences.size()));
  if (!impl_->content.compact->write(run, compact, error)) impl_->rows->fail_writing(run, 0);
  const auto sum =
      payload_checksum(description(), run, diagnostics, expand(compact, description().ky.size()));
  impl_->rows->write_record(
      run, {.commit = {RunState::done, attempt, sum, true, FailureKind::none}, .diagnostics = diagnostics});
}

void Store::write_failure(std::size_t run, std::uint32_t attempt, FailureKind kind,
                          const std::string& reason) {
  impl_->check_writable(run);
  impl_->rows->write_failure(run, attempt, kind, reason);
}

void Store::mark_begun(std::size_t run, std::uint32_t count, bool in_flight) {
  impl_->check_writable(run);
  impl_->rows->mark_begun(run, count, in_flight);
}

void Store::sync_each_run(bool on) {
  impl_->rows->sync_each_time(on);
}

}  // namespace bondscope
