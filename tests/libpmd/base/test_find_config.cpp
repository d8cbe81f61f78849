#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

/// $PMD_CONFIGS for the length of a scope.
class ConfigsFrom {
 public:
  explicit ConfigsFrom(const fs::path& folder) { setenv("PMD_CONFIGS", folder.c_str(), 1); }
  ~ConfigsFrom() { unsetenv("PMD_CONFIGS"); }
};

}  // namespace

TEST_CASE("a name is looked up among the configurations, a path is taken as it is") {
  const TemporaryFolder folder;
  const ConfigsFrom configs(folder.path());
  write(folder / "presets/mine.yaml", "name: mine\n");
  write(folder / "elsewhere.yaml", "name: elsewhere\n");
  CHECK(find_config("presets", "mine") == folder / "presets/mine.yaml");
  CHECK(find_config("presets", (folder / "elsewhere.yaml").string()) == folder / "elsewhere.yaml");
}

TEST_CASE("the source tree's own configurations are found from anywhere") {
  CHECK(Config::from_file(find_config("presets", "quick")).text("name") == "quick");
}

TEST_CASE("an unknown name lists the known ones and the nearest") {
  const TemporaryFolder folder;
  const ConfigsFrom configs(folder.path());
  write(folder / "presets/slowest.yaml", "name: slowest\n");
  CHECK_THROWS_WITH(find_config("presets", "slowst"),
                    Contains("slowest") && Contains("did you mean 'slowest'?"));
  CHECK_THROWS_WITH(find_config("datasets", "slowest"), Contains("neither a file nor one of the datasets"));
  CHECK_THROWS_AS(find_config("presets", "slowst"), ConfigError);
}

TEST_CASE("a path that does not exist is a missing file") {
  CHECK_THROWS_AS(find_config("presets", "no/such/file.yaml"), FileError);
  CHECK_THROWS_AS(find_config("presets", "missing.yaml"), FileError);
}

TEST_CASE("files that cannot be configurations are refused") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(Config::from_file(folder / "missing.yaml"),
                    Contains("missing.yaml") && Contains("no such file"));
  CHECK_THROWS_WITH(Config::from_file(folder.path()), Contains("not a regular file"));
  write(folder / "long.yaml", std::string(1000, '#'));
  CHECK_THROWS_WITH(read_text_file(folder / "long.yaml", 999), Contains("1000 bytes") && Contains("999"));
  CHECK(read_text_file(folder / "long.yaml", 1000).size() == 1000);
}

TEST_CASE("a model is found by its name, and a folder is taken as it is") {
  const TemporaryFolder folder;
  setenv("PMD_MODELS", folder.path().c_str(), 1);
  write(folder / "mine/model.json", "{}");
  fs::create_directories(folder / "no_model");
  CHECK(find_model("mine") == folder / "mine");
  CHECK(find_model((folder / "no_model").string()) == folder / "no_model");
  CHECK(find_model("some/where") == "some/where");
  CHECK_THROWS_WITH(find_model("yours"), Contains("yours") && Contains("mine") && !Contains("no_model"));
  unsetenv("PMD_MODELS");
}
