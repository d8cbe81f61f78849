#include <cstring>
#include <limits>

#include <catch2/catch.hpp>

#include "libml/arrays/safetensors.hpp"
#include "libpmd/base/error.hpp"

using namespace bondscope;

using bondscope::ml::from_safetensors;
using bondscope::ml::NamedArray;
using bondscope::ml::to_safetensors;
using Catch::Matchers::Contains;

namespace {

const std::vector<NamedArray> arrays{{"block1.weight", {2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6.5f}},
                                     {"pixels", {3}, std::vector<std::uint8_t>{0, 7, 255}},
                                     {"small", {2}, std::vector<std::int16_t>{-32768, 5}},
                                     {"bias", {1}, std::vector<float>{-0.25f}},
                                     {"left", {2, 1}, std::vector<std::int64_t>{-5, std::int64_t{1} << 60}},
                                     {"none", {0, 4}, std::vector<double>{}},
                                     {"offset", {}, std::vector<double>{0.1}}};

std::string forge(const std::string& header, const std::string& data) {
  const std::uint64_t size = header.size();
  return std::string(reinterpret_cast<const char*>(&size), sizeof size) + header + data;
}

std::string one(const std::string& shape, const std::string& offsets, const std::string& dtype = "F32") {
  return R"({"a":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

}  // namespace

TEST_CASE("arrays come back as they were, whatever their type") {
  auto back = from_safetensors(to_safetensors(arrays));
  REQUIRE(back.size() == arrays.size());
  for (const auto& array : arrays)
    CHECK(std::find(back.begin(), back.end(), array) != back.end());
  CHECK(from_safetensors(to_safetensors({})).empty());
  CHECK(to_safetensors(back) == to_safetensors(arrays));
  // The layout, byte by byte.
  const float half = 0.5f;
  const std::string data(reinterpret_cast<const char*>(&half), 4);
  CHECK(to_safetensors({{"a", {1}, std::vector<float>{half}}}) ==
        forge(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  )", data));
  CHECK(from_safetensors(forge(R"({"__metadata__":{"by":"another"}})", "")).empty());
}

TEST_CASE("what is no array is not written") {
  CHECK_THROWS_WITH(to_safetensors({{"a", {2}, std::vector<float>{1}}}), Contains("'a'"));
  CHECK_THROWS_WITH(
      to_safetensors({{"a", {1}, std::vector<double>{std::numeric_limits<double>::infinity()}}}),
      Contains("not finite"));
  CHECK_THROWS_WITH(to_safetensors({arrays[0], arrays[0]}), Contains("one name"));
}

TEST_CASE("every truncation is noticed") {
  const auto bytes = to_safetensors(arrays);
  for (std::size_t n = 0; n < bytes.size(); ++n)
    CHECK_THROWS_AS(from_safetensors(std::string_view(bytes).substr(0, n)), DataError);
  CHECK_THROWS_WITH(from_safetensors(bytes + "x"), Contains("truncated or altered"));
}

TEST_CASE("bytes that cannot be are refused before memory is asked for") {
  struct Bad {
    std::string bytes, message;
  };
  const std::string four(4, '\0');
  const float infinity = std::numeric_limits<float>::infinity();
  std::string not_finite(4, '\0');
  std::memcpy(not_finite.data(), &infinity, 4);
  const auto bad = GENERATE_COPY(values<Bad>({
      {"", "no safetensors file"},
      {"PK\x03\x04 a pickle in a zip", "no safetensors file"},
      {std::string(8, '\xff') + "{}", "no safetensors file"},
      {forge("[]", ""), "no safetensors file"},
      {forge("{", ""), "its header: not valid JSON"},
      {forge(one("[2]", "[0,4]"), four), "larger than its data"},
      {forge(one("[1000000000000, 1000000000000]", "[0,4]"), four), "larger than its data"},
      {forge(one("[4611686018427387904]", "[0,4]"), four), "expected a whole number"},
      {forge(one("[-1]", "[0,4]"), four), "expected a whole number"},
      {forge(one("[1.5]", "[0,4]"), four), "expected a whole number"},
      {forge(one("[1,1,1,1,1,1,1,1,1]", "[0,4]"), four), "array 'a': too many dimensions"},
      {forge(one("[1]", "[0,4,8]"), four), "two ascending numbers"},
      {forge(one("[1]", "[4,0]"), four), "two ascending numbers"},
      {forge(one("[1]", "[4,8]"), four + four), "a gap before it"},
      {forge(one("[1]", "[0,8]"), four), "truncated or altered"},
      {forge(one("[1]", "[0,8]"), four + four), "does not match its shape"},
      {forge(one("[1]", "[0,4]"), four + four), "truncated or altered"},
      {forge(one("[1]", "[0,4]", "F16"), four), "of F16; expected F64"},
      {forge(one("[1]", "[0,4]", "object"), four), "of object"},
      {forge(R"({"a":{"dtype":"F32","shape":[1]}})", four), "'data_offsets' is missing"},
      {forge(R"({"a":7})", four), "array 'a': 'dtype' is missing"},
      {forge(one("[1]", "[0,4]"), not_finite), "not finite"},
  }));
  INFO(bad.message);
  CHECK_THROWS_AS(from_safetensors(bad.bytes), DataError);
  CHECK_THROWS_WITH(from_safetensors(bad.bytes), Contains(bad.message));
}

TEST_CASE("what a method needs is found with its type and shape, or refused by name") {
  ml::Learned learned;
  learned.add("vectors", {2, 3}, std::vector<float>(6));
  learned.settings["gamma"] = 0.5;
  constexpr auto any = ml::Learned::any;
  CHECK(learned.values<float>("vectors", {any, 3}).size() == 6);
  CHECK(learned.rows("vectors", {any, 3}) == 2);
  CHECK(learned.setting("gamma") == 0.5);
  CHECK_THROWS_WITH(learned.setting("c"), Contains("'c' is missing"));
  CHECK_THROWS_WITH(learned.values<float>("vector", {any}), Contains("'vector' is missing"));
  CHECK_THROWS_WITH(learned.values<float>("vectors", {any, 4}),
                    Contains("'vectors' is 2 x 3, expected -1 x 4"));
  CHECK_THROWS_WITH(learned.values<float>("vectors", {6}), Contains("'vectors' is 2 x 3"));
  CHECK_THROWS_WITH(learned.values<double>("vectors", {any, 3}), Contains("another type"));
}
