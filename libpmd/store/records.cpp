#include "libpmd/store/records.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/hash.hpp"

namespace bondscope::layout {
namespace {

using hdf5::Handle;

/// With the first `diagnostics` of diagnostics_fields.
Handle record_type(std::size_t bytes, std::size_t diagnostics) {
  Handle type(H5Tcreate(H5T_COMPOUND, bytes), H5Tclose);
  const auto insert = [&](const char* name, std::size_t at, hid_t member) {
    H5Tinsert(type.get(), name, at, member);
  };
  insert("state", offsetof(StoredRecord, state), H5T_STD_U32LE);
  insert("attempt", offsetof(StoredRecord, attempt), H5T_STD_U32LE);
  insert("failure", offsetof(StoredRecord, failure), H5T_STD_U32LE);
  insert("begun", offsetof(StoredRecord, begun), H5T_STD_U32LE);
  insert("payload_checksum", offsetof(StoredRecord, payload_checksum), H5T_STD_U64LE);
  insert("record_checksum", offsetof(StoredRecord, record_checksum), H5T_STD_U64LE);
  for (std::size_t i = 0; i < diagnostics; ++i)
    insert(diagnostics_fields[i].name, offsetof(StoredRecord, diagnostics) + i * sizeof(double),
           H5T_IEEE_F64LE);
  insert("reason", offsetof(StoredRecord, reason), hdf5::text_type(reason_bytes).get());
  return type;
}
constexpr std::size_t members_beside_diagnostics = 7;

std::uint64_t checksum_of(StoredRecord record, std::uint64_t row, std::uint64_t description_checksum) {
  record.record_checksum = 0;
  return Hash().add(std::span<const StoredRecord>(&record, 1)).add(row).add(description_checksum).value();
}

class Records : public RunRecords {
 public:
  Records(Handle dataset, Handle type, std::filesystem::path name, std::size_t record_bytes,
          std::uint64_t description_checksum)
      : dataset_(std::move(dataset)),
        type_(std::move(type)),
        name_(std::move(name)),
        record_bytes_(record_bytes),
        description_checksum_(description_checksum) {}

  std::vector<RunRecord> read(std::size_t row, std::size_t rows) const override {
    constexpr std::size_t at_a_time = 256;
    std::vector<RunRecord> records;
    records.reserve(rows);
    std::vector<std::byte> bytes(std::min(rows, at_a_time) * record_bytes_);
    for (const std::size_t end = row + rows; row < end;) {
      const std::size_t part = std::min(end - row, at_a_time);
      if (!hdf5::read_rows(dataset_.get(), type_.get(), row, part, bytes.data()))
        throw DataError(fmt::format("{}: the record of run {} cannot be read: {}", name_.string(), row,
                                    hdf5::last_error()));
      for (std::size_t i = 0; i < part; ++i, ++row) {
        StoredRecord stored;
        std::memcpy(&stored, bytes.data() + i * record_bytes_, sizeof stored);
        records.push_back(interpret(stored, row));
      }
    }
    return records;
  }

  bool write(std::size_t row, const RunRecord& record) override {
    StoredRecord stored{.state = static_cast<std::uint32_t>(record.commit.state),
                        .attempt = record.commit.attempt,
                        .failure = static_cast<std::uint32_t>(record.commit.failure),
                        .begun = record.begun | (record.in_flight ? in_flight_bit : 0),
                        .payload_checksum = record.commit.payload_checksum};
    for (std::size_t i = 0; i < diagnostics_fields.size(); ++i)
      stored.diagnostics[i] = record.diagnostics.*diagnostics_fields[i].member;
    std::copy_n(record.reason.begin(), std::min(record.reason.size(), stored.reason.size()),
                stored.reason.begin());
    stored.record_checksum = checksum_of(stored, row, description_checksum_);
    std::vector<std::byte> bytes(record_bytes_);
    std::memcpy(bytes.data(), &stored, sizeof stored);
    return hdf5::write_rows(dataset_.get(), type_.get(), row, 1, bytes.data());
  }

 private:
  RunRecord interpret(const StoredRecord& stored, std::size_t row) const {
    const StoredRecord untouched;
    if (std::memcmp(&stored, &untouched, sizeof stored) == 0) return {};
    RunRecord record;
    record.commit = {static_cast<RunState>(stored.state), stored.attempt, stored.payload_checksum, true,
                     static_cast<FailureKind>(stored.failure)};
    if (!is_sensible(record.commit) ||
        stored.record_checksum != checksum_of(stored, row, description_checksum_)) {
      record.commit = {.intact = false};
      return record;
    }
    record.begun = believed_begun(stored.begun & ~in_flight_bit);
    record.in_flight = (stored.begun & in_flight_bit) != 0;
    for (std::size_t i = 0; i < diagnostics_fields.size(); ++i)
      record.diagnostics.*diagnostics_fields[i].member = stored.diagnostics[i];
    if (record.commit.state != RunState::failed) return record;
    record.reason =
        storable_reason({stored.reason.data(), strnlen(stored.reason.data(), stored.reason.size())});
    record.reason_intact = true;
    return record;
  }

  Handle dataset_, type_;
  std::filesystem::path name_;
  std::size_t record_bytes_;
  std::uint64_t description_checksum_;
};

}  // namespace

bool is_sensible(const CommitRecord& record) {
  return record.state <= RunState::failed && record.failure <= FailureKind::other &&
         (record.failure != FailureKind::none) == (record.state == RunState::failed);
}

std::uint32_t believed_begun(std::uint32_t count) {
  constexpr std::uint32_t most_believed = 1000;
  return count > most_believed ? 0 : count;
}

void write_records(hdf5::SkeletonWriter& writer, std::size_t rows, std::size_t record_bytes) {
  std::string units,
      meanings =
          "state: 0 pending, 1 done, 2 failed; attempt: attempts made so far; failure: its kind (0 "
          "none, 1 not_finite, 2 norm_grew, 3 start_state, 4 time_limit, 5 checksum, 6 killed, 7 "
          "other); begun: how often the run was begun without an end being known, with bit 31 while it is in "
          "flight; "
          "payload_checksum: XXH3-64 of the run, or of the reason; record_checksum: XXH3-64 of the "
          "record; reason: why a run failed";
  for (const auto& field : diagnostics_fields) {
    units += fmt::format("{}{}: {}", units.empty() ? "" : "; ", field.name, field.unit);
    meanings += fmt::format("; {}: {}", field.name, field.meaning);
  }
  writer.group("/runs", "what became of each run");
  writer.zeros(records_path, record_type(record_bytes, diagnostics_fields.size()).get(), {rows},
               units.c_str(), meanings.c_str());
}

std::unique_ptr<RunRecords> open_records(const hdf5::CheckedReader& reader, const std::filesystem::path& name,
                                         std::size_t rows, std::size_t record_bytes,
                                         std::uint64_t description_checksum) {
  const auto members = reader.members(records_path);
  if (members > members_beside_diagnostics + diagnostics_fields.size())
    reader.fail(fmt::format("{} has diagnostics that this program does not know; it was made by a later one",
                            records_path));
  Handle type = record_type(record_bytes, members - std::min(members, members_beside_diagnostics));
  Handle dataset = reader.open(records_path, type.get(), {rows});
  return std::make_unique<Records>(std::move(dataset), std::move(type), name, record_bytes,
                                   description_checksum);
}

}  // namespace bondscope::layout
