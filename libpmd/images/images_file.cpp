#include "libpmd/images/images_file.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/images/images_layout.hpp"
#include "libpmd/store/file_access.hpp"
#include "libpmd/store/hdf5_handle.hpp"
#include "libpmd/store/hdf5_reader.hpp"
#include "libpmd/store/run_columns.hpp"
#include "libpmd/store/run_columns_2.hpp"

namespace bondscope {
namespace {

namespace fs = std::filesystem;
using hdf5::Handle;
using images_layout::StoredExtent;

/// Whatever is larger is not believed.
constexpr std::uint64_t most_axis_points = 1u << 24;

AxisRange read_axis(const hdf5::CheckedReader& reader, const std::string& name) {
  const AxisRange range{reader.number((name + "_min").c_str()), reader.number((name + "_max").c_str()),
                        reader.integer((name + "_points").c_str())};
  if (!std::isfinite(range.min) || !std::isfinite(range.max) || !(range.min < range.max) ||
      range.points < 2 || range.points > most_axis_points)
    reader.fail(
        fmt::format("damaged: the attributes {}_min, _max and _points are not those of an axis", name));
  return range;
}

ImageSettings read_settings(hid_t file, const hdf5::CheckedReader& reader) {
  ImageSettings settings;
  settings.floor = reader.number("floor");
  for (const auto& [name, size] :
       {std::pair{"width", &settings.width}, std::pair{"height", &settings.height}})
    *size = static_cast<int>(std::min<std::uint64_t>(reader.integer(name), most_pixels_per_side + 1));
  try {
    if (const auto view = hdf5::read_text_attribute(file, "view")) settings.view = value_of<View>(*view);
    check_image_settings(settings);
  } catch (const ConfigError& error) {
    reader.fail(fmt::format("damaged: {}", error.what()));
  }
  return settings;
}

ImagesDescription read_description(hid_t file, const hdf5::CheckedReader& reader) {
  const auto found = hdf5::read_text_attribute(file, "format");
  if (!found || *found != images_layout::format)
    reader.fail(fmt::format("an HDF5 file, but not an images file (no attribute format = {})",
                            images_layout::format));
  if (const auto version = reader.integer("format_version"); version != images_layout::format_version)
    reader.fail(fmt::format("an images file of format version {}; this program reads version {}", version,
                            images_layout::format_version));
  ImagesDescription d{read_settings(file, reader), read_axis(reader, "kx"), read_axis(reader, "ky"),
                      layout_2::read_runs(reader)};
  try {
    layout::check_runs(d.source);
  } catch (const DataError& error) {
    reader.fail(fmt::format("damaged: {}", error.what()));
  }
  return d;
}

}  // namespace

bool is_images_file(const fs::path& file) {
  const hdf5::Quiet quiet;
  try {
    const Handle opened = hdf5::open_file(file);
    return hdf5::read_text_attribute(opened.get(), "format") == images_layout::format;
  } catch (const Error&) {
    return false;
  }
}

struct ImagesFile::Impl {
  fs::path path;
  std::uint64_t bytes = 0;
  ImagesDescription description;
  images_layout::SealedColumns columns;
  // The file is closed after what was opened in it.
  Handle file, images, distribution_1d, extent;

  static std::unique_ptr<Impl> open(const fs::path& file) {
    const hdf5::Quiet quiet;
    auto impl = std::make_unique<Impl>();
    impl->path = file;
    impl->file = hdf5::open_file(file);
    impl->bytes = fs::file_size(file);
    const hdf5::CheckedReader reader(impl->file.get(), file, impl->bytes);
    impl->description = read_description(impl->file.get(), reader);
    const auto checksum = images_layout::description_checksum(impl->description);
    if (reader.integer("description_checksum") != checksum)
      reader.fail("damaged: its attributes or parameters do not match their checksum");
    impl->open_rows(reader);
    impl->read_columns(reader);
    if (reader.integer("seal") != images_layout::seal(checksum, impl->columns))
      reader.fail(
          "damaged: its seal is broken: /diagnostics, /source_checksum, /checksum or /axes/kx were changed");
    return impl;
  }

