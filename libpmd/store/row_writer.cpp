#include "libpmd/store/row_writer.hpp"

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/store/checksum.hpp"
#include "libpmd/store/layout.hpp"
#include "libpmd/store/live_rows.hpp"

namespace bondscope {
namespace {

namespace fs = std::filesystem;

/// Without looking at what whoever knows the shape has looked at.
hdf5::Handle open_to_write(const fs::path& file, const FileAccess& access) {
  const hdf5::Handle properties(access.properties(), H5Pclose);
  H5Pset_sieve_buf_size(properties.get(), 0);
  hdf5::Handle opened(H5Fopen(file.c_str(), H5F_ACC_RDWR, properties.get()), H5Fclose);
  if (!opened)
    throw FileError(fmt::format("{}: cannot be opened to write: {}", file.string(), hdf5::last_error()));
  return opened;
}

}  // namespace

struct RowWriter::Impl {
  // The file is closed after what was opened in it.
  hdf5::Handle file, pmd;
  std::vector<hdf5::Handle> arrays;
  std::unique_ptr<layout::RunRecords> records;
  std::unique_ptr<layout::LiveRows> rows;

  Impl(const fs::path& path, const StoreShape& shape, const FileAccess& access)
      : file(open_to_write(path, access)) {
    const hdf5::CheckedReader reader(file.get(), path, fs::file_size(path));
    if (!reader.has_attribute("description_checksum") ||
        reader.integer("description_checksum") != shape.description_checksum)
      reader.fail("not the store that rank 0 has opened; do all nodes see the same file system?");
    const hdf5::Shape slabs{shape.runs, shape.kx, shape.ky};
    pmd = reader.open("/pmd", H5T_IEEE_F32LE, slabs);
    records =
        layout::open_records(reader, path, shape.runs, layout::live_record_bytes, shape.description_checksum);
    layout::OpenRows open{.path = path,
                          .file = file.get(),
                          .pmd = pmd.get(),
                          .arrays = {},
                          .records = records.get(),
                          .runs = shape.runs,
                          .slab = shape.kx * shape.ky,
                          .force_to_disk = access.force_to_disk};
    arrays.reserve(shape.arrays.size());
    for (const auto& name : shape.arrays) {
      arrays.push_back(reader.open(("/" + name).c_str(), layout::array_type(name).get(), slabs));
      open.arrays.emplace_back(name, &arrays.back());
    }
    rows = std::make_unique<layout::LiveRows>(std::move(open));
  }
};

StoreShape shape_of(const Store& store) {
  const auto& d = store.description();
  return {store.description_checksum(), d.runs.size(), d.kx.size(), d.ky.size(), d.arrays};
}

RowWriter::RowWriter(const fs::path& file, const StoreShape& shape, const FileAccess& access) {
  const hdf5::Quiet quiet;
  impl_ = std::make_unique<Impl>(file, shape, access);
}
RowWriter::RowWriter(RowWriter&&) noexcept = default;
RowWriter& RowWriter::operator=(RowWriter&&) noexcept = default;
RowWriter::~RowWriter() {
  const hdf5::Quiet quiet;
  impl_.reset();
}

CommitRecord RowWriter::commit(std::size_t run) const {
  return impl_->rows->record(run).commit;
}

void RowWriter::write(std::span<const FinishedRun> runs) {
  std::vector<layout::NewRow> rows;
  for (const auto& run : runs) {
    const auto sum = payload_checksum(run.parameters, run.diagnostics, run.pmd, run.arrays);
    rows.push_back({run.run,
                    run.pmd,
                    &run.arrays,
                    {.commit = {RunState::done, run.attempt, sum, true, FailureKind::none},
                     .diagnostics = run.diagnostics}});
  }
  impl_->rows->write(rows);
}

void RowWriter::write_failure(std::size_t run, std::uint32_t attempt, FailureKind kind,
                              const std::string& reason) {
  impl_->rows->write_failure(run, attempt, kind, reason);
}

void RowWriter::mark_begun(std::size_t run, std::uint32_t count, bool in_flight) {
  impl_->rows->mark_begun(run, count, in_flight);
}

}  // namespace bondscope
