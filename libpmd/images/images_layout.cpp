#include "libpmd/images/images_layout.hpp"

#include <string>

#include <zlib.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/hash.hpp"
#include "libpmd/store/checksum.hpp"
#include "libpmd/store/hdf5_handle.hpp"
#include "libpmd/store/hdf5_writer.hpp"
#include "libpmd/store/run_columns_2.hpp"

namespace bondscope::images_layout {
namespace {

/// First the first bytes of all elements, then the second ones, …; what is too short for an element stays.
std::vector<std::uint8_t> shuffled(const std::vector<std::uint8_t>& bytes, std::size_t element) {
  std::vector<std::uint8_t> result(bytes);
  const std::size_t elements = bytes.size() / element;
  for (std::size_t i = 0; i < elements; ++i)
    for (std::size_t byte = 0; byte < element; ++byte)
      result[byte * elements + i] = bytes[i * element + byte];
  return result;
}

}  // namespace

void write_skeleton(hid_t file, const ImagesDescription& d, const std::filesystem::path& name, int level) {
  hdf5::SkeletonWriter writer(file, name);
  const hsize_t rows = d.source.runs.size();
  const auto width = static_cast<hsize_t>(d.image.width), height = static_cast<hsize_t>(d.image.height);
  layout_2::write_runs(writer, d.source);

  writer.group("/axes", "axis of /distribution_1d; the images have their own, see /extent");
  const auto points = cell_centres(d.kx.min, d.kx.max, points_1d);
  writer.dataset(centres, H5T_IEEE_F64LE, {points.size()}, "a.u.",
                 "momentum along the polarisation: centres of the intervals of /distribution_1d",
                 H5T_NATIVE_DOUBLE, points.data());
  writer.pictures_in_chunks(
      images, {rows, width, height}, "",
      "grey levels, [run, kx, ky]: 0 where log10(PMD/max) is smallest, 255 where it is largest, "
      "linear between; cut off at `floor`, cropped to what is above and resized",
      level);
  writer.dataset(distribution_1d, H5T_IEEE_F32LE, {rows, points.size()}, "a.u.^-1",
                 "dP/dkx, integrated over ky and averaged over intervals of kx, [run, kx]");
  writer.dataset(extent, H5T_IEEE_F64LE, {rows, std::tuple_size_v<StoredExtent>}, "a.u.",
                 "kx_min, kx_max, ky_min, ky_max of the image, outer edges");
  layout_2::write_diagnostics(writer, rows);
  writer.dataset(source_checksum, H5T_STD_U64LE, {rows}, "",
                 "checksum of the run in the store it comes from");
  writer.dataset(
      checksum, H5T_STD_U64LE, {rows}, "",
      "XXH3-64 of the bytes of a row of /images, /distribution_1d and /extent, one behind the other");

  writer.attribute("format", std::string(format));
  writer.attribute("format_version", format_version);
  writer.attribute("floor", d.image.floor);
  writer.attribute("width", std::uint64_t{width});
  writer.attribute("height", std::uint64_t{height});
  if (d.image.view != View::plane) writer.attribute("view", std::string(to_string(d.image.view)));
  for (const auto& [axis, range] : {std::pair{"kx", &d.kx}, std::pair{"ky", &d.ky}}) {
    writer.attribute((std::string(axis) + "_min").c_str(), range->min);
    writer.attribute((std::string(axis) + "_max").c_str(), range->max);
    writer.attribute((std::string(axis) + "_points").c_str(), range->points);
  }
  writer.attribute("description_checksum", description_checksum(d));
}

std::uint64_t row_checksum(std::span<const std::uint8_t> pixels, std::span<const float> distribution,
                           const StoredExtent& edges) {
  return Hash().add(pixels).add(distribution).add(std::span<const double>(edges)).value();
}

std::uint64_t description_checksum(const ImagesDescription& d) {
  Hash hash;
  hash.add(bondscope::checksum(d.source)).add(d.image.floor).add(d.image.width).add(d.image.height);
  if (d.image.view != View::plane) hash.add(std::string(to_string(d.image.view)));
  for (const auto* range : {&d.kx, &d.ky})
    hash.add(range->min).add(range->max).add(range->points);
  return hash.value();
}

std::uint64_t seal(std::uint64_t description_checksum, const SealedColumns& columns) {
  return Hash()
      .add(description_checksum)
      .add(std::span<const double>(columns.centres))
      .add(std::span<const layout_2::StoredDiagnostics>(columns.diagnostics))
      .add(std::span<const std::uint64_t>(columns.source_checksums))
      .add(std::span<const std::uint64_t>(columns.checksums))
      .value();
}

Packer::Packer(hid_t dataset) {
  const hdf5::Handle creation(H5Dget_create_plist(dataset), H5Pclose);
  const int filters = H5Pget_nfilters(creation.get());
  for (int i = 0; i < filters; ++i) {
    unsigned flags = 0, value = 0, config = 0;
    std::size_t values = 1;
    const auto filter = H5Pget_filter2(creation.get(), static_cast<unsigned>(i), &flags, &values, &value, 0,
                                       nullptr, &config);
    if (filter == H5Z_FILTER_SHUFFLE && value > 0 && level_ == 0)
      elements_.push_back(value);
    else if (filter == H5Z_FILTER_DEFLATE && value > 0 && level_ == 0)
      level_ = static_cast<int>(value);
    else
      throw FileError("a dataset has filters that are not known");
  }
}

std::vector<std::byte> Packer::pack(std::span<const std::uint8_t> chunk) const {
  std::vector<std::uint8_t> bytes(chunk.begin(), chunk.end());
  for (const auto element : elements_)
    if (element > 1) bytes = shuffled(bytes, element);
  if (level_ == 0) {
    const auto plain = std::as_bytes(std::span(bytes));
    return {plain.begin(), plain.end()};
  }
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::vector<std::byte> packed(size);
  if (compress2(reinterpret_cast<Bytef*>(packed.data()), &size, bytes.data(),
                static_cast<uLong>(bytes.size()), level_) != Z_OK)
    throw FileError("an image cannot be compressed");
  packed.resize(size);
  return packed;
}

}  // namespace bondscope::images_layout
