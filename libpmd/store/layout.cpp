#include "libpmd/store/layout.hpp"

#include <algorithm>
#include <cmath>
#include <complex>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/store/checksum.hpp"
#include "libpmd/store/hdf5_writer.hpp"
#include "libpmd/store/layout_2.hpp"
#include "libpmd/store/row_arrays.hpp"
#include "libpmd/store/run_columns.hpp"
#include "libpmd/store/user_block.hpp"

namespace bondscope::layout {
namespace {

namespace fs = std::filesystem;
using hdf5::Handle;
using hdf5::Shape;

constexpr std::uint64_t max_bytes = std::uint64_t{1} << 40;

void check_axis(const std::vector<double>& axis, const char* name) {
  if (axis.empty()) throw DataError(fmt::format("the momentum axis {} is empty", name));
  for (std::size_t j = 0; j < axis.size(); ++j)
    if (!std::isfinite(axis[j]) || (j > 0 && axis[j] <= axis[j - 1]))
      throw DataError(fmt::format("the momentum axis {} does not increase from point to point", name));
}

const char* name_of(StoreKind kind) {
  return kind == StoreKind::live ? "live" : kind == StoreKind::sealed ? "sealed" : "compact";
}

StoreKind read_kind(const hdf5::CheckedReader& reader) {
  const auto name = reader.text("kind");
  for (const auto kind : {StoreKind::live, StoreKind::sealed, StoreKind::compact})
    if (name == name_of(kind)) return kind;
  reader.fail(fmt::format("its kind '{}' is none that this program reads (live, sealed, compact)", name));
}

std::size_t record_bytes(StoreKind kind) {
  return kind == StoreKind::live ? live_record_bytes : sealed_record_bytes;
}

Shape slabs_of(const StoreDescription& d) {
  return {d.runs.size(), d.kx.size(), d.ky.size()};
}

Handle open_slabs(const hdf5::CheckedReader& reader, const std::string& path, hid_t type,
                  const StoreDescription& d, StoreKind kind) {
  return kind == StoreKind::live ? reader.open(path.c_str(), type, slabs_of(d))
                                 : reader.open_rows_in_chunks(path.c_str(), type, slabs_of(d));
}

void write_axis(hdf5::SkeletonWriter& writer, const char* path, const char* symbol, const char* meaning,
                const std::vector<double>& axis) {
  writer.dataset(path, H5T_IEEE_F64LE, {axis.size()}, "a.u.", meaning, H5T_NATIVE_DOUBLE, axis.data());
  writer.attribute_of(path, "symbol", std::string(symbol));
  writer.scale(path, path + 1);
}

Content read_3(const fs::path& name, const hdf5::CheckedReader& reader) {
  Content content;
  content.format_version = format_version;
  content.kind = read_kind(reader);
  auto& d = content.description = read_runs(reader);
  d.kx = reader.column("/kx");
  d.ky = reader.column("/ky");
  for (const auto& array : row_array_names())
    if (reader.has(("/" + array).c_str())) d.arrays.push_back(array);
  content.description_checksum = checksum(d);
  if (reader.integer("description_checksum") != content.description_checksum)
    reader.fail("damaged: its attributes, axes or parameters do not match their checksum");
  try {
    check(d);
  } catch (const DataError& e) {
    reader.fail(fmt::format("damaged: {}", e.what()));
  }
  if (content.kind == StoreKind::compact)
    content.compact = std::make_unique<CompactRows>(reader, slabs_of(d));
  else
    content.pmd = open_slabs(reader, "/pmd", H5T_IEEE_F32LE, d, content.kind);
  for (const auto& array : d.arrays)
    content.arrays.push_back(open_slabs(reader, "/" + array, array_type(array).get(), d, content.kind));
  content.records =
      open_records(reader, name, d.runs.size(), record_bytes(content.kind), content.description_checksum);
  return content;
}

template <class Element>
Handle element_type() {
  if constexpr (std::is_same_v<Element, std::complex<float>>) {
    // What h5py and NumPy take for complex64.
    Handle type(H5Tcreate(H5T_COMPOUND, sizeof(Element)), H5Tclose);
    H5Tinsert(type.get(), "r", 0, H5T_IEEE_F32LE);
    H5Tinsert(type.get(), "i", sizeof(float), H5T_IEEE_F32LE);
    return type;
  } else if constexpr (std::is_same_v<Element, float>) {
    return {H5Tcopy(H5T_IEEE_F32LE), H5Tclose};
  } else if constexpr (std::is_same_v<Element, std::uint32_t>) {
    return {H5Tcopy(H5T_STD_U32LE), H5Tclose};
  } else {
    static_assert(std::is_same_v<Element, std::uint8_t>);
    return {H5Tcopy(H5T_STD_U8LE), H5Tclose};
  }
}

}  // namespace

Handle array_type(const std::string& name) {
  Handle type;
  const RowArrays none;
  for_each_array(
      none, [&]<class Element>(const char* array, const char*, const char*, const std::vector<Element>&) {
        if (name == array) type = element_type<Element>();
      });
  return type;
}

void check(const StoreDescription& d) {
  check_runs(d);
  check_axis(d.kx, "kx");
  check_axis(d.ky, "ky");
  // Divided and not multiplied: the product may not fit.
  if (d.kx.size() > max_bytes / sizeof(float) / d.ky.size() ||
      d.runs.size() > max_bytes / (sizeof(float) * d.kx.size() * d.ky.size()))
    throw DataError("a store of more than 2^40 bytes; use fewer runs or a coarser momentum grid");
}

void write_skeleton(hid_t file, const StoreDescription& d, const fs::path& name, StoreKind kind, int level) {
  hdf5::SkeletonWriter writer(file, name);
  write_runs(writer, d);
  write_axis(writer, "/kx", "k_x", "momentum along the polarisation", d.kx);
  write_axis(writer, "/ky", "k_y", "momentum across the polarisation", d.ky);
  const auto slabs = [&](const std::string& path, hid_t type, const char* unit, const std::string& meaning,
                         bool zeros) {
    if (kind != StoreKind::live)
      writer.rows_in_chunks(path.c_str(), type, slabs_of(d), unit, meaning.c_str(), level);
    else if (zeros)
      writer.zeros(path.c_str(), type, slabs_of(d), unit, meaning.c_str());
    else
      writer.dataset(path.c_str(), type, slabs_of(d), unit, meaning.c_str());
    writer.attach(path.c_str(), {run_path, "/kx", "/ky"});
  };
  if (kind == StoreKind::compact) {
    CompactRows::write_skeleton(writer, slabs_of(d), level);
    writer.attach("/pmd", {run_path, "/kx", "/ky"});
  } else {
    slabs("/pmd", H5T_IEEE_F32LE, "a.u.^-2", "photoelectron momentum distribution dP/d2k, [run, kx, ky]",
          false);
  }
  const RowArrays none;
  for_each_array(none, [&](const char* array, const char* unit, const char* meaning, const auto&) {
    if (std::ranges::find(d.arrays, array) != d.arrays.end())
      slabs(fmt::format("/{}", array), array_type(array).get(), unit,
            fmt::format("{}, [run, kx, ky]; all zero in a row that has none", meaning), true);
  });
  write_records(writer, d.runs.size(), record_bytes(kind));
  writer.attach(records_path, {run_path});
  writer.attribute("format", std::string(format));
  writer.attribute("format_version", format_version);
  writer.attribute("kind", std::string(name_of(kind)));
  writer.attribute("description_checksum", checksum(d));
}

std::vector<std::string> data_paths(const StoreDescription& d, StoreKind kind) {
  std::vector<std::string> paths{"/pmd"};
  for (const auto& array : d.arrays)
    paths.push_back("/" + array);
  if (kind == StoreKind::live) paths.emplace_back(records_path);
  return paths;
}

Content read(hid_t file, const fs::path& name, bool complete) {
  const hdf5::CheckedReader reader(file, name, fs::file_size(name));
  const auto found = hdf5::read_text_attribute(file, "format");
  if (!found || *found != format)
    reader.fail(fmt::format(
        "an HDF5 file, but not a store of momentum distributions (no attribute format = {})", format));
  const auto version = hdf5::read_integer_attribute(file, "format_version");
  if (version != format_version && version != layout_2::format_version)
    reader.fail(fmt::format("a store of format version {}; this program reads versions {} and {}",
                            version ? fmt::format("{}", *version) : "unknown", layout_2::format_version,
                            format_version));
  const bool old = *version == layout_2::format_version;
  if (complete && has_user_block(name) == old)
    reader.fail(old ? "damaged: a store of format 2 has no user block, but this file has one"
                    : "damaged: its user block is missing, bytes 0 to 15 are not those of one");
  return old ? layout_2::read(name, reader) : read_3(name, reader);
}

}  // namespace bondscope::layout
