#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/model/linear_form.hpp"
#include "libpmd/model/units.hpp"

using namespace bondscope;
using Catch::Contains;

namespace {

double of(const std::string& name) {
  return name == "R" ? 3 : name == "d_2" ? 0.7 : throw Error("asked for " + name);
}

}  // namespace

TEST_CASE("a form is a sum of multiples of parameters") {
  const auto value = [](const std::string& text) { return LinearForm::parse(text).value(of); };
  CHECK(value("0.5") == 0.5);
  CHECK(value("R") == 3);
  CHECK(value("R/2") == 1.5);
  CHECK(value("-R/2") == -1.5);
  CHECK(value(" 2 * R - 0.5*d_2 + 1e-1 ") == Approx(6 - 0.35 + 0.1));
  CHECK(value("pi - R/2") == Approx(units::pi - 1.5));
  CHECK(value("3*pi/4") == Approx(0.75 * units::pi));
  CHECK(value("2*R/4*3") == Approx(4.5));
  CHECK(value("+R + R") == 6);
  CHECK(value("R - R") == 0);
}

TEST_CASE("a form reads back from its text, and forms that say the same are equal") {
  for (const char* text : {"0", "-1.5", "R", "-R", "R/3", "2*d_2 - R/7 + 0.1", "R - pi"}) {
    const auto form = LinearForm::parse(text);
    CHECK(LinearForm::parse(form.text()) == form);
    CHECK(LinearForm::parse(form.text()).text() == form.text());
  }
  CHECK(LinearForm::parse("R/2").text() == "0.5*R");
  CHECK(LinearForm::parse("1 - R + d_2").text() == "-R + d_2 + 1");
  CHECK(LinearForm::parse("R/2") == LinearForm::parse("0.5 * R"));
  CHECK(LinearForm::parse("R - R").is_number());
  CHECK(LinearForm::parse("2*R + d_2").names() == std::vector<std::string>{"R", "d_2"});
}

TEST_CASE("whatever else is refused, and the text is quoted") {
  const auto refused = [](const std::string& text, const char* message) {
    INFO(text);
    CHECK_THROWS_WITH(LinearForm::parse(text), Contains("'" + text + "'") && Contains(message));
    CHECK_THROWS_AS(LinearForm::parse(text), ConfigError);
  };
  refused("", "ends where");
  refused("R +", "ends where");
  refused("R d_2", "expected + or -");
  refused("2R", "expected + or -");
  refused("R*d_2", "multiplies R by d_2");
  refused("R*R", "multiplies R by R");
  refused("1/R", "divides by R");
  refused("R/0", "divides by 0");
  refused("(R)/2", "'(' is no number");
  refused("cos(R)", "expected + or -");
  refused("R--1", "'-' is no number");
  refused("1e300*1e300", "too large");
  CHECK_THROWS_WITH(LinearForm::parse(std::string(3000, 'R')), Contains("3000 bytes"));
  // As text a form may be longer than it was given.
  std::string thirds = "R/3";
  for (int i = 0; i < 150; ++i)
    thirds += fmt::format(" + p{}/3", i);
  CHECK(thirds.size() < 2000);
  CHECK_THROWS_WITH(LinearForm::parse(thirds), Contains("expected at most 2000"));
  const std::string some = thirds.substr(0, 400);
  const auto form = LinearForm::parse(some.substr(0, some.rfind(" +")));
  CHECK(form.text().size() > 400);
  CHECK(LinearForm::parse(form.text()) == form);
}
