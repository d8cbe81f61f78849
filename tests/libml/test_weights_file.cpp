#include <cstring>
#include <fstream>
#include <limits>

#include <catch2/catch.hpp>
#include <xxhash.h>

#include "libml/nets/weights_file.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;

using bondscope::ml::NamedArray;
using bondscope::ml::read_weights;
using Catch::Matchers::Contains;

namespace {

const std::vector<NamedArray> arrays{{"block1.weight", {2, 3}, {1, 2, 3, 4, 5, 6.5f}},
                                     {"bias", {1}, {-0.25f}}};

void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

/// A file with this header and this many data bytes, consistent in itself.
std::string forge(const std::string& header, const std::string& data, std::uint32_t version = 1) {
  std::string bytes = "PMDARRAY";
  const auto append = [&](auto value) { bytes.append(reinterpret_cast<const char*>(&value), sizeof value); };
  const std::string content = header + data;
  append(version);
  append(static_cast<std::uint32_t>(header.size()));
  append(static_cast<std::uint64_t>(data.size()));
  append(static_cast<std::uint64_t>(XXH3_64bits(content.data(), content.size())));
  return bytes + content;
}

std::string one_array(const std::string& shape, const std::string& dtype = "float32") {
  return R"({"arrays": [{"name": "a", "shape": )" + shape + R"(, "dtype": ")" + dtype + R"("}]})";
}

}  // namespace

TEST_CASE("weights come back as they were") {
  const TemporaryFolder folder;
  ml::write_weights(folder / "w", arrays);
  CHECK(read_weights(folder / "w") == arrays);
  ml::write_weights(folder / "w", {arrays[1]});  // replaces
  CHECK(read_weights(folder / "w") == std::vector<NamedArray>{arrays[1]});
  CHECK(folder.names() == std::vector<std::string>{"w"});
}

TEST_CASE("every truncation and every changed byte is noticed") {
  const TemporaryFolder folder;
  ml::write_weights(folder / "w", arrays);
  const auto bytes = read_text_file(folder / "w");
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    write_bytes(folder / "cut", bytes.substr(0, n));
    CHECK_THROWS_AS(read_weights(folder / "cut"), DataError);
    auto changed = bytes;
    changed[n] = static_cast<char>(changed[n] ^ 0x10);
    write_bytes(folder / "changed", changed);
    CHECK_THROWS_AS(read_weights(folder / "changed"), DataError);
  }
  write_bytes(folder / "longer", bytes + "x");
  CHECK_THROWS_WITH(read_weights(folder / "longer"), Contains("truncated or altered"));
}

TEST_CASE("files that are consistent but wrong are refused before memory is asked for") {
  struct Bad {
    std::string bytes, message;
  };
  const std::string four(4, '\0');
  const float infinity = std::numeric_limits<float>::infinity();
  std::string not_finite(4, '\0');
  std::memcpy(not_finite.data(), &infinity, 4);
  const std::string twice = R"({"arrays": [{"name": "a", "shape": [1], "dtype": "float32"},
                                            {"name": "a", "shape": [1], "dtype": "float32"}]})";
  const auto bad = GENERATE_COPY(values<Bad>({
      {"", "not a weights file"},
      {"PK\x03\x04 a pickle in a zip, longer than the preamble", "not a weights file"},
      {forge(one_array("[1]"), four, 2), "format version 2"},
      {forge(one_array("[2]"), four), "larger than its data"},
      {forge(one_array("[1000000000000, 1000000000000]"), four), "larger than its data"},
      {forge(one_array("[4611686018427387904, 4]"), four), "larger than its data"},
      {forge(one_array("[0]"), four), "larger than its data, or empty"},
      {forge(one_array("[-1]"), four), "larger than its data, or empty"},
      {forge(one_array("[1, 1, 1, 1, 1, 1, 1, 1, 1]"), four), "too many dimensions"},
      {forge(one_array("[1.5]"), four), "something else than integers"},
      {forge(one_array("[1]"), four + four), "smaller than its data"},
      {forge(one_array("[1]", "object"), four), "not of float32"},
      {forge(twice, four + four), "twice"},
      {forge("{}", four), "header"},
      {forge("[[[", four), "header"},
      {forge(R"({"arrays": [7]})", four), "header"},
      {forge(one_array("[1]"), not_finite), "not finite"},
  }));
  const TemporaryFolder folder;
  write_bytes(folder / "w", bad.bytes);
  INFO(bad.message);
  CHECK_THROWS_AS(read_weights(folder / "w"), DataError);
  CHECK_THROWS_WITH(read_weights(folder / "w"), Contains(bad.message));
}

TEST_CASE("a missing or unwritable file is a file error") {
  CHECK_THROWS_AS(read_weights("/nowhere/w"), FileError);
  CHECK_THROWS_AS(ml::write_weights("/nowhere/w", arrays), FileError);
}
