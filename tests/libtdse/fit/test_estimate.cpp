#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libtdse/fit/estimate.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

TEST_CASE("an estimate is read as it was written, and parts of it are taken by name") {
  const TemporaryFolder folder;
  Estimate estimate{{"R", "cep"}, {2.1, 0.3}, Eigen::MatrixXd(2, 2)};
  estimate.covariance << 4e-4, 1e-5, 1e-5, 0.01;
  auto json = to_json(estimate);
  json["more"] = "is passed over";
  write_file(folder.path() / "a.json", json.dump());
  const auto read = read_estimate(folder.path() / "a.json");
  CHECK(read.parameters == estimate.parameters);
  CHECK(read.values == estimate.values);
  CHECK(read.covariance == estimate.covariance);
  const auto part = read.part({"cep", "intensity_w_cm2"});
  CHECK(part.parameters == std::vector<std::string>{"cep"});
  CHECK(part.covariance(0, 0) == 0.01);
}

TEST_CASE("what is no estimate is refused by name of file and key") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "b.json";
  for (const auto& [text, word] : std::vector<std::pair<std::string, std::string>>{
           {"", "object"},
           {"[1]", "object"},
           {"{\"values\": [1]}", "parameters"},
           {"{\"parameters\": [1], \"values\": [1]}", "parameters"},
           {"{\"parameters\": [\"R\", \"R\"], \"values\": [1, 2]}", "parameters"},
           {"{\"parameters\": [\"R\"], \"values\": [1, 2]}", "values"},
           {"{\"parameters\": [\"R\"], \"values\": [1e999]}", ""},
           {"{\"parameters\": [\"R\"], \"values\": [\"2\"]}", "values"},
           {"{\"parameters\": [\"R\"], \"values\": [2], \"covariance\": [1]}", "covariance"},
           {"{\"parameters\": [\"R\"], \"values\": [2], \"covariance\": [[-1]]}", "covariance"},
           {"{\"parameters\": [\"R\"], \"values\": [2], \"covariance\": [[1, 2]]}", "covariance"}}) {
    write_file(file, text);
    CHECK_THROWS_WITH(read_estimate(file), Catch::Contains("b.json") && Catch::Contains(word));
  }
  CHECK_THROWS_AS(read_estimate(folder.path() / "none.json"), FileError);
}
