#include "libpmd/store/layout_2.hpp"

#include <cstring>
#include <span>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/hash.hpp"
#include "libpmd/store/checksum.hpp"
#include "libpmd/store/run_columns_2.hpp"

namespace bondscope::layout_2 {
namespace {

namespace fs = std::filesystem;
using hdf5::Handle;

struct StoredCommit {
  std::uint32_t state = 0;
  std::uint32_t attempt = 0;
  std::uint32_t failure = 0;
  std::uint32_t reserved = 0;  ///< always 0
  std::uint64_t payload_checksum = 0;
  std::uint64_t record_checksum = 0;
};

Handle commit_type() {
  Handle type(H5Tcreate(H5T_COMPOUND, sizeof(StoredCommit)), H5Tclose);
  H5Tinsert(type.get(), "state", HOFFSET(StoredCommit, state), H5T_STD_U32LE);
  H5Tinsert(type.get(), "attempt", HOFFSET(StoredCommit, attempt), H5T_STD_U32LE);
  H5Tinsert(type.get(), "failure", HOFFSET(StoredCommit, failure), H5T_STD_U32LE);
  H5Tinsert(type.get(), "reserved", HOFFSET(StoredCommit, reserved), H5T_STD_U32LE);
  H5Tinsert(type.get(), "payload_checksum", HOFFSET(StoredCommit, payload_checksum), H5T_STD_U64LE);
  H5Tinsert(type.get(), "record_checksum", HOFFSET(StoredCommit, record_checksum), H5T_STD_U64LE);
  return type;
}

Handle reason_type() {
  return hdf5::text_type(reason_bytes, H5T_CSET_ASCII);
}

CommitRecord interpret(const StoredCommit& stored, std::uint64_t row, std::uint64_t description_checksum) {
  const StoredCommit untouched;
  if (std::memcmp(&stored, &untouched, sizeof stored) == 0) return {};
  const CommitRecord record{static_cast<RunState>(stored.state), stored.attempt, stored.payload_checksum,
                            true, static_cast<FailureKind>(stored.failure)};
  const auto checksum = Hash()
                            .add(stored.state)
                            .add(stored.attempt)
                            .add(stored.failure)
                            .add(stored.payload_checksum)
                            .add(row)
                            .add(description_checksum)
                            .value();
  if (!layout::is_sensible(record) || stored.reserved != 0 || stored.record_checksum != checksum)
    return {.intact = false};
  return record;
}

class Records : public layout::RunRecords {
 public:
  Records(const hdf5::CheckedReader& reader, fs::path name, std::size_t rows,
          std::uint64_t description_checksum)
      : name_(std::move(name)),
        description_checksum_(description_checksum),
        commit_(reader.open("/commit", commit_type().get(), {rows})),
        reason_(reader.open("/failure_reason", reason_type().get(), {rows})),
        begun_(reader.open("/begun", H5T_STD_U32LE, {rows})),
        diagnostics_(reader.open("/diagnostics", diagnostics_type().get(), {rows})) {}

  std::vector<StoredCommit> commits(std::size_t row, std::size_t rows) const {
    return column<StoredCommit>(commit_, commit_type().get(), row, rows);
  }

  std::vector<RunRecord> read(std::size_t row, std::size_t rows) const override {
    using Reason = std::array<char, reason_bytes>;
    const auto stored = commits(row, rows);
    const auto diagnostics = column<StoredDiagnostics>(diagnostics_, diagnostics_type().get(), row, rows);
    const auto reasons = column<Reason>(reason_, reason_type().get(), row, rows);
    const auto begun = column<std::uint32_t>(begun_, H5T_NATIVE_UINT32, row, rows);
    std::vector<RunRecord> records(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      auto& record = records[i];
      record.commit = interpret(stored[i], row + i, description_checksum_);
      record.diagnostics = from_stored(diagnostics[i]);
      record.begun = layout::believed_begun(begun[i]);
      if (record.commit.state != RunState::failed) continue;
      record.reason_intact = record.commit.payload_checksum == reason_checksum(reasons[i]);
      if (record.reason_intact)
        record.reason = storable_reason({reasons[i].data(), strnlen(reasons[i].data(), reason_bytes)});
    }
    return records;
  }

 private:
  template <class Value>
  std::vector<Value> column(const Handle& dataset, hid_t type, std::size_t row, std::size_t rows) const {
    std::vector<Value> values(rows);
    if (!hdf5::read_rows(dataset.get(), type, row, rows, values.data()))
      throw DataError(fmt::format("{}: the record of run {} cannot be read: {}", name_.string(), row,
                                  hdf5::last_error()));
    return values;
  }

  fs::path name_;
  std::uint64_t description_checksum_;
  Handle commit_, reason_, begun_, diagnostics_;
};

/// The seal covers the description and all commit records.
void check_seal(const hdf5::CheckedReader& reader, const Records& records, const layout::Content& content) {
  if (reader.integer("sealed") != 1) reader.fail("damaged: the attribute sealed is not 1");
  const auto& numbers = content.description.numbers;
  const auto stored = records.commits(0, numbers.size());
  if (reader.integer("seal") ==
      Hash().add(content.description_checksum).add(std::span<const StoredCommit>(stored)).value())
    return;
  std::string damaged;
  for (std::size_t row = 0; row < stored.size(); ++row)
    if (!interpret(stored[row], row, content.description_checksum).intact)
      damaged += fmt::format(
          "{}{}", damaged.empty() ? "; the commit records of these runs do not hold: " : ", ", numbers[row]);
  reader.fail("damaged: its seal is broken" + damaged);
}

}  // namespace

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

layout::Content read(const fs::path& name, const hdf5::CheckedReader& reader) {
  layout::Content content;
  content.format_version = format_version;
  content.kind = reader.has_attribute("sealed") ? StoreKind::sealed : StoreKind::live;
  auto& d = content.description = read_runs(reader);
  d.kx = reader.column("/axes/kx");
  d.ky = reader.column("/axes/ky");
  content.description_checksum = checksum(d);
  if (reader.integer("description_checksum") != content.description_checksum)
    reader.fail("damaged: its attributes, axes or parameters do not match their checksum");
  try {
    layout::check(d);
  } catch (const DataError& e) {
    reader.fail(fmt::format("damaged: {}", e.what()));
  }
  const hdf5::Shape slabs{d.runs.size(), d.kx.size(), d.ky.size()};
  content.pmd = content.kind == StoreKind::live ? reader.open("/pmd", H5T_IEEE_F32LE, slabs)
                                                : reader.open_rows_in_chunks("/pmd", H5T_IEEE_F32LE, slabs);
  auto records = std::make_unique<Records>(reader, name, d.runs.size(), content.description_checksum);
  if (content.kind == StoreKind::sealed) check_seal(reader, *records, content);
  content.records = std::move(records);
  return content;
}

}  // namespace bondscope::layout_2
