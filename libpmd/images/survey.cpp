#include "libpmd/images/survey.hpp"

#include <algorithm>
#include <vector>

#include "libpmd/base/error.hpp"
#include "libpmd/images/images_file.hpp"
#include "libpmd/store/file_access.hpp"
#include "libpmd/store/hdf5_handle.hpp"

namespace bondscope {
namespace {

using hdf5::Handle;

void look_up_chunks(hid_t dataset) {
  const Handle creation(H5Dget_create_plist(dataset), H5Pclose), space(H5Dget_space(dataset), H5Sclose);
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 1 || H5Pget_layout(creation.get()) != H5D_CHUNKED) return;
  std::vector<hsize_t> extents(static_cast<std::size_t>(rank)), chunk(extents), start(extents.size(), 0);
  H5Sget_simple_extent_dims(space.get(), extents.data(), nullptr);
  if (H5Pget_chunk(creation.get(), rank, chunk.data()) != rank || chunk[0] == 0) return;
  // No file of this project has more.
  constexpr hsize_t most_rows = 1u << 24;
  const auto rows = std::min(extents[0], most_rows);
  for (hsize_t bytes = 0; start[0] < rows; start[0] += chunk[0])
    H5Dget_chunk_storage_size(dataset, start.data(), &bytes);
}

herr_t visit(hid_t group, const char* name, const H5L_info_t* link, void*) {
  // Others lead out of the file.
  if (link->type == H5L_TYPE_HARD)
    if (const Handle dataset(H5Dopen2(group, name, H5P_DEFAULT), H5Dclose); dataset)
      look_up_chunks(dataset.get());
  return 0;
}

void visit_all(const std::filesystem::path& file) {
  const hdf5::Quiet quiet;
  const Handle opened = hdf5::open_file(file);
  H5Lvisit(opened.get(), H5_INDEX_NAME, H5_ITER_INC, visit, nullptr);
}

}  // namespace

void survey(const std::filesystem::path& file) {
  if (is_images_file(file))
    ImagesFile::open(file);
  else if (const auto store = Store::open(file, Store::Mode::read); true)
    store.commits();
  visit_all(file);
}

}  // namespace bondscope
