#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/files/sealed_file.hpp"
#include "tests/libpmd/base/files/file_bytes.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

using Names = std::vector<std::string>;

const std::vector<Section> two_sections{
    {"text", {ElementType::Kind::signed_integer, 1}, bytes_of("twelve bytes")},
    {"pairs", {ElementType::Kind::other, 2}, bytes_of("abcdef")}};

std::string content(const SealedFile& file, std::string_view name) {
  const auto& entry = file.entry(name);
  std::string text(entry.bytes(), '\0');
  file.read(entry, std::as_writable_bytes(std::span(text)));
  return text;
}

}  // namespace

TEST_CASE("sections come back under their names, with their types") {
  const TemporaryFolder folder;
  const auto path = folder / "run.state";
  write_sealed(path, "run 1", two_sections);
  CHECK(folder.names() == Names{"run.state"});
  const auto file = SealedFile::open(path, "run 1");
  REQUIRE(file);
  CHECK(file->entries().size() == 2);
  CHECK(content(*file, "text") == "twelve bytes");
  CHECK(content(*file, "pairs") == "abcdef");
  CHECK(file->entry("pairs").count == 3);
  CHECK(file->entry("pairs").type == ElementType{ElementType::Kind::other, 2});
  CHECK(file->has("text"));
  CHECK_FALSE(file->has("tex"));
  CHECK_THROWS_WITH(file->entry("tex"), Contains("run.state: no section 'tex'"));
  std::vector<std::byte> five(5);
  CHECK_THROWS_AS(file->read(file->entry("pairs"), five), DataError);
}

TEST_CASE("no sections and empty sections are states too") {
  const TemporaryFolder folder;
  write_sealed(folder / "none", "run", {});
  CHECK(SealedFile::open(folder / "none", "run")->entries().empty());
  const std::vector<Section> empty{{"a", {}, {}}, {"b", {}, bytes_of("b")}, {"c", {}, {}}};
  write_sealed(folder / "empty", "run", empty);
  const auto file = SealedFile::open(folder / "empty", "run");
  CHECK(content(*file, "a").empty());
  CHECK(content(*file, "b") == "b");
  CHECK(content(*file, "c").empty());
}

TEST_CASE("sections larger than what is written at once come back") {
  const TemporaryFolder folder;
  std::string large;
  while (large.size() < 3'500'000)
    large += std::to_string(large.size());
  const std::vector<Section> sections{{"small", {}, bytes_of("x")}, {"large", {}, bytes_of(large)}};
  write_sealed(folder / "run.state", "run", sections);
  CHECK((content(*SealedFile::open(folder / "run.state", "run"), "large") == large));
}

TEST_CASE("a file that is not there is no error") {
  const TemporaryFolder folder;
  CHECK_FALSE(SealedFile::open(folder / "run.state", "run"));
  CHECK_FALSE(SealedFile::open(folder / "no folder" / "run.state", "run"));
}

TEST_CASE("the state of another run is told from a damaged one") {
  const TemporaryFolder folder;
  write_sealed(folder / "run.state", "run 1", two_sections);
  for (const char* other : {"run 2", "run", "run 11", ""})
    CHECK_THROWS_AS(SealedFile::open(folder / "run.state", other), ForeignState);
  CHECK_THROWS_WITH(SealedFile::open(folder / "run.state", "run 2"),
                    Contains("run.state") && Contains("another run"));
}

TEST_CASE("a new version replaces the old one, which stays readable where it is open") {
  const TemporaryFolder folder;
  const auto path = folder / "run.state";
  const std::vector<Section> old_sections{{"text", {}, bytes_of("old")}};
  write_sealed(path, "run", old_sections);
  const auto old = SealedFile::open(path, "run");
  write_sealed(path, "run", two_sections);
  CHECK(content(*SealedFile::open(path, "run"), "text") == "twelve bytes");
  CHECK(content(*old, "text") == "old");
}

TEST_CASE("what a killed writer left is taken away by the next, or on removal") {
  const TemporaryFolder folder;
  const auto path = folder / "run.state";
  write_bytes(folder / "run.state.tmp", std::string(100000, 'x'));
  write_sealed(path, "run", two_sections);
  CHECK(folder.names() == Names{"run.state"});
  CHECK(content(*SealedFile::open(path, "run"), "text") == "twelve bytes");

  write_bytes(folder / "run.state.tmp", "x");
  remove_sealed(path);
  CHECK(folder.names().empty());
  CHECK_NOTHROW(remove_sealed(path));
  fs::create_directory(path);
  CHECK_THROWS_AS(remove_sealed(path), FileError);
}

TEST_CASE("names and identities that cannot be are refused before anything is written") {
  const TemporaryFolder folder;
  const auto path = folder / "run.state";
  const auto write = [&](const std::string& identity, const std::vector<Section>& sections) {
    write_sealed(path, identity, sections);
  };
  CHECK_THROWS_AS(write("", {}), ConfigError);
  CHECK_THROWS_AS(write(std::string((1 << 20) + 1, 'x'), {}), ConfigError);
  CHECK_THROWS_AS(write("run", {{"", {}, {}}}), ConfigError);
  CHECK_THROWS_AS(write("run", {{std::string(201, 'x'), {}, {}}}), ConfigError);
  CHECK_THROWS_WITH(write("run", {{"a", {}, {}}, {"b", {}, {}}, {"a", {}, {}}}), Contains("called 'a'"));
  CHECK_THROWS_WITH(write("run", {{"a", {ElementType::Kind::floating, 8}, bytes_of("seven b")}}),
                    Contains("7 bytes"));
  CHECK_THROWS_AS(write("run", {{"a", {ElementType::Kind::other, 0}, bytes_of("x")}}), ConfigError);
  CHECK(folder.names().empty());
  CHECK_NOTHROW(write(std::string(1 << 20, 'x'), {{std::string(200, 'x'), {}, {}}}));
  CHECK(SealedFile::open(path, std::string(1 << 20, 'x')));
}
