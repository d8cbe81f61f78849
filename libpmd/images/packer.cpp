#include <zlib.h>

#include "libpmd/base/error.hpp"
#include "libpmd/images/images_layout.hpp"

namespace bondscope::images_layout {
namespace {

/// First the first bytes of all elements, then the second ones, …; what is too short for an element stays.
std::vector<std::byte> shuffled(const std::vector<std::byte>& bytes, std::size_t element) {
  std::vector<std::byte> result(bytes);
  const std::size_t elements = bytes.size() / element;
  for (std::size_t i = 0; i < elements; ++i)
    for (std::size_t byte = 0; byte < element; ++byte)
      result[byte * elements + i] = bytes[i * element + byte];
  return result;
}

}  // namespace

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

std::vector<std::byte> Packer::pack(std::span<const std::byte> chunk) const {
  std::vector<std::byte> bytes(chunk.begin(), chunk.end());
  for (const auto element : elements_)
    if (element > 1) bytes = shuffled(bytes, element);
  if (level_ == 0) return bytes;
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::vector<std::byte> packed(size);
  if (compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                static_cast<uLong>(bytes.size()), level_) != Z_OK)
    throw FileError("an image cannot be compressed");
  packed.resize(size);
  return packed;
}

}  // namespace bondscope::images_layout
