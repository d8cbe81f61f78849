#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libtdse/farm/protocol.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

using bondscope::tdse::Message;
using bondscope::tdse::MessageType;

TEST_CASE("messages arrive as they were sent") {
  for (const Message& sent : {Message{MessageType::assign, 1234567890123u, 7, 3, 0, ""},
                              Message{MessageType::failed, 3, 1, 2, 0.25, "norm grows"}, Message{}}) {
    const Message got = tdse::decode(tdse::encode(sent));
    CHECK(got.type == sent.type);
    CHECK(got.run == sent.run);
    CHECK(got.attempt == sent.attempt);
    CHECK(got.code == sent.code);
    CHECK(got.value == sent.value);
    CHECK(got.text == sent.text);
  }
}

TEST_CASE("what is no message of this version is refused") {
  const auto good = tdse::encode({MessageType::broken, 0, 0, 0, 0, "text"});
  auto bad = good;
  SECTION("too short") {
    bad.resize(5);
  }
  SECTION("cut off") {
    bad.pop_back();
  }
  SECTION("too long") {
    bad.push_back('x');
  }
  SECTION("another version") {
    bad[0] = 99;
  }
  SECTION("unknown type") {
    bad[4] = 99;
  }
  SECTION("empty") {
    bad.clear();
  }
  CHECK_THROWS_AS(tdse::decode(bad), DataError);
}
