// Stores: their user block, records and distributions, whatever stands in them, behind a skeleton that is
// sound. What HDF5 makes of a forged one is another target, forged.cpp.

#include <cstring>
#include <map>
#include <optional>

#include "libpmd/store/records.hpp"
#include "tests/formats/read_stores.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/fuzz/user_block.hpp"

using namespace bondscope;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file(fuzz::text(data, size));
  fuzz::try_to([&] {
    faults::Content content;
    faults::read_store(Store::open(file.path(), Store::Mode::read), content);
  });
  return 0;
}

namespace {

constexpr std::size_t page = 4096;

/// Where the records of a live store lie.
struct Records {
  std::size_t begin = 0, rows = 0;
  std::uint64_t description_checksum = 0;

  std::uint64_t checksum(layout::StoredRecord record, std::uint64_t row) const {
    record.record_checksum = 0;
    return Hash()
        .add(std::span<const layout::StoredRecord>(&record, 1))
        .add(row)
        .add(description_checksum)
        .value();
  }
  static layout::StoredRecord at(const std::uint8_t* place) {
    layout::StoredRecord record;
    std::memcpy(&record, place, sizeof record);
    return record;
  }
};

/// Found by the checksum of the first record.
std::optional<Records> find_records(std::span<const std::uint8_t> bytes) {
  std::optional<Records> found;
  const fuzz::MemoryFile file(fuzz::text(bytes.data(), bytes.size()));
  fuzz::try_to([&] {
    const auto store = Store::open(file.path(), Store::Mode::read);
    if (store.sealed() || store.format_version() != Store::current_format) return;
    Records records{.rows = store.size(), .description_checksum = store.description_checksum()};
    for (std::size_t at = page; at + records.rows * page <= bytes.size(); at += page)
      if (Records::at(&bytes[at]).record_checksum == records.checksum(Records::at(&bytes[at]), 0)) {
        records.begin = at;
        found = records;
      }
  });
  return found;
}

/// Of stores with the same skeleton.
std::optional<Records> records_of(std::span<const std::uint8_t> bytes) {
  static std::map<std::uint64_t, std::optional<Records>> known;
  constexpr std::size_t place_of_skeleton = 32;
  std::uint64_t skeleton = 0;
  if (bytes.size() < page) return {};
  std::memcpy(&skeleton, bytes.data() + place_of_skeleton, sizeof skeleton);
  const auto [entry, is_new] = known.try_emplace(skeleton);
  if (is_new) entry->second = find_records(bytes);
  return entry->second;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  const std::span<std::uint8_t> file(data, size);
  const auto ranges = fuzz::data_ranges(file);
  const auto records = records_of(file);
  const auto random = seed >> 3;
  if (seed % 8 == 0 || ranges.empty()) return LLVMFuzzerMutate(data, size, max_size);
  if (seed % 8 < 5 && records && records->begin + records->rows * page <= size) {
    const auto row = random % records->rows;
    const auto begin = records->begin + row * page;
    fuzz::change(file, {begin, sizeof(layout::StoredRecord)}, random / 7);
    auto record = Records::at(&file[begin]);
    record.record_checksum = records->checksum(record, row);
    std::memcpy(&file[begin], &record, sizeof record);
  } else {
    fuzz::change(file, ranges[random % ranges.size()], random / 7);
  }
  return size;
}
