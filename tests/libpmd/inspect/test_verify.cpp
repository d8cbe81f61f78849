#include <algorithm>
#include <fstream>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "libpmd/inspect/report.hpp"
#include "libpmd/inspect/verify.hpp"
#include "tests/support/synthetic_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;

namespace {

const synthetic::Settings coarse{.runs = 30, .spacing = 0.1};

/// Writes one run of a store anew with distribution and diagnostics changed.
void spoil(Store& store, std::size_t run,
           const std::function<void(std::vector<float>&, Diagnostics&)>& change) {
  const auto& d = store.description();
  auto pmd = synthetic::pmd(d.runs[run], d.kx, d.ky);
  auto diagnostics = synthetic::diagnostics(pmd, d.kx, d.ky);
  change(pmd, diagnostics);
  store.write(run, pmd, diagnostics, 1);
}

std::vector<std::string> checks_of(const VerifyReport& report, std::size_t run) {
  std::vector<std::string> checks;
  for (const auto& finding : report.findings)
    if (finding.run == run) checks.push_back(finding.check);
  return checks;
}

using Checks = std::vector<std::string>;

/// Flips one bit of the file where `bytes` stand for the first time.
void flip_bit_at(const std::filesystem::path& file, const std::string& bytes) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  const std::string all((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  const auto place = all.find(bytes);
  REQUIRE(place != std::string::npos);
  stream.clear();
  stream.seekp(static_cast<std::streamoff>(place));
  stream.put(static_cast<char>(all[place] ^ 1));
}

std::string bytes_of(const std::vector<float>& values, std::size_t first, std::size_t count) {
  return {reinterpret_cast<const char*>(&values[first]), count * sizeof(float)};
}

}  // namespace

TEST_CASE("a sound store has no findings") {
  const TemporaryFolder folder;
  auto store = synthetic::make(folder / "a.h5", coarse, 28);
  store.write_failure(28, 2, FailureKind::other, "failed on purpose");
  std::vector<std::size_t> progress;
  const auto report = verify(store, [&](std::size_t done, std::size_t all) {
    progress.push_back(done);
    CHECK(all == 30);
  });
  CHECK(report.findings.empty());
  CHECK(report.checked == 28);
  CHECK(report.failed == 1);
  CHECK(report.pending == 1);
  CHECK(report.errors + report.warnings == 0);
  CHECK(progress.size() == 30);
  CHECK(progress.back() == 30);
  CHECK(report.balance.count == 28);
  CHECK(report.balance.median == Approx(1.1));
  CHECK(report.noise.max < 1e-9);
  CHECK(report.rim.max < 1e-5);
  CHECK(report.off_trend.count == 28);
  CHECK_THAT(verify_text(store, report), Contains("0 errors, 0 warnings") && Contains("28 of 30 runs"));
}

TEST_CASE("each kind of implausible run is found, and only it") {
  const TemporaryFolder folder;
  auto store = synthetic::make(folder / "a.h5", coarse);
  const std::size_t columns = store.description().ky.size();
  spoil(store, 1, [](auto&, Diagnostics& d) { d.absorbed = d.yield / 3; });
  spoil(store, 2, [](auto&, Diagnostics& d) { d.absorbed = 0; });
  spoil(store, 3, [](auto&, Diagnostics& d) { d.noise_floor = 2e-6 * d.pmd_max; });
  spoil(store, 4,
        [&](auto& pmd, Diagnostics& d) { pmd[5 * columns] = static_cast<float>(3e-5 * d.pmd_max); });
  spoil(store, 5, [](auto& pmd, Diagnostics&) { std::fill(pmd.begin(), pmd.end(), 0.25f); });
  spoil(store, 6, [](auto& pmd, Diagnostics&) { std::fill(pmd.begin(), pmd.end(), 0.f); });
  spoil(store, 7, [](auto&, Diagnostics& d) { d.pmd_max *= 1.1; });
  spoil(store, 8, [](auto& pmd, Diagnostics& d) {
    for (auto& value : pmd)
      value *= 100;
    d.yield *= 100, d.absorbed *= 100, d.pmd_max *= 100;
  });
  const auto report = verify(store);
  CHECK(report.errors == 0);
  CHECK(checks_of(report, 0).empty());
  CHECK(checks_of(report, 1) == Checks{"balance"});
  CHECK(checks_of(report, 2) == Checks{"balance"});
  CHECK(checks_of(report, 3) == Checks{"noise"});
  CHECK(checks_of(report, 4) == Checks{"rim"});
  CHECK(checks_of(report, 5) == Checks{"constant"});
  CHECK(checks_of(report, 6) == Checks{"constant"});
  CHECK(checks_of(report, 7) == Checks{"diagnostics"});
  CHECK(checks_of(report, 8) == Checks{"outlier"});
  CHECK(report.warnings == 8);
  const auto text = verify_text(store, report);
  CHECK_THAT(text, Contains("warning: run 8 (H2+, R = ") && Contains("outlier: the yield"));
}

TEST_CASE("values that cannot be are errors") {
  const TemporaryFolder folder;
  auto store = synthetic::make(folder / "a.h5", {.runs = 4, .spacing = 0.25});
  spoil(store, 0, [](auto& pmd, Diagnostics&) { pmd[10] = std::numeric_limits<float>::quiet_NaN(); });
  spoil(store, 1, [](auto& pmd, Diagnostics&) { pmd[10] = -1e-9f; });
  spoil(store, 2,
        [](auto&, Diagnostics& d) { d.ground_state_energy = std::numeric_limits<double>::infinity(); });
  const auto report = verify(store);
  CHECK(report.errors == 3);
  CHECK(report.warnings == 0);
  REQUIRE(report.findings.size() == 3);
  for (std::size_t run = 0; run < 3; ++run) {
    CHECK(report.findings[run].run == run);
    CHECK(report.findings[run].check == "values");
    CHECK(report.findings[run].severity == Finding::Severity::error);
  }
  CHECK_THAT(report.findings[2].message, Contains("ground_state_energy"));
}

TEST_CASE("measured rows may be negative and alike, and are not compared with what is computed") {
  const TemporaryFolder folder;
  auto description = synthetic::description({.runs = 2, .spacing = 0.1});
  for (auto& run : description.runs)
    run = {.R = 0, .intensity_w_cm2 = 0};
  description.unknown.assign(2, {"R", "intensity_w_cm2"});
  description.measured = {1, 1};
  Store::create(folder / "a.h5", description);
  auto store = Store::open(folder / "a.h5", Store::Mode::write);
  const auto pmd = synthetic::pmd({}, description.kx, description.ky);
  for (std::size_t run = 0; run < 2; ++run) {
    auto noisy = pmd;
    noisy[run] = -1e-6f;
    auto diagnostics = synthetic::diagnostics(noisy, description.kx, description.ky);
    diagnostics.absorbed = 0;
    store.write(run, noisy, diagnostics, 1);
  }
  const auto report = verify(store);
  CHECK(report.checked == 2);
  CHECK(report.findings.empty());
}

TEST_CASE("the same run twice is found") {
  const TemporaryFolder folder;
  auto description = synthetic::description({.runs = 4, .spacing = 0.25});
  description.runs[2] = description.runs[1];
  Store::create(folder / "a.h5", description);
  auto store = Store::open(folder / "a.h5", Store::Mode::write);
  for (std::size_t run = 0; run < 3; ++run)
    synthetic::write_run(store, run);
  const auto copied = store.pmd(0);
  store.write(3, copied, synthetic::diagnostics(copied, description.kx, description.ky), 1);
  const auto report = verify(store);
  CHECK(checks_of(report, 2) == Checks{"duplicate"});
  CHECK(checks_of(report, 3) == Checks{"duplicate"});
  REQUIRE(report.findings.size() == 2);
  CHECK_THAT(report.findings[0].message, Contains("parameters of run 1"));
  CHECK_THAT(report.findings[1].message, Contains("distribution of run 0"));
}

TEST_CASE("a flipped bit is found, and its run named") {
  const TemporaryFolder folder;
  const auto file = folder / "a.h5";
  std::string slab_bytes, record_bytes;
  {
    const auto store = synthetic::make(file, {.runs = 5, .spacing = 0.25});
    slab_bytes = bytes_of(store.pmd(3), 200, 8);
    const auto checksum = store.commit(2).payload_checksum;
    record_bytes.assign(reinterpret_cast<const char*>(&checksum), sizeof checksum);
  }
  flip_bit_at(file, slab_bytes);
  {
    const auto report = verify(Store::open(file, Store::Mode::read));
    CHECK(report.errors == 1);
    REQUIRE(checks_of(report, 3).size() >= 1);
    CHECK(checks_of(report, 3).front() == "checksum");
    CHECK(report.checked == 5);
  }
  flip_bit_at(file, record_bytes);
  const auto store = Store::open(file, Store::Mode::read);
  const auto report = verify(store);
  CHECK(report.errors == 2);
  CHECK(checks_of(report, 2) == Checks{"commit"});
  CHECK(report.pending == 1);
  const auto json = nlohmann::json::parse(verify_json(store, report));
  CHECK(json["errors"] == 2);
  CHECK(json["findings"][0]["run"] == 2);
  CHECK(json["findings"][0]["check"] == "commit");
  CHECK(json["findings"][0]["severity"] == "error");
  CHECK(json["findings"][0]["R"] == store.description().runs[2].R);
  CHECK(summarise(store).damaged_records == std::vector<std::size_t>{2});
}

TEST_CASE("many findings of one kind are cut short in the text") {
  const TemporaryFolder folder;
  auto store = synthetic::make(folder / "a.h5", {.runs = 12, .spacing = 0.25}, 0);
  for (std::size_t run = 0; run < 12; ++run)
    spoil(store, run, [](auto&, Diagnostics& d) { d.absorbed = d.yield / 5; });
  const auto report = verify(store);
  CHECK(report.warnings == 12);
  const auto text = verify_text(store, report, 5);
  CHECK_THAT(text, Contains("run 4 ") && !Contains("run 5 ") && Contains("7 more of balance"));
  CHECK(nlohmann::json::parse(verify_json(store, report))["findings"].size() == 12);
}
