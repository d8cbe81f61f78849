#include <cstdint>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/base64.hpp"
#include "libpmd/base/text/json.hpp"
#include "libpmd/base/text/nearest.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/base/text/utf8.hpp"

using namespace bondscope;

TEST_CASE("characters of UTF-8 are told from what is none") {
  CHECK(character_bytes("a", 0) == 1);
  CHECK(character_bytes("ψ", 0) == 2);
  CHECK(character_bytes("x≥", 1) == 3);
  CHECK(character_bytes("\xf0\x9f\x98\x80", 0) == 4);
  CHECK(character_bytes("\xf4\x8f\xbf\xbf", 0) == 4);  // U+10FFFF
  for (const char* none : {"\x80", "\xc3", "\xe2\x89", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",
                           "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
    INFO(none);
    CHECK(character_bytes(none, 0) == 0);
  }
}

TEST_CASE("texts are counted and cut by characters") {
  CHECK(character_count("") == 0);
  CHECK(character_count("‖ψ‖²") == 4);
  CHECK(first_characters("ψψ", 4) == "ψψ");
  CHECK(first_characters("ψψ", 3) == "ψ");
  CHECK(first_characters("ψψ", 1).empty());
}

TEST_CASE("counted things have a plural") {
  CHECK(counted(0, "run") == "0 runs");
  CHECK(counted(1, "run") == "1 run");
  CHECK(counted(2U, "run") == "2 runs");
}

TEST_CASE("checksums as text are 16 digits") {
  CHECK(hexadecimal(0) == "0000000000000000");
  CHECK(hexadecimal(0xfedcba9876543210) == "fedcba9876543210");
  CHECK(from_hexadecimal("fedcba9876543210") == 0xfedcba9876543210);
  for (const char* text : {"", "1", "fedcba987654321g", "fedcba98765432100", "-edcba9876543210"}) {
    INFO(text);
    CHECK_THROWS_AS(from_hexadecimal(text), DataError);
  }
}

TEST_CASE("JSON from outside is read up to a depth") {
  CHECK(parse_json("{\"a\": [1, 2]}").at("a").size() == 2);
  CHECK_NOTHROW(parse_json(std::string(64, '[') + std::string(64, ']')));
  CHECK_THROWS_WITH(parse_json(std::string(65, '[') + std::string(65, ']')),
                    Catch::Contains("more than 64 deep"));
  CHECK_THROWS_WITH(parse_json(std::string(2000000, '[')), Catch::Contains("more than 64 deep"));
  CHECK_THROWS_AS(parse_json("{\"a\": }"), DataError);
  CHECK_THROWS_AS(parse_json(""), DataError);
}

TEST_CASE("an unknown name is answered with the known ones and the nearest") {
  CHECK(expected_one_of({"H2+", "HeH+"}, "HeH") == "expected one of H2+, HeH+ (did you mean 'HeH+'?)");
  CHECK(expected_one_of({"H2+", "HeH+"}, "water") == "expected one of H2+, HeH+");
}

TEST_CASE("members of JSON from outside are what is asked for, or refused by name") {
  const auto json =
      parse_json(R"({"text": "a", "number": 0.5, "whole": 7, "list": [1], "large": 18446744073709551615})");
  CHECK(text_member(json, "text") == "a");
  CHECK(number_member(json, "number") == 0.5);
  CHECK(number_member(json, "whole") == 7);
  CHECK(whole_member(json, "whole", 0, 7) == 7);
  CHECK(list_member(json, "list").size() == 1);
  CHECK_THROWS_WITH(member(json, "none"), "'none' is missing");
  CHECK_THROWS_WITH(member(json.at("list"), "none"), "'none' is missing");
  CHECK_THROWS_WITH(text_member(json, "whole"), "'whole': 7; expected a text");
  CHECK_THROWS_WITH(number_member(json, "text"), "'text': \"a\"; expected a number");
  CHECK_THROWS_WITH(whole_member(json, "number", 0, 1), "'number': 0.5; expected a whole number from 0 to 1");
  CHECK_THROWS_WITH(whole_member(json, "whole", 0, 6), "'whole': 7; expected a whole number from 0 to 6");
  CHECK_THROWS_AS(whole_member(json, "large", 0, 9), DataError);
  CHECK_THROWS_WITH(list_member(json, "number"), "'number': 0.5; expected a list");
  CHECK_THROWS_WITH(parse_json("[\"\xb6\"]"), Catch::Contains("?") && !Catch::Contains("\xb6"));
}

TEST_CASE("base64 as in RFC 4648") {
  const auto encoded = [](const std::string& text) {
    return base64(std::vector<std::uint8_t>(text.begin(), text.end()));
  };
  CHECK(encoded("").empty());
  CHECK(encoded("f") == "Zg==");
  CHECK(encoded("fo") == "Zm8=");
  CHECK(encoded("foo") == "Zm9v");
  CHECK(encoded("foob") == "Zm9vYg==");
  CHECK(encoded("fooba") == "Zm9vYmE=");
  CHECK(encoded("foobar") == "Zm9vYmFy");
  CHECK(encoded(std::string("\xfb\xff\xfe\x00", 4)) == "+//+AA==");
}
