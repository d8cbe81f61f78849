#include <cstring>
#include <limits>

#include <catch2/catch.hpp>
#include <xxhash.h>

#include "libml/arrays/old_weights.hpp"
#include "libpmd/base/error.hpp"

using namespace bondscope;

using bondscope::ml::from_old_weights;
using bondscope::ml::NamedArray;
using Catch::Matchers::Contains;

namespace {

/// Bytes with this header and this many data bytes, consistent in itself.
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

TEST_CASE("every truncation and every changed byte is noticed") {
  const std::vector<float> numbers{1, 2, 3, 4, 5, 6.5f};
  const auto bytes =
      forge(one_array("[2, 3]"), std::string(reinterpret_cast<const char*>(numbers.data()), 24));
  CHECK(from_old_weights(bytes) == std::vector<NamedArray>{{"a", {2, 3}, numbers}});
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    CHECK_THROWS_AS(from_old_weights(bytes.substr(0, n)), DataError);
    auto changed = bytes;
    changed[n] = static_cast<char>(changed[n] ^ 0x10);
    CHECK_THROWS_AS(from_old_weights(changed), DataError);
  }
  CHECK_THROWS_WITH(from_old_weights(bytes + "x"), Contains("truncated or altered"));
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
      {forge(one_array("[4611686018427387903, 4]"), four), "larger than its data"},
      {forge(one_array("[0]"), four), "expected a whole number from 1"},
      {forge(one_array("[-1]"), four), "expected a whole number from 1"},
      {forge(one_array("[1, 1, 1, 1, 1, 1, 1, 1, 1]"), four), "too many dimensions"},
      {forge(one_array("[1.5]"), four), "expected a whole number"},
      {forge(one_array("[1]"), four + four), "smaller than its data"},
      {forge(one_array("[1]", "object"), four), "not of float32"},
      {forge(twice, four + four), "twice"},
      {forge("{}", four), "header"},
      {forge("[[[", four), "header"},
      {forge(R"({"arrays": [7]})", four), "header"},
      {forge(one_array("[1]"), not_finite), "not finite"},
  }));
  INFO(bad.message);
  CHECK_THROWS_AS(from_old_weights(bad.bytes), DataError);
  CHECK_THROWS_WITH(from_old_weights(bad.bytes), Contains(bad.message));
}
