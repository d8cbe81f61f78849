#include <catch2/catch.hpp>

#include "libml/data/write_file.hpp"
#include "libtdse/base/config.hpp"
#include "libtdse/base/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fs = std::filesystem;

namespace {

auto entries(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

}  // namespace

TEST_CASE("a file is written and replaced, with nothing beside it") {
  const tdse::TemporaryFolder folder;
  ml::write_file(folder / "file", "first");
  ml::write_file(folder / "file", "second");
  CHECK(tdse::read_text_file(folder / "file") == "second");
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("a file that cannot be put in its place leaves nothing behind") {
  const tdse::TemporaryFolder folder;
  fs::create_directory(folder / "taken");
  CHECK_THROWS_AS(ml::write_file(folder / "taken", "x"), tdse::FileError);
  CHECK_THROWS_WITH(ml::write_file(folder / "taken", "x"), Catch::Contains("taken: cannot be written"));
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("a folder that is not there is a file error") {
  CHECK_THROWS_AS(ml::write_file("/nowhere/file", "x"), tdse::FileError);
}