  void open_rows(const hdf5::CheckedReader& reader) {
    const hsize_t rows = description.source.runs.size();
    images = reader.open_rows_in_chunks(images_layout::images, H5T_STD_U8LE,
                                        {rows, static_cast<hsize_t>(description.image.width),
                                         static_cast<hsize_t>(description.image.height)});
    distribution_1d = reader.open(images_layout::distribution_1d, H5T_IEEE_F32LE, {rows, points_1d});
    extent = reader.open(images_layout::extent, H5T_IEEE_F64LE, {rows, std::tuple_size_v<StoredExtent>});
  }

  void read_columns(const hdf5::CheckedReader& reader) {
    const std::size_t rows = description.source.runs.size();
    columns.centres = reader.column(images_layout::centres);
    columns.source_checksums = reader.integer_column(images_layout::source_checksum);
    columns.checksums = reader.integer_column(images_layout::checksum);
    const Handle type = layout_2::diagnostics_type();
    const Handle stored = reader.open(images_layout::diagnostics, type.get(), {rows});
    columns.diagnostics.resize(rows);
    if (!hdf5::read_rows(stored.get(), type.get(), 0, rows, columns.diagnostics.data()))
      reader.fail(fmt::format("the diagnostics cannot be read: {}", hdf5::last_error()));
    if (columns.centres.size() != points_1d || columns.source_checksums.size() != rows ||
        columns.checksums.size() != rows)
      reader.fail("damaged: the extents of its datasets do not fit each other");
  }

  [[noreturn]] void fail(std::size_t row, const std::string& what) const {
    throw DataError(fmt::format("{}: run {}: {}", path.string(), description.source.numbers[row], what));
  }

  void check(std::size_t row) const {
    if (row >= columns.checksums.size())
      throw DataError(fmt::format("{}: there is no image {}, the file has images 0 to {}", path.string(), row,
                                  columns.checksums.size() - 1));
  }
};

ImagesFile ImagesFile::open(const fs::path& file) {
  return ImagesFile(Impl::open(file));
}

ImagesFile::ImagesFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ImagesFile::ImagesFile(ImagesFile&&) noexcept = default;
ImagesFile& ImagesFile::operator=(ImagesFile&&) noexcept = default;
ImagesFile::~ImagesFile() {
  const hdf5::Quiet quiet;
  impl_.reset();
}

const fs::path& ImagesFile::path() const {
  return impl_->path;
}
const ImagesDescription& ImagesFile::description() const {
  return impl_->description;
}
std::size_t ImagesFile::size() const {
  return impl_->description.source.runs.size();
}
std::vector<double> ImagesFile::centres() const {
  return impl_->columns.centres;
}
std::uint64_t ImagesFile::file_bytes() const {
  return impl_->bytes;
}

Diagnostics ImagesFile::diagnostics(std::size_t row) const {
  impl_->check(row);
  return layout_2::from_stored(impl_->columns.diagnostics[row]);
}

std::uint64_t ImagesFile::source_checksum(std::size_t row) const {
  impl_->check(row);
  return impl_->columns.source_checksums[row];
}

ImageRow ImagesFile::row(std::size_t row) const {
  const hdf5::Quiet quiet;
  impl_->check(row);
  const auto& image = impl_->description.image;
  ImageRow values;
  values.pixels.resize(static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height));
  values.distribution_1d.resize(points_1d);
  StoredExtent edges{};
  if (!hdf5::plausible_chunk(impl_->images.get(), row))
    impl_->fail(row, "damaged: the chunk of its image cannot be what it should be");
  if (!hdf5::read_rows(impl_->images.get(), H5T_NATIVE_UINT8, row, 1, values.pixels.data()) ||
      !hdf5::read_rows(impl_->distribution_1d.get(), H5T_NATIVE_FLOAT, row, 1,
                       values.distribution_1d.data()) ||
      !hdf5::read_rows(impl_->extent.get(), H5T_NATIVE_DOUBLE, row, 1, edges.data()))
    impl_->fail(row, fmt::format("damaged: cannot be read: {}", hdf5::last_error()));
  if (images_layout::row_checksum(values.pixels, values.distribution_1d, edges) !=
      impl_->columns.checksums[row])
    impl_->fail(row, "damaged: image, distribution or extent do not match their checksum");
  values.extent = {edges[0], edges[1], edges[2], edges[3]};
  return values;
}

}  // namespace bondscope
