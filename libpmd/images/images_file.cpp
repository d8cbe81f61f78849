#include "libpmd/images/images_file.hpp"

#include <utility>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/images/images_layout.hpp"
#include "libpmd/images/images_layout_1.hpp"
#include "libpmd/store/file_access.hpp"
#include "libpmd/store/hdf5_handle.hpp"
#include "libpmd/store/hdf5_reader.hpp"
#include "libpmd/store/user_block.hpp"

namespace bondscope {
namespace {

namespace fs = std::filesystem;
using hdf5::Handle;

std::unique_ptr<images_layout::Content> read(const fs::path& name, hid_t file) {
  const hdf5::CheckedReader reader(file, name, fs::file_size(name));
  if (hdf5::read_text_attribute(file, "format") != images_layout::format)
    reader.fail(fmt::format("an HDF5 file, but not an images file (no attribute format = {})",
                            images_layout::format));
  const auto version = reader.integer("format_version");
  if (version != images_layout::format_version && version != images_layout_1::format_version)
    reader.fail(fmt::format("an images file of format version {}; this program reads versions {} and {}",
                            version, images_layout_1::format_version, images_layout::format_version));
  const bool old = version == images_layout_1::format_version;
  if (has_user_block(name) == old)
    reader.fail(old ? "damaged: an images file of format 1 has no user block, but this file has one"
                    : "damaged: its user block is missing, bytes 0 to 15 are not those of one");
  return old ? images_layout_1::read(reader, file) : images_layout::read(reader, file);
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
  // The file is closed after what was opened in it.
  Handle file;
  std::unique_ptr<images_layout::Content> content;

  const StoreDescription& source() const { return content->description.source; }

  void check(std::size_t row) const {
    if (row >= source().runs.size())
      throw DataError(fmt::format("{}: there is no image {}, the file has images 0 to {}", path.string(), row,
                                  source().runs.size() - 1));
  }

  /// What `read` returns, with file and run in its errors.
  auto of_run(std::size_t row, const auto& read) const {
    const hdf5::Quiet quiet;
    check(row);
    try {
      return read();
    } catch (const DataError& error) {
      throw DataError(fmt::format("{}: run {}: {}", path.string(), source().numbers[row], error.what()));
    }
  }
};

ImagesFile ImagesFile::open(const fs::path& file) {
  const hdf5::Quiet quiet;
  auto impl = std::make_unique<Impl>();
  impl->path = file;
  impl->file = hdf5::open_file(file);
  impl->bytes = fs::file_size(file);
  impl->content = read(file, impl->file.get());
  return ImagesFile(std::move(impl));
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
  return impl_->content->description;
}
std::uint64_t ImagesFile::format_version() const {
  return impl_->content->format_version;
}
std::size_t ImagesFile::size() const {
  return impl_->source().runs.size();
}
std::vector<double> ImagesFile::centres() const {
  return impl_->content->centres;
}
std::uint64_t ImagesFile::file_bytes() const {
  return impl_->bytes;
}

Diagnostics ImagesFile::diagnostics(std::size_t row) const {
  impl_->check(row);
  return impl_->content->diagnostics[row];
}

std::uint64_t ImagesFile::source_checksum(std::size_t row) const {
  impl_->check(row);
  return impl_->content->source_checksums[row];
}

KeptImage ImagesFile::image(std::size_t representation, std::size_t row) const {
  if (representation >= description().representations.size())
    throw DataError(fmt::format("{}: there is no representation {}", impl_->path.string(), representation));
  return impl_->of_run(row, [&] { return impl_->content->image(representation, row); });
}

std::vector<float> ImagesFile::distribution_1d(std::size_t row) const {
  return impl_->of_run(row, [&] { return impl_->content->distribution_1d(row); });
}

}  // namespace bondscope
