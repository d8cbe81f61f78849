#include "libpmd/images/images_layout_1.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/hash.hpp"
#include "libpmd/store/checksum.hpp"
#include "libpmd/store/layout_2.hpp"
#include "libpmd/store/run_columns.hpp"
#include "libpmd/store/run_columns_2.hpp"

namespace bondscope::images_layout_1 {
namespace {

using hdf5::Handle;
using images_layout::Content;
using images_layout::StoredExtent;

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

class Content1 : public Content {
 public:
  Content1(const hdf5::CheckedReader& reader, hid_t file) {
    format_version = images_layout_1::format_version;
    description = {{{"image", read_settings(file, reader)}},
                   images_layout::read_axis(reader, "kx"),
                   images_layout::read_axis(reader, "ky"),
                   layout_2::read_runs(reader)};
    try {
      layout::check_runs(description.source);
    } catch (const DataError& error) {
      reader.fail(fmt::format("damaged: {}", error.what()));
    }
    const auto checksum = description_checksum();
    if (reader.integer("description_checksum") != checksum)
      reader.fail("damaged: its attributes or parameters do not match their checksum");
    const hsize_t rows = description.source.runs.size();
    const auto& image = description.representations.front().image;
    images_ = reader.open_rows_in_chunks(
        "/images", H5T_STD_U8LE,
        {rows, static_cast<hsize_t>(image.width), static_cast<hsize_t>(image.height)});
    distributions_ = reader.open("/distribution_1d", H5T_IEEE_F32LE, {rows, points_1d});
    extents_ = reader.open("/extent", H5T_IEEE_F64LE, {rows, std::tuple_size_v<StoredExtent>});
    read_columns(reader, checksum);
  }

  KeptImage image(std::size_t, std::size_t row) const override { return read_row(row).first; }
  std::vector<float> distribution_1d(std::size_t row) const override { return read_row(row).second; }

 private:
  std::uint64_t description_checksum() const {
    const auto& image = description.representations.front().image;
    Hash hash;
    hash.add(checksum(description.source)).add(image.floor).add(image.width).add(image.height);
    if (image.view != View::plane) hash.add(std::string(to_string(image.view)));
    for (const auto* range : {&description.kx, &description.ky})
      hash.add(range->min).add(range->max).add(range->points);
    return hash.value();
  }

  void read_columns(const hdf5::CheckedReader& reader, std::uint64_t checksum_of_description) {
    const std::size_t rows = description.source.runs.size();
    centres = reader.column("/axes/kx");
    source_checksums = reader.integer_column("/source_checksum");
    checksums_ = reader.integer_column("/checksum");
    const Handle type = layout_2::diagnostics_type();
    const Handle opened = reader.open("/diagnostics", type.get(), {rows});
    std::vector<layout_2::StoredDiagnostics> stored(rows);
    if (!hdf5::read_rows(opened.get(), type.get(), 0, rows, stored.data()))
      reader.fail(fmt::format("the diagnostics cannot be read: {}", hdf5::last_error()));
    if (centres.size() != points_1d || source_checksums.size() != rows || checksums_.size() != rows)
      reader.fail("damaged: the extents of its datasets do not fit each other");
    for (const auto& one : stored)
      diagnostics.push_back(layout_2::from_stored(one));
    const auto seal = Hash()
                          .add(checksum_of_description)
                          .add(std::span<const double>(centres))
                          .add(std::span<const layout_2::StoredDiagnostics>(stored))
                          .add(std::span<const std::uint64_t>(source_checksums))
                          .add(std::span<const std::uint64_t>(checksums_))
                          .value();
    if (reader.integer("seal") != seal)
      reader.fail(
          "damaged: its seal is broken: /diagnostics, /source_checksum, /checksum or /axes/kx were changed");
  }

  /// The checksum is of both together.
  std::pair<KeptImage, std::vector<float>> read_row(std::size_t row) const {
    const auto& settings = description.representations.front().image;
    KeptImage kept;
    kept.pixels.resize(static_cast<std::size_t>(settings.width) * static_cast<std::size_t>(settings.height));
    std::vector<float> distribution(points_1d);
    StoredExtent edges{};
    if (!hdf5::plausible_chunk(images_.get(), row))
      throw DataError("damaged: the chunk of its image is larger than any can be");
    if (!hdf5::read_rows(images_.get(), H5T_NATIVE_UINT8, row, 1, kept.pixels.data()) ||
        !hdf5::read_rows(distributions_.get(), H5T_NATIVE_FLOAT, row, 1, distribution.data()) ||
        !hdf5::read_rows(extents_.get(), H5T_NATIVE_DOUBLE, row, 1, edges.data()))
      throw DataError(fmt::format("damaged: cannot be read: {}", hdf5::last_error()));
    if (Hash()
            .add(std::span<const std::uint8_t>(kept.pixels))
            .add(std::span<const float>(distribution))
            .add(std::span<const double>(edges))
            .value() != checksums_[row])
      throw DataError("damaged: image, distribution or extent do not match their checksum");
    kept.extent = {edges[0], edges[1], edges[2], edges[3]};
    return {std::move(kept), std::move(distribution)};
  }

  Handle images_, distributions_, extents_;
  std::vector<std::uint64_t> checksums_;
};

}  // namespace

std::unique_ptr<Content> read(const hdf5::CheckedReader& reader, hid_t file) {
  return std::make_unique<Content1>(reader, file);
}

}  // namespace bondscope::images_layout_1
