#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "libpmd/base/error.hpp"
#include "libpmd/import/table_formats.hpp"
#include "libpmd/store/file_access.hpp"

namespace bondscope::table_formats {
namespace {

using hdf5::Handle;

constexpr std::size_t most_listed = 20;

/// Datasets of two dimensions, for whoever did not name the right one.
std::vector<std::string> tables_in(hid_t file) {
  std::vector<std::string> found;
  const auto visit = [](hid_t group, const char* name, const H5L_info_t* link, void* into) -> herr_t {
    auto& names = *static_cast<std::vector<std::string>*>(into);
    if (link->type != H5L_TYPE_HARD) return 0;
    if (const Handle dataset(H5Dopen2(group, name, H5P_DEFAULT), H5Dclose); dataset) {
      const Handle space(H5Dget_space(dataset.get()), H5Sclose);
      if (H5Sget_simple_extent_ndims(space.get()) == 2) names.push_back(name);
    }
    return names.size() < most_listed ? 0 : 1;
  };
  H5Lvisit(file, H5_INDEX_NAME, H5_ITER_INC, visit, &found);
  return found;
}

[[noreturn]] void refuse(hid_t file, const std::string& what) {
  const auto names = tables_in(file);
  throw DataError(names.empty()
                      ? what + "; the file has no dataset of two dimensions"
                      : fmt::format("{}; expected 'dataset' to be one of {}", what, fmt::join(names, ", ")));
}

/// The values lie in this file, and nowhere else that a link, a virtual dataset or external storage leads to.
bool lies_here(hid_t file, hid_t dataset) {
  const auto name_of = [](hid_t object) {
    std::string name(1024, '\0');
    const auto length = H5Fget_name(object, name.data(), name.size());
    return length > 0 ? name.substr(0, static_cast<std::size_t>(length)) : "";
  };
  const Handle creation(H5Dget_create_plist(dataset), H5Pclose);
  const auto layout = H5Pget_layout(creation.get());
  return name_of(dataset) == name_of(file) && H5Pget_external_count(creation.get()) == 0 &&
         (layout == H5D_CONTIGUOUS || layout == H5D_CHUNKED || layout == H5D_COMPACT);
}

}  // namespace

Table read_hdf5(const std::filesystem::path& file, const std::string& path) {
  const Handle opened = hdf5::open_file(file);
  if (path.empty()) refuse(opened.get(), "is HDF5, and which dataset is meant was not said");
  const Handle dataset(H5Dopen2(opened.get(), path.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset) refuse(opened.get(), fmt::format("has no dataset {}", path));
  if (!lies_here(opened.get(), dataset.get()))
    throw DataError(
        fmt::format("the dataset {} has its values in another file; expected all in this one", path));
  const Handle type(H5Dget_type(dataset.get()), H5Tclose), space(H5Dget_space(dataset.get()), H5Sclose);
  const auto kind = H5Tget_class(type.get());
  if (kind != H5T_INTEGER && kind != H5T_FLOAT)
    throw DataError(fmt::format("the dataset {} has no numbers; expected integers or floats", path));
  hsize_t extents[2] = {0, 0};
  if (H5Sget_simple_extent_ndims(space.get()) != 2 ||
      H5Sget_simple_extent_dims(space.get(), extents, nullptr) != 2)
    refuse(opened.get(), fmt::format("the dataset {} has not two dimensions", path));
  auto table = empty_table(extents[0], extents[1]);
  // What is not written reads as zeros; a file that has none of a dataset's values is no measurement.
  if (H5Dget_storage_size(dataset.get()) == 0)
    throw DataError(fmt::format("truncated: the dataset {} has no values", path));
  if (H5Dread(dataset.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, table.values.data()) < 0)
    throw DataError(fmt::format("the dataset {} cannot be read: {}", path, hdf5::last_error()));
  return table;
}

}  // namespace bondscope::table_formats
