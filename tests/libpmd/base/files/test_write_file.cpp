#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;

namespace fs = std::filesystem;

namespace {

auto entries(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

}  // namespace

TEST_CASE("a file is written and replaced, with nothing beside it") {
  const TemporaryFolder folder;
  bondscope::write_file(folder / "file", "first");
  bondscope::write_file(folder / "file", "second");
  CHECK(read_text_file(folder / "file") == "second");
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("a file that cannot be put in its place leaves nothing behind") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "taken");
  CHECK_THROWS_AS(bondscope::write_file(folder / "taken", "x"), FileError);
  CHECK_THROWS_WITH(bondscope::write_file(folder / "taken", "x"),
                    Catch::Contains("taken: cannot be written"));
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("a folder that is not there is a file error") {
  CHECK_THROWS_AS(bondscope::write_file("/nowhere/file", "x"), FileError);
}
