// One flipped bit anywhere in what a store means is found, and found in the right run. Not covered: /begun
// (advice, no checksum) and what lies between the datasets (HDF5's own objects; tests/cli/test_store_cli.py
// flips those).

#include <cstring>
#include <random>
#include <set>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/inspect/verify.hpp"
#include "tests/libpmd/store/damage.hpp"
#include "tests/support/synthetic_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;

namespace {

/// What a program that reads the store says about it.
struct Verdict {
  bool refused = false;        ///< cannot be opened
  std::set<std::size_t> runs;  ///< with errors
};

Verdict judge(const std::filesystem::path& file) {
  Verdict verdict;
  try {
    for (const auto& finding : verify(Store::open(file, Store::Mode::read)).findings)
      if (finding.severity == Finding::Severity::error) verdict.runs.insert(finding.run);
  } catch (const DataError&) {
    verdict.refused = true;
  }
  return verdict;
}

struct Flips : TemporaryFolder {
  static constexpr std::size_t runs = 8, failed = 6, pending = 7;
  std::filesystem::path file = *this / "a.h5";
  std::mt19937_64 random{20261121};
  std::size_t kx = 0, ky = 0;

  Flips() {
    auto store = synthetic::make(file, {.runs = runs, .spacing = 0.5}, failed);
    store.write_failure(failed, 2, FailureKind::norm_grew, "‖ψ‖ grew");
    kx = store.description().kx.size();
    ky = store.description().ky.size();
  }

  char some_bit() { return static_cast<char>(1 << random() % 8); }

  /// Flips a bit, judges, and flips it back.
  Verdict flipped(std::size_t position) {
    const char bit = some_bit();
    damage::flip(file, position, bit);
    const auto verdict = judge(file);
    damage::flip(file, position, bit);
    return verdict;
  }

  void expect_run(std::size_t run, const char* dataset, std::size_t byte) {
    INFO(dataset << " byte " << byte << ", run " << run);
    const auto verdict = flipped(damage::offset_of(file, dataset) + byte);
    CHECK_FALSE(verdict.refused);
    CHECK(verdict.runs == std::set<std::size_t>{run});
  }

  void expect_refused(const char* dataset, std::size_t byte) {
    INFO(dataset << " byte " << byte);
    CHECK(flipped(damage::offset_of(file, dataset) + byte).refused);
  }
};

}  // namespace

TEST_CASE_METHOD(Flips, "the store is sound before anything is flipped") {
  const auto verdict = judge(file);
  CHECK_FALSE(verdict.refused);
  CHECK(verdict.runs.empty());
}

TEST_CASE_METHOD(Flips, "every byte of diagnostics, commit record and reason of a run") {
  constexpr std::size_t diagnostics_bytes = diagnostics_fields.size() * sizeof(double), record_bytes = 32;
  for (std::size_t byte = 0; byte < diagnostics_bytes; ++byte)
    expect_run(3, "/diagnostics", 3 * diagnostics_bytes + byte);
  for (const std::size_t run : {std::size_t{2}, failed, pending})
    for (std::size_t byte = 0; byte < record_bytes; ++byte)
      expect_run(run, "/commit", run * record_bytes + byte);
  for (std::size_t byte = 0; byte < reason_bytes; ++byte)
    expect_run(failed, "/failure_reason", failed * reason_bytes + byte);
}

TEST_CASE_METHOD(Flips, "random bytes of the momentum distributions") {
  const std::size_t slab = kx * ky * sizeof(float);
  for (int i = 0; i < 400; ++i) {
    const std::size_t byte = random() % (failed * slab);
    expect_run(byte / slab, "/pmd", byte);
  }
}

TEST_CASE_METHOD(Flips, "every byte of numbers, parameters and axes") {
  for (const char* column : {"/parameters/run", "/parameters/R", "/parameters/intensity_w_cm2",
                             "/parameters/cep", "/parameters/angle"})
    for (std::size_t byte = 0; byte < runs * sizeof(double); ++byte)
      expect_refused(column, byte);
  for (std::size_t byte = 0; byte < runs * 3; ++byte)  // "H2+"
    expect_refused("/parameters/molecule", byte);
  for (std::size_t byte = 0; byte < kx * sizeof(double); ++byte)
    expect_refused("/axes/kx", byte);
  for (std::size_t byte = 0; byte < ky * sizeof(double); ++byte)
    expect_refused("/axes/ky", byte);
}

TEST_CASE_METHOD(Flips, "every byte of the texts in its attributes") {
  const auto bytes = damage::read_all(file);
  for (const char* text : {"preset:\n  name: invented\ndataset:\n  name: synthetic\n", "# invented\n",
                           "a machine", "2026-01-01T00:00:00Z"}) {
    const auto at = bytes.find(text);
    REQUIRE(at != std::string::npos);
    for (std::size_t byte = 0; byte < std::strlen(text); ++byte) {
      INFO(text << " byte " << byte);
      CHECK(flipped(at + byte).refused);
    }
  }
}
