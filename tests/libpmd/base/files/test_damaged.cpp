// Files that are not what was written: damaged by accident, or made up.

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "libpmd/base/files/array_file.hpp"
#include "libpmd/base/files/hash.hpp"
#include "tests/libpmd/base/files/allocations.hpp"
#include "tests/libpmd/base/files/file_bytes.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;

namespace {

template <class T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string seal_of(const std::string& bytes) {
  const auto value = Hash().add(bytes_of(bytes)).wide();
  return {reinterpret_cast<const char*>(value.data()), value.size()};
}

/// A file made by hand from what the format says, with a seal that fits; by default a good one.
struct Forged {
  std::string magic = "PMDSTATE";
  std::uint32_t byte_order_mark = 0x01020304, version = 1;
  std::uint32_t identity_size = 3, section_count = 1, name_size = 1, kind = 3, element_size = 8;
  std::uint64_t element_count = 2;
  std::string name = "a";
  std::string rest = {};
  std::int64_t size_error = 0;

  std::string bytes() const {
    std::string table;
    append(table, identity_size);
    append(table, section_count);
    table += "run";
    append(table, name_size);
    append(table, kind);
    append(table, element_size);
    append(table, element_count);
    table += name;
    append(table, 1.5);
    append(table, 2.5);
    table += rest;
    std::string all = magic;
    append(all, byte_order_mark);
    append(all, version);
    append(all, static_cast<std::int64_t>(24 + table.size() + 16) + size_error);
    all += table;
    return all + seal_of(all);
  }
};

void write_two_numbers(const std::filesystem::path& path) {
  const std::vector<double> numbers{1.5, 2.5};
  ArrayWriter writer;
  writer.array("a", numbers);
  writer.write(path, "run");
}

constexpr std::uint32_t huge = 0xffffffff;

std::string refusal(const std::filesystem::path& path) {
  try {
    ArrayReader::open(path, "run");
  } catch (const ForeignFile& error) {
    return std::string("foreign: ") + error.what();
  } catch (const DataError& error) {
    return std::string("data: ") + error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("the checksums are XXH3's, that of 128 bits in its canonical form") {
  constexpr std::array<unsigned char, 16> of_nothing{0x99, 0xaa, 0x06, 0xd3, 0x01, 0x47, 0x98, 0xd8,
                                                     0x60, 0x01, 0xc3, 0x24, 0x46, 0x8d, 0x49, 0x7f};
  CHECK(Hash().wide() == std::bit_cast<Hash::Wide>(of_nothing));
  CHECK(Hash().wide_text() == "99aa06d3014798d86001c324468d497f");
  CHECK(Hash().value() == 0x2d06800538d394c2);
}

TEST_CASE("every changed byte is found") {
  const TemporaryFolder folder;
  const auto path = folder / "run.state";
  write_two_numbers(path);
  const std::string good = read_bytes(path);
  REQUIRE(refusal(path) == "none");
  int unseen = 0;
  for (std::size_t i = 0; i < good.size(); ++i)
    for (const int flip : {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff}) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ flip);
      write_bytes(path, bad);
      unseen += refusal(path).rfind("data: " + path.string(), 0) != 0;
    }
  CHECK(unseen == 0);
}

TEST_CASE("every truncation and anything appended is found") {
  const TemporaryFolder folder;
  const auto path = folder / "run.state";
  write_two_numbers(path);
  const std::string good = read_bytes(path);
  int unseen = 0;
  for (std::size_t size = 0; size < good.size(); ++size) {
    write_bytes(path, good.substr(0, size));
    unseen += refusal(path).find("truncated") == std::string::npos;
  }
  CHECK(unseen == 0);
  write_bytes(path, good + "x");
  CHECK_THAT(refusal(path), Contains("data: ") && Contains("instead of"));
  write_bytes(path, good + good);
  CHECK_THAT(refusal(path), Contains("data: "));
}

TEST_CASE("a file made by hand from the format's description is read") {
  const TemporaryFolder folder;
  const auto path = folder / "run.state";
  write_bytes(path, Forged().bytes());
  const auto file = ArrayReader::open(path, "run");
  REQUIRE(file);
  std::array<double, 2> values{};
  file->array("a", values);
  CHECK(values == std::array{1.5, 2.5});
}

TEST_CASE("implausible files are refused without memory for them, though their seals fit") {
  const TemporaryFolder folder;
  const auto path = folder / "run.state";
  std::string second;
  for (const std::uint32_t value : {1u, 0u, 1u, 0u, 0u})
    append(second, value);
  second += "a";
  const std::vector<std::pair<Forged, std::string>> cases{
      {{.magic = "PMDSTORE"}, "not a saved state"},
      {{.byte_order_mark = 0x04030201}, "other byte order"},
      {{.byte_order_mark = 7}, "byte-order mark"},
      {{.version = 2}, "foreign: " + path.string() + ": a saved state of format version 2"},
      {{.identity_size = huge}, "implausible"},
      {{.identity_size = 0x7fffffff}, "implausible"},
      {{.identity_size = 4}, "foreign"},
      {{.identity_size = 40}, "foreign"},
      {{.identity_size = 41}, "implausible"},
      {{.section_count = huge}, "4294967295 sections"},
      {{.section_count = 100001}, "100001 sections"},
      {{.section_count = 2}, "beyond its end"},
      {{.section_count = 0}, "bytes too many"},
      {{.name_size = huge}, "implausible"},
      {{.name_size = 0}, "implausible"},
      {{.name_size = 18}, "implausible"},
      {{.kind = 5}, "implausible"},
      {{.kind = huge}, "implausible"},
      {{.element_size = 0}, "implausible"},
      {{.element_size = huge}, "implausible"},
      {{.element_size = 16}, "2 elements in section 'a'"},
      {{.element_size = 4}, "8 bytes too many"},
      {{.element_count = 3}, "3 elements in section 'a'"},
      {{.element_count = 1}, "8 bytes too many"},
      {{.element_count = ~std::uint64_t{0}}, "implausible"},
      {{.element_count = std::uint64_t{1} << 61}, "implausible"},
      {{.element_count = (std::uint64_t{1} << 61) + 2}, "implausible"},
      {{.size_error = 1}, "truncated"},
      {{.size_error = -1}, "instead of"},
      {{.section_count = 2, .element_count = 0, .name = "a" + second}, "without a name of its own"},
      {{.rest = "x"}, "1 bytes too many"},
  };
  for (const auto& [forged, message] : cases) {
    write_bytes(path, forged.bytes());
    largest_allocation();
    const std::string found = refusal(path);
    const std::size_t largest = largest_allocation();
    CHECK_THAT(found, Contains(message) && Contains(path.string()));
    CHECK(largest < 4096);
  }
}

TEST_CASE("what is no file is refused, and never waited for") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(ArrayReader::open(folder.path(), "run"), Contains("not a regular file"));
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK_THROWS_WITH(ArrayReader::open(folder / "pipe", "run"), Contains("not a regular file"));
  write_bytes(folder / "file", "x");
  CHECK_THROWS_AS(ArrayReader::open(folder / "file" / "run.state", "run"), FileError);
}
