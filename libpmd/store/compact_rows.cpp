#include "libpmd/store/compact_rows.hpp"

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/store/run_columns.hpp"

namespace bondscope::layout {
namespace {

using hdf5::Handle;

std::string path_of(const CompactErrorField& field) {
  return fmt::format("/compact/{}", field.name);
}

/// Whatever is larger is not believed: its fourth power overflows.
constexpr double largest_scale = 1e6;

}  // namespace

void CompactRows::write_skeleton(hdf5::SkeletonWriter& writer, const hdf5::Shape& slabs, int level) {
  const hdf5::Shape rows{slabs[0]};
  writer.rows_in_chunks("/pmd", H5T_STD_U8LE, slabs, "",
                        "fourth roots q of the photoelectron momentum distribution, [run, kx, ky], as "
                        "differences along kx modulo 256: dP/d2k = (q · /compact/scale)^4",
                        level);
  writer.group("/compact", "how the bytes of /pmd become distributions, and what they lost");
  const auto column = [&](const std::string& path, hid_t type, const char* unit, const char* meaning) {
    writer.zeros(path.c_str(), type, rows, unit, meaning);
    writer.attach(path.c_str(), {run_path});
  };
  column("/compact/scale", H5T_IEEE_F64LE, "a.u.^-1/2", "the distribution is (q · scale)^4, a.u.^-2");
  column("/compact/mirrored", H5T_STD_U8LE, "",
         "1: q of the first half of ky, rounded down, is not there, but that of -ky");
  for (const auto& field : compact_error_fields)
    column(path_of(field), H5T_IEEE_F64LE, field.unit, field.meaning);
}

CompactRows::CompactRows(const hdf5::CheckedReader& reader, const hdf5::Shape& slabs)
    : kx_points_(slabs[1]), ky_points_(slabs[2]) {
  const hdf5::Shape rows{slabs[0]};
  pmd_ = reader.open_rows_in_chunks("/pmd", H5T_STD_U8LE, slabs);
  scale_ = reader.open("/compact/scale", H5T_IEEE_F64LE, rows);
  mirrored_ = reader.open("/compact/mirrored", H5T_STD_U8LE, rows);
  for (const auto& field : compact_error_fields)
    errors_.push_back(reader.open(path_of(field).c_str(), H5T_IEEE_F64LE, rows));
}

std::vector<float> CompactRows::pmd(std::size_t row) const {
  CompactDistribution compact;
  compact.differences.resize(kx_points_ * ky_points_);
  std::uint8_t mirrored = 0;
  if (!hdf5::plausible_chunk(pmd_.get(), row))
    throw DataError("damaged: its chunk is larger than any can be");
  if (!hdf5::read_rows(pmd_.get(), H5T_NATIVE_UINT8, row, 1, compact.differences.data()) ||
      !hdf5::read_rows(scale_.get(), H5T_NATIVE_DOUBLE, row, 1, &compact.scale) ||
      !hdf5::read_rows(mirrored_.get(), H5T_NATIVE_UINT8, row, 1, &mirrored))
    throw DataError(fmt::format("the momentum distribution cannot be read: {}", hdf5::last_error()));
  if (!(compact.scale >= 0) || compact.scale > largest_scale || mirrored > 1)
    throw DataError("damaged: its scale or mirror has an impossible value");
  compact.mirrored = mirrored != 0;
  return expand(compact, ky_points_);
}

CompactError CompactRows::error(std::size_t row) const {
  CompactError error;
  for (std::size_t i = 0; i < errors_.size(); ++i)
    if (!hdf5::read_rows(errors_[i].get(), H5T_NATIVE_DOUBLE, row, 1,
                         &(error.*compact_error_fields[i].member)))
      throw DataError(fmt::format("its errors cannot be read: {}", hdf5::last_error()));
  return error;
}

bool CompactRows::write(std::size_t row, const CompactDistribution& compact, const CompactError& error) {
  const std::uint8_t mirrored = compact.mirrored ? 1 : 0;
  bool ok = hdf5::write_rows(pmd_.get(), H5T_NATIVE_UINT8, row, 1, compact.differences.data()) &&
            hdf5::write_rows(scale_.get(), H5T_NATIVE_DOUBLE, row, 1, &compact.scale) &&
            hdf5::write_rows(mirrored_.get(), H5T_NATIVE_UINT8, row, 1, &mirrored);
  for (std::size_t i = 0; i < errors_.size(); ++i)
    ok = ok && hdf5::write_rows(errors_[i].get(), H5T_NATIVE_DOUBLE, row, 1,
                                &(error.*compact_error_fields[i].member));
  return ok;
}

}  // namespace bondscope::layout
