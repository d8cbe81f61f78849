#include <set>

#include <catch2/catch.hpp>

#include "libpmd/store/failure.hpp"

using namespace bondscope;

using bondscope::storable_reason;

TEST_CASE("reasons are kept as they are if they can be") {
  CHECK(storable_reason("").empty());
  CHECK(storable_reason("‖ψ‖² grew to 1.2 at t = 3.5 a.u.") == "‖ψ‖² grew to 1.2 at t = 3.5 a.u.");
  CHECK(storable_reason(std::string(240, 'x')) == std::string(240, 'x'));
}

TEST_CASE("long reasons are cut between characters") {
  CHECK(storable_reason(std::string(1000, 'x')) == std::string(240, 'x'));
  CHECK(storable_reason(std::string(239, 'x') + "ψ") == std::string(239, 'x'));
  CHECK(storable_reason(std::string(238, 'x') + "ψψ") == std::string(238, 'x') + "ψ");
  CHECK(storable_reason(std::string(237, 'x') + "\U0001F4A5") == std::string(237, 'x'));
}

TEST_CASE("control characters and what is not UTF-8 are replaced") {
  CHECK(storable_reason("a\nb\tc\x1b[31m\x7f") == "a b c [31m ");
  CHECK(storable_reason(std::string("a\0b", 3)) == "a b");
  CHECK(storable_reason("a\xc2\x9b"
                        "b") == "a b");
  CHECK(storable_reason("\xff\xc2") == "??");
  CHECK(storable_reason("\xe2\x82x") == "??x");
  CHECK(storable_reason("\xc0\xaf") == "??");
}

TEST_CASE("every kind of failure has its own name") {
  std::set<std::string> names;
  for (std::uint32_t kind = 0; kind <= static_cast<std::uint32_t>(FailureKind::other); ++kind)
    names.insert(to_string(static_cast<FailureKind>(kind)));
  CHECK(names.size() == 8);
}
