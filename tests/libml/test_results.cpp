#include <limits>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "libml/experiments/results.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;

using bondscope::ml::Result;
using Catch::Matchers::Contains;

namespace {

const std::vector<Result> measured{{"cnn_R", "R", 2, 0.0712345678901234, 2250, 750, 12.5},
                                   {"cnn_R", "R@heh", 2, 1.7, 2250, 1000, 0.25, {{7, 0.5}, {12, 2.9}}}};

/// Writes the measured results with one change, and reads them.
ml::ResultsFile read_changed(const std::string& pointer, const nlohmann::json& value) {
  const TemporaryFolder folder;
  ml::write_results(folder / "results.json", "identity", measured);
  auto json = nlohmann::json::parse(read_text_file(folder / "results.json"));
  json[nlohmann::json::json_pointer(pointer)] = value;
  bondscope::write_file(folder / "results.json", json.dump());
  return ml::read_results(folder / "results.json");
}

}  // namespace

TEST_CASE("results read back as they were written") {
  const TemporaryFolder folder;
  const auto file = folder / "results.json";
  ml::write_results(file, "of these settings and data", measured);
  const auto [identity, results] = ml::read_results(file);
  CHECK(identity == "of these settings and data");
  CHECK(results == measured);
}

TEST_CASE("results of other settings, data, experiments or seeds are stale") {
  const TemporaryFolder folder;
  const auto file = folder / "results.json";
  CHECK_FALSE(ml::current_results(file, "cnn_R", 2, "identity"));
  ml::write_results(file, "identity", measured);
  CHECK(ml::current_results(file, "cnn_R", 2, "identity") == measured);
  CHECK_FALSE(ml::current_results(file, "cnn_R", 2, "another"));
  CHECK_FALSE(ml::current_results(file, "cnn_R", 3, "identity"));
  CHECK_FALSE(ml::current_results(file, "cep", 2, "identity"));
}

TEST_CASE("what is no result is not written") {
  const TemporaryFolder folder;
  const auto file = folder / "results.json";
  auto results = measured;
  SECTION("none") {
    results.clear();
  }
  SECTION("two seeds") {
    results[1].seed = 3;
  }
  SECTION("two experiments") {
    results[1].experiment = "cep";
  }
  SECTION("a quantity twice") {
    results[1].quantity = "R";
  }
  SECTION("no number") {
    results[1].value = std::numeric_limits<double>::quiet_NaN();
  }
  SECTION("infinite") {
    results[1].value = std::numeric_limits<double>::infinity();
  }
  SECTION("no time") {
    results[1].seconds = -1;
  }
  CHECK_THROWS_AS(ml::write_results(file, "identity", results), Error);
  CHECK_THROWS_WITH(ml::write_results(file, "identity", results), Contains("results.json: not written"));
  CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("damaged results are refused with the reason") {
  struct Bad {
    std::string pointer;
    nlohmann::json value;
    std::string message;
  };
  const auto bad = GENERATE(values<Bad>({
      {"/format", "something else", "'format' is not"},
      {"/version", 2, "version 2, this program reads version 1"},
      {"/version", "1", "'version': \"1\"; expected a whole number"},
      {"/experiment", 5, "'experiment': 5; expected a text"},
      {"/experiment", "", "a name has 0 bytes"},
      {"/experiment", std::string(300, 'x'), "a name has 300 bytes"},
      {"/seed", -1, "'seed': -1; expected a whole number"},
      {"/seed", 1.5, "'seed': 1.5; expected a whole number"},
      {"/identity", nullptr, "'identity': null; expected a text"},
      {"/results", 1, "'results': 1; expected a list"},
      {"/results", nlohmann::json::array(), "0 results"},
      {"/results/0", 1, "'quantity' is missing"},
      {"/results/0/quantity", "R@heh", "is there twice"},
      {"/results/0/value", "0.07", "'value': \"0.07\"; expected a number"},
      {"/results/0/value", nullptr, "'value': null; expected a number"},
      {"/results/0/test_runs", 1e30, "'test_runs': 1e+30; expected a whole number"},
      {"/results/0/test_runs", 18446744073709551615u, "expected a whole number from 0 to"},
      {"/results/0/seconds", -1, "are not a time"},
  }));
  INFO(bad.pointer << " " << bad.value);
  CHECK_THROWS_AS(read_changed(bad.pointer, bad.value), DataError);
  CHECK_THROWS_WITH(read_changed(bad.pointer, bad.value),
                    Contains("results.json: not a file of results") && Contains(bad.message));
}

TEST_CASE("what is not even JSON is refused") {
  const TemporaryFolder folder;
  const auto text =
      GENERATE(as<std::string>(), "", "{", "[]", "{\"value\": 1e999}", std::string(100000, '['));
  bondscope::write_file(folder / "results.json", text);
  CHECK_THROWS_AS(ml::read_results(folder / "results.json"), DataError);
  CHECK_THROWS_AS(ml::current_results(folder / "results.json", "cnn_R", 2, "identity"), DataError);
}

TEST_CASE("results that are not there are a file error") {
  const TemporaryFolder folder;
  CHECK_THROWS_AS(ml::read_results(folder / "none.json"), FileError);
}
