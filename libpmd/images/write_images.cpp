#include "libpmd/images/write_images.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libpmd/images/images_file.hpp"
#include "libpmd/images/images_layout.hpp"
#include "libpmd/store/hdf5_handle.hpp"
#include "libpmd/store/hdf5_writer.hpp"
#include "libpmd/store/lock.hpp"
#include "libpmd/store/rows.hpp"

namespace bondscope {
namespace {

namespace fs = std::filesystem;
using hdf5::Handle;
using images_layout::StoredExtent;

/// Progress that can be asked to stop.
class Watch {
 public:
  Watch(const RowMonitor& monitor, std::size_t all) : monitor_(monitor), all_(all) {}
  void next() {
    if (monitor_ && !monitor_(++done_, all_)) throw Interrupted("interrupted; no images file was made");
  }

 private:
  const RowMonitor& monitor_;
  std::size_t all_, done_ = 0;
};

ImagesDescription describe(const Store& store, const std::vector<std::size_t>& rows,
                           const ImageSettings& image) {
  const auto& from = store.description();
  const auto range = [](const std::vector<double>& axis) {
    return AxisRange{axis.front(), axis.back(), axis.size()};
  };
  ImagesDescription d{image, range(from.kx), range(from.ky), describe_rows(store, rows)};
  d.source.kx.clear();
  d.source.ky.clear();
  return d;
}

/// Takes the rows in their order.
class Writer {
 public:
  Writer(const hdf5::NewFile& partial, const ImagesDescription& description, int level)
      : partial_(partial), description_(description) {
    images_layout::write_skeleton(partial.file(), description, partial.name(), level);
    images_ = open(images_layout::images);
    distribution_1d_ = open(images_layout::distribution_1d);
  }

  /// Makes the bytes that add() wants; for several threads at a time.
  images_layout::Packer packer() const { return images_layout::Packer(images_.get()); }

  void add(std::size_t row, std::span<const std::byte> packed, std::span<const float> distribution,
           const StoredExtent& extent, const Diagnostics& diagnostics, std::uint64_t source_checksum,
           std::uint64_t checksum) {
    require(hdf5::write_packed_row(images_.get(), row, packed) &&
            hdf5::write_rows(distribution_1d_.get(), H5T_NATIVE_FLOAT, row, 1, distribution.data()));
    columns_.diagnostics.push_back(layout_2::to_stored(diagnostics));
    extents_.push_back(extent);
    columns_.source_checksums.push_back(source_checksum);
    columns_.checksums.push_back(checksum);
  }

  void seal() {
    write(images_layout::extent, H5T_NATIVE_DOUBLE, extents_.data());
    write(images_layout::diagnostics, layout_2::diagnostics_type().get(), columns_.diagnostics.data());
    write(images_layout::source_checksum, H5T_NATIVE_UINT64, columns_.source_checksums.data());
    write(images_layout::checksum, H5T_NATIVE_UINT64, columns_.checksums.data());
    columns_.centres = cell_centres(description_.kx.min, description_.kx.max, points_1d);
    require(hdf5::write_attribute(
        partial_.file(), "seal",
        images_layout::seal(images_layout::description_checksum(description_), columns_)));
  }

 private:
  Handle open(const char* dataset) const {
    Handle opened(H5Dopen2(partial_.file(), dataset, H5P_DEFAULT), H5Dclose);
    require(bool(opened));
    return opened;
  }
  void write(const char* dataset, hid_t type, const void* values) const {
    require(H5Dwrite(open(dataset).get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
  }
  void require(bool ok) const {
    if (!ok)
      throw FileError(fmt::format("{}: cannot be written: {}", partial_.name().string(), hdf5::last_error()));
  }

  const hdf5::NewFile& partial_;
  const ImagesDescription& description_;
  Handle images_, distribution_1d_;
  std::vector<StoredExtent> extents_;
  images_layout::SealedColumns columns_;
};

}  // namespace

ImagesReport write_images(const fs::path& file, const fs::path& output, const ImagesSettings& settings,
                          const RowMonitor& monitor) {
  if (settings.level < 0 || settings.level > 9)
    throw ConfigError(fmt::format("level {}: expected 0 (none) to 9", settings.level));
  check_image_settings(settings.image);
  const StoreLock lock(output);
  if (fs::exists(fs::symlink_status(output)))
    throw FileError(fmt::format("{}: exists already", output.string()));
  check_folder_writable(output);
  const auto store = Store::open(file, Store::Mode::read);
  const auto records = store.commits();
  const auto done = store.runs_in(RunState::done).size();
  Watch watch(monitor, settings.skip_damaged ? 2 * done : done);
  const auto looking = [&](std::size_t row) {
    if (records[row].state == RunState::done) watch.next();
  };
  const auto [rows, damaged] = choose_rows(store, records, false, settings.skip_damaged, looking);
  ImagesReport report{.images = rows.size(), .damaged = damaged};
  for (const auto& record : records) {
    if (record.state == RunState::failed) ++report.failed;
    if (record.state == RunState::pending && record.intact) ++report.pending;
  }
  if (rows.empty())
    throw DataError(fmt::format("{}: no run is done: there is nothing to make images of", file.string()));
  const auto description = describe(store, rows, settings.image);

  const hdf5::Quiet quiet;
  hdf5::NewFile partial(output);
  {
    Writer writer(partial, description, settings.level);
    const auto packer = writer.packer();
    const auto& axes = store.description();
    work_on_runs(store, rows, settings.threads, [&](const LoadedRun& run) -> std::function<void()> {
      const auto image = make_image(run.pmd, axes.kx, axes.ky, settings.image);
      const auto pixels = grey_levels(image);
      auto distribution = distribution_1d(run.pmd, axes.kx, axes.ky, points_1d);
      const auto& e = image.extent;
      const StoredExtent edges{e.kx_min, e.kx_max, e.ky_min, e.ky_max};
      const auto checksum = images_layout::row_checksum(pixels, distribution, edges);
      return [&, row = run.position, packed = packer.pack(pixels), distribution = std::move(distribution),
              edges, checksum, diagnostics = run.diagnostics, source = run.payload_checksum] {
        writer.add(row, packed, distribution, edges, diagnostics, source, checksum);
        watch.next();
      };
    });
    writer.seal();
  }
  partial.put_in_place();
  return report;
}

}  // namespace bondscope
