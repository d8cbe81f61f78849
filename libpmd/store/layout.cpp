#include "libpmd/store/layout.hpp"

#include <cmath>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/store/checksum.hpp"
#include "libpmd/store/hdf5_handle.hpp"
#include "libpmd/store/hdf5_reader.hpp"
#include "libpmd/store/hdf5_writer.hpp"
#include "libpmd/store/run_columns.hpp"

namespace bondscope::layout {
namespace {

using hdf5::Handle;
using hdf5::Shape;

constexpr std::uint64_t max_bytes = std::uint64_t{1} << 40;

void check_axis(const std::vector<double>& axis, const char* name) {
  if (axis.empty()) throw DataError(fmt::format("the momentum axis {} is empty", name));
  for (std::size_t j = 0; j < axis.size(); ++j)
    if (!std::isfinite(axis[j]) || (j > 0 && axis[j] <= axis[j - 1]))
      throw DataError(fmt::format("the momentum axis {} does not increase from point to point", name));
}

}  // namespace

StoredDiagnostics to_stored(const Diagnostics& diagnostics) {
  StoredDiagnostics stored{};
  for (std::size_t i = 0; i < stored.size(); ++i)
    stored[i] = diagnostics.*diagnostics_fields[i].member;
  return stored;
}

Diagnostics from_stored(const StoredDiagnostics& stored) {
  Diagnostics diagnostics;
  for (std::size_t i = 0; i < stored.size(); ++i)
    diagnostics.*diagnostics_fields[i].member = stored[i];
  return diagnostics;
}

Handle diagnostics_type() {
  Handle type(H5Tcreate(H5T_COMPOUND, sizeof(StoredDiagnostics)), H5Tclose);
  for (std::size_t i = 0; i < diagnostics_fields.size(); ++i)
    H5Tinsert(type.get(), diagnostics_fields[i].name, i * sizeof(double), H5T_IEEE_F64LE);
  return type;
}

Handle reason_type() {
  return hdf5::text_type(reason_bytes);
}

Handle record_type() {
  Handle type(H5Tcreate(H5T_COMPOUND, sizeof(StoredRecord)), H5Tclose);
  H5Tinsert(type.get(), "state", HOFFSET(StoredRecord, state), H5T_STD_U32LE);
  H5Tinsert(type.get(), "attempt", HOFFSET(StoredRecord, attempt), H5T_STD_U32LE);
  H5Tinsert(type.get(), "failure", HOFFSET(StoredRecord, failure), H5T_STD_U32LE);
  H5Tinsert(type.get(), "reserved", HOFFSET(StoredRecord, reserved), H5T_STD_U32LE);
  H5Tinsert(type.get(), "payload_checksum", HOFFSET(StoredRecord, payload_checksum), H5T_STD_U64LE);
  H5Tinsert(type.get(), "record_checksum", HOFFSET(StoredRecord, record_checksum), H5T_STD_U64LE);
  return type;
}

void write_diagnostics(hdf5::SkeletonWriter& writer, std::uint64_t rows) {
  std::string units, meanings;
  for (const auto& field : diagnostics_fields) {
    const auto begin = fmt::format("{}{}: ", units.empty() ? "" : "; ", field.name);
    units += begin + field.unit;
    meanings += begin + field.meaning;
  }
  writer.dataset("/diagnostics", diagnostics_type().get(), {rows}, units.c_str(), meanings.c_str());
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

void write_skeleton(hid_t file, const StoreDescription& d, const std::filesystem::path& name, PmdLayout pmd,
                    int level) {
  hdf5::SkeletonWriter writer(file, name);
  const Shape rows{d.runs.size()};
  write_runs(writer, d);

  writer.group("/axes", "momentum axes of /pmd");
  writer.dataset("/axes/kx", H5T_IEEE_F64LE, {d.kx.size()}, "a.u.", "momentum along the polarisation",
                 H5T_NATIVE_DOUBLE, d.kx.data());
  writer.dataset("/axes/ky", H5T_IEEE_F64LE, {d.ky.size()}, "a.u.", "momentum across the polarisation",
                 H5T_NATIVE_DOUBLE, d.ky.data());

  const Shape slabs{d.runs.size(), d.kx.size(), d.ky.size()};
  constexpr const char* pmd_unit = "a.u.^-2";
  constexpr const char* pmd_meaning = "photoelectron momentum distribution dP/d2k, [run, kx, ky]";
  if (pmd == PmdLayout::contiguous)
    writer.dataset("/pmd", H5T_IEEE_F32LE, slabs, pmd_unit, pmd_meaning);
  else
    writer.rows_in_chunks("/pmd", H5T_IEEE_F32LE, slabs, pmd_unit, pmd_meaning, level);
  write_diagnostics(writer, d.runs.size());
  writer.zeros("/commit", record_type().get(), rows, "",
               "state (0 pending, 1 done, 2 failed), attempts, kind of failure (0 none, 1 not_finite, 2 "
               "norm_grew, 3 start_state, 4 time_limit, 5 checksum, 6 killed, 7 other), XXH3-64 checksums of "
               "the run or its failure's reason and of the record");
  writer.zeros("/failure_reason", reason_type().get(), rows, "", "why a run failed, UTF-8");
  writer.zeros("/begun", H5T_STD_U32LE, rows, "1",
               "how often a run was begun without an end being known (advice, no checksum)");

  writer.attribute("format", std::string(format));
  writer.attribute("format_version", format_version);
  writer.attribute("description_checksum", checksum(d));
}

StoreDescription read_description(hid_t file, const std::filesystem::path& name, std::uint64_t file_bytes) {
  const hdf5::CheckedReader reader(file, name, file_bytes);
  const auto found = hdf5::read_text_attribute(file, "format");
  if (!found || *found != format)
    reader.fail(fmt::format(
        "an HDF5 file, but not a store of momentum distributions (no attribute format = {})", format));
  const auto version = hdf5::read_integer_attribute(file, "format_version");
  if (!version || *version != format_version)
    reader.fail(
        fmt::format("a store of format version {}; this program reads version {}{}",
                    version ? fmt::format("{}", *version) : "unknown", format_version,
                    version && *version < format_version
                        ? " only: read it with the version of the program that made it, or compute it again"
                        : ""));

  StoreDescription d = read_runs(reader);
  d.kx = reader.column("/axes/kx");
  d.ky = reader.column("/axes/ky");
  if (reader.integer("description_checksum") != checksum(d))
    reader.fail("damaged: its attributes, axes or parameters do not match their checksum");
  try {
    check(d);
  } catch (const DataError& e) {
    reader.fail(std::string("damaged: ") + e.what());
  }
  return d;
}

RunDatasets open_run_datasets(hid_t file, const std::filesystem::path& name, std::uint64_t file_bytes,
                              const StoreDescription& d, PmdLayout pmd) {
  const hdf5::CheckedReader reader(file, name, file_bytes);
  RunDatasets sets;
  const Shape slabs{d.runs.size(), d.kx.size(), d.ky.size()};
  sets.pmd = pmd == PmdLayout::contiguous ? reader.open("/pmd", H5T_IEEE_F32LE, slabs)
                                          : reader.open_rows_in_chunks("/pmd", H5T_IEEE_F32LE, slabs);
  sets.commit = reader.open("/commit", record_type().get(), {d.runs.size()});
  sets.failure_reason = reader.open("/failure_reason", reason_type().get(), {d.runs.size()});
  sets.begun = reader.open("/begun", H5T_STD_U32LE, {d.runs.size()});
  sets.diagnostics = reader.open("/diagnostics", diagnostics_type().get(), {d.runs.size()});
  return sets;
}

void write_seal(hid_t file, std::uint64_t seal, const std::filesystem::path& name) {
  if (!hdf5::write_attribute(file, "sealed", std::uint64_t{1}) || !hdf5::write_attribute(file, "seal", seal))
    throw FileError(fmt::format("{}: cannot be sealed: {}", name.string(), hdf5::last_error()));
}

std::optional<std::uint64_t> read_seal(hid_t file, const std::filesystem::path& name) {
  if (H5Aexists(file, "sealed") <= 0) return {};
  const hdf5::CheckedReader reader(file, name, 0);
  if (reader.integer("sealed") != 1) reader.fail("damaged: the attribute sealed is not 1");
  return reader.integer("seal");
}

}  // namespace bondscope::layout
