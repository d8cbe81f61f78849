// Stores and images files of earlier formats are read, with the numbers that were written.

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/images/images_file.hpp"
#include "libpmd/images/write_images.hpp"
#include "libpmd/model/parameter.hpp"
#include "libpmd/store/derived_store.hpp"
#include "libpmd/store/store.hpp"
#include "libpmd/store/upgrade.hpp"
#include "tests/formats/earlier.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using nlohmann::json;

namespace {

void check_runs(const StoreDescription& read, const json& numbers) {
  const auto& attributes = numbers.at("attributes");
  CHECK(read.dataset == attributes.at("dataset"));
  CHECK(read.preset == attributes.at("preset"));
  CHECK(read.seed == attributes.at("seed"));
  CHECK(read.configuration == attributes.at("configuration"));
  CHECK(read.configuration_given == attributes.at("configuration_given"));
  CHECK(read.code_version == attributes.at("code_version"));
  CHECK(read.libraries == attributes.at("libraries"));
  CHECK(read.machine == attributes.at("machine"));
  CHECK(read.created == attributes.at("created"));
  CHECK(read.part == attributes.at("part"));
  CHECK(read.history == attributes.at("history"));
  CHECK(numbers_of(read) == numbers.at("runs"));

  const auto& columns = numbers.at("parameters");
  REQUIRE(columns.size() == all_parameters(read.declared).size() + 1);
  for (std::size_t row = 0; row < read.runs.size(); ++row) {
    CAPTURE(row);
    CHECK(read.runs[row].molecule == columns.at("molecule").at(row));
    for (const auto& parameter : all_parameters(read.declared))
      CHECK(parameter.of(read.runs[row]) == columns.at(parameter.name).at(row));
  }
  REQUIRE(read.derivation.has_value() == numbers.contains("derivation"));
  if (!read.derivation) return;
  CHECK(read.derivation->method == attributes.at("derivation"));
  const auto& derivation = numbers.at("derivation");
  std::size_t link = 0, root = 0;
  for (std::size_t row = 0; row < read.runs.size(); ++row) {
    CAPTURE(row);
    CHECK(static_cast<int>(read.derivation->use[row]) == derivation.at("use").at(row));
    const auto& expected = derivation.at("links");
    for (const auto& one : read.derivation->links[row]) {
      CHECK(one.source == expected.at("source").at(link));
      CHECK(one.run == expected.at("run").at(link));
      CHECK(one.payload_checksum == expected.at("payload_checksum").at(link));
      CHECK(one.weight == expected.at("weight").at(link));
      ++link;
    }
    CHECK(link == derivation.at("links_end").at(row));
    for (const auto one : read.derivation->roots[row])
      CHECK(one == derivation.at("roots").at(root++));
    CHECK(root == derivation.at("roots_end").at(row));
  }
}

void check_diagnostics(const Diagnostics& read, const json& columns, std::size_t row) {
  for (const auto& field : diagnostics_fields)
    if (columns.contains(field.name)) CHECK(read.*field.member == columns.at(field.name).at(row));
}

void check_store(const Store& store, const json& numbers) {
  check_runs(store.description(), numbers);
  CHECK(store.description().kx == numbers.at("axes").at("kx"));
  CHECK(store.description().ky == numbers.at("axes").at("ky"));
  CHECK(store.sealed() == numbers.at("attributes").contains("sealed"));
  const auto records = store.commits();
  REQUIRE(records.size() == numbers.at("runs").size());
  CHECK(store.begun() == numbers.at("begun"));
  for (std::size_t row = 0; row < records.size(); ++row) {
    CAPTURE(row);
    const auto& record = records[row];
    CHECK(record.intact);
    CHECK(static_cast<int>(record.state) == numbers.at("state").at(row));
    CHECK(record.attempt == numbers.at("attempt").at(row));
    CHECK(static_cast<int>(record.failure) == numbers.at("failure").at(row));
    CHECK(store.failure_reason(row) == numbers.at("reason").at(row));
    if (record.state != RunState::done) continue;
    CHECK(record.payload_checksum == numbers.at("payload_checksum").at(row));
    CHECK(store.payload_intact(row));
    CHECK(earlier::crc32_of(intact_pmd(store, row)) == numbers.at("pmd_crc32").at(row));
    check_diagnostics(store.diagnostics(row), numbers.at("diagnostics"), row);
  }
}

}  // namespace

