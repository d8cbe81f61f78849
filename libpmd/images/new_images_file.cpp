#include "libpmd/images/new_images_file.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/store/hdf5_writer.hpp"

namespace bondscope {

using hdf5::Handle;
using images_layout::path_of;

NewImagesFile::NewImagesFile(const std::filesystem::path& output, ImagesDescription description, int level)
    : description_(std::move(description)),
      partial_(output, hdf5::NewFile::Kind::sealed,
               description_.source.runs.size() * description_.representations.size()),
      checksums_(description_.representations.size()),
      extents_(description_.representations.size()) {
  images_layout::write_skeleton(partial_.file(), description_, partial_.name(), level);
  const auto open = [&](const std::string& path) {
    Handle opened(H5Dopen2(partial_.file(), path.c_str(), H5P_DEFAULT), H5Dclose);
    require(bool(opened));
    return opened;
  };
  for (const auto& representation : description_.representations) {
    pixels_.push_back(open(path_of(representation, "pixels")));
    packers_.emplace_back(pixels_.back().get());
  }
  distribution_1d_ = open(images_layout::distribution_1d);
}

NewImagesFile::Packed NewImagesFile::pack(std::size_t representation, const KeptImage& image) const {
  const auto bytes = description_.representations[representation].image.values == PixelValues::bytes
                         ? std::as_bytes(std::span(image.pixels))
                         : std::as_bytes(std::span(image.floats));
  return {packers_[representation].pack(bytes), images_layout::checksum(image), image.extent};
}

void NewImagesFile::add(std::span<const Packed> images, std::span<const float> distribution_1d,
                        const Diagnostics& diagnostics, std::uint64_t source_checksum) {
  const std::size_t row = source_checksums_.size();
  for (std::size_t i = 0; i < images.size(); ++i) {
    require(hdf5::write_packed_row(pixels_[i].get(), row, images[i].bytes));
    checksums_[i].push_back(images[i].checksum);
    const auto& e = images[i].extent;
    extents_[i].push_back({e.kx_min, e.kx_max, e.ky_min, e.ky_max});
  }
  require(hdf5::write_rows(distribution_1d_.get(), H5T_NATIVE_FLOAT, row, 1, distribution_1d.data()));
  diagnostics_.push_back(diagnostics);
  source_checksums_.push_back(source_checksum);
}

void NewImagesFile::put_in_place() {
  std::vector<std::string> data;
  for (std::size_t i = 0; i < pixels_.size(); ++i) {
    const auto& representation = description_.representations[i];
    write(path_of(representation, "checksum"), H5T_NATIVE_UINT64, checksums_[i].data());
    if (representation.image.window == Window::crop)
      write(path_of(representation, "extent"), H5T_NATIVE_DOUBLE, extents_[i].data());
    data.push_back(path_of(representation, "pixels"));
  }
  for (const auto& field : diagnostics_fields) {
    std::vector<double> values;
    for (const auto& one : diagnostics_)
      values.push_back(one.*field.member);
    write(images_layout::diagnostics_path(field), H5T_NATIVE_DOUBLE, values.data());
  }
  write(images_layout::source_checksum, H5T_NATIVE_UINT64, source_checksums_.data());
  pixels_.clear();
  distribution_1d_ = {};
  partial_.put_in_place(data);
}

void NewImagesFile::write(const std::string& path, hid_t type, const void* values) {
  const Handle dataset(H5Dopen2(partial_.file(), path.c_str(), H5P_DEFAULT), H5Dclose);
  require(dataset && H5Dwrite(dataset.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
}

void NewImagesFile::require(bool ok) const {
  if (!ok)
    throw FileError(fmt::format("{}: cannot be written: {}", partial_.name().string(), hdf5::last_error()));
}

}  // namespace bondscope
