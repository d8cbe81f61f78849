#include <catch2/catch.hpp>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/dataset/dataset.hpp"

using namespace bondscope;

using bondscope::Config;
using Catch::Contains;

TEST_CASE("a list of data sets is told from a data set and read in order") {
  CHECK(is_set_list(Config::from_text("sets: [b, a]", "l.yaml")));
  CHECK_FALSE(is_set_list(Config::from_text("name: b", "l.yaml")));
  CHECK(read_set_list(Config::from_text("sets: [b, a]", "l.yaml")) == std::vector<std::string>{"b", "a"});
  const auto refused = [](const std::string& yaml, const std::string& message) {
    INFO(yaml);
    CHECK_THROWS_WITH(read_set_list(Config::from_text(yaml, "l.yaml")),
                      Contains("l.yaml") && Contains(message));
  };
  refused("sets: base", "not a list");
  refused("sets: []", "not a list");
  refused("sets: [a, b, a]", "'a' is given twice");
  refused("sets: [a, {b: c}]", "not a text");
  refused("{sets: [a], runs: 5}", "runs");
}

TEST_CASE("the lists that come with the project name data sets that can be read") {
  for (const auto* list : {"all", "all_demo"}) {
    const auto names = read_set_list(Config::from_file(find_config("datasets", list)));
    CHECK(names.size() == 7);
    for (const auto& name : names) {
      INFO(name);
      const auto set = DataSet::from_config(Config::from_file(find_config("datasets", name)));
      CHECK(set.name == name);
      CHECK(set.size() > 0);
    }
  }
}

TEST_CASE("the small samples are the first runs of the full data sets") {
  for (const auto* name : {"cep", "large_r", "angle", "heh", "general"}) {
    INFO(name);
    const auto read = [](const std::string& set) {
      return DataSet::from_config(Config::from_file(find_config("datasets", set)));
    };
    auto full = read(name);
    const auto sample = read(std::string(name) + "_demo");
    full.resize(sample.size());
    CHECK(full.draw() == sample.draw());
    CHECK(full.model == sample.model);
  }
}