TEST_CASE("stores of format 2 are read as they were written") {
  const std::string name = GENERATE("live.h5", "sealed.h5", "averages.h5", "degraded.h5");
  INFO(name);
  check_store(Store::open(earlier::file(name), Store::Mode::read), earlier::numbers(name));
}

TEST_CASE("an upgraded store says all that the old one said") {
  const std::string name = GENERATE("live.h5", "sealed.h5", "averages.h5", "degraded.h5");
  INFO(name);
  const TemporaryFolder folder;
  const auto output = folder / name;
  CHECK(upgrade(earlier::file(name), output).damaged.empty());
  const auto before = Store::open(earlier::file(name), Store::Mode::read);
  const auto after = Store::open(output, Store::Mode::read);
  CHECK(before.format_version() == 2);
  CHECK(after.format_version() == 3);
  check_store(after, earlier::numbers(name));
  // By this, derived stores find what they were made from.
  CHECK(after.description_checksum() == before.description_checksum());
  CHECK_THROWS_WITH(upgrade(output, folder / "again.h5"), Catch::Contains("is of format 3 already"));
  CHECK_THROWS_WITH(upgrade(earlier::file(name), output), Catch::Contains("exists already"));
}

TEST_CASE("a store of format 2 is not written to") {
  const TemporaryFolder folder;
  const auto file = folder / "live.h5";
  std::filesystem::copy_file(earlier::file("live.h5"), file);
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  CHECK_THROWS_WITH(
      Store::open(file, Store::Mode::write),
      Catch::Contains("not a store of format 3") && Catch::Contains("pmd_store upgrade live.h5 NEW.h5"));
}

TEST_CASE("images files of format 1 are read as they were written") {
  const auto file = ImagesFile::open(earlier::file("images.h5"));
  const auto numbers = earlier::numbers("images.h5");
  const auto& attributes = numbers.at("attributes");
  const auto& description = file.description();
  check_runs(description.source, numbers);
  CHECK(file.format_version() == 1);
  REQUIRE(description.representations.size() == 1);
  const auto& settings = description.representations.front().image;
  CHECK(settings.width == attributes.at("width"));
  CHECK(settings.height == attributes.at("height"));
  CHECK(settings.floor == attributes.at("floor"));
  CHECK(description.kx ==
        AxisRange{attributes.at("kx_min"), attributes.at("kx_max"), attributes.at("kx_points")});
  CHECK(description.ky ==
        AxisRange{attributes.at("ky_min"), attributes.at("ky_max"), attributes.at("ky_points")});
  CHECK(file.centres() == numbers.at("axes").at("kx"));
  for (std::size_t row = 0; row < file.size(); ++row) {
    CAPTURE(row);
    const auto image = file.image(0, row);
    CHECK(earlier::crc32_of(image.pixels) == numbers.at("images_crc32").at(row));
    CHECK(earlier::crc32_of(file.distribution_1d(row)) == numbers.at("distribution_1d_crc32").at(row));
    const auto& e = image.extent;
    const std::array extent{e.kx_min, e.kx_max, e.ky_min, e.ky_max};
    CHECK(earlier::crc32_of(extent) == numbers.at("extent_crc32").at(row));
    CHECK(file.source_checksum(row) == numbers.at("payload_checksum").at(row));
    check_diagnostics(file.diagnostics(row), numbers.at("diagnostics"), row);
  }
}

TEST_CASE("images files of format 1 become ones of format 2 with the same numbers") {
  const TemporaryFolder folder;
  upgrade_images(earlier::file("images.h5"), folder / "new.h5");
  const auto before = ImagesFile::open(earlier::file("images.h5")),
             after = ImagesFile::open(folder / "new.h5");
  CHECK(after.format_version() == 2);
  CHECK(after.description().representations == before.description().representations);
  CHECK(after.description().kx == before.description().kx);
  CHECK(after.description().ky == before.description().ky);
  CHECK(after.description().source.runs == before.description().source.runs);
  CHECK(after.description().source.numbers == before.description().source.numbers);
  CHECK(after.description().source.configuration == before.description().source.configuration);
  CHECK(after.description().source.history == before.description().source.history);
  REQUIRE(after.size() == before.size());
  CHECK(after.centres() == before.centres());
  for (std::size_t row = 0; row < before.size(); ++row) {
    CHECK(after.image(0, row) == before.image(0, row));
    CHECK(after.distribution_1d(row) == before.distribution_1d(row));
    CHECK(after.diagnostics(row) == before.diagnostics(row));
    CHECK(after.source_checksum(row) == before.source_checksum(row));
  }
}
