// One flipped bit anywhere in a store is found, and found in the right run, or changes nothing that is read.

#include <random>
#include <set>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/inspect/verify.hpp"
#include "libpmd/store/export.hpp"
#include "libpmd/store/hdf5_writer.hpp"
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

TEST_CASE_METHOD(Flips, "every byte of the record of a run") {
  for (const std::size_t run : {std::size_t{2}, failed, pending})
    for (std::size_t byte = 0; byte < 512; ++byte)
      expect_run(run, "/runs/record", run * 4096 + byte);
}

TEST_CASE_METHOD(Flips, "random bytes of the momentum distributions") {
  const std::size_t slab = kx * ky * sizeof(float);
  for (int i = 0; i < 400; ++i) {
    const std::size_t byte = random() % (failed * slab);
    expect_run(byte / slab, "/pmd", byte);
  }
}

TEST_CASE_METHOD(Flips, "bytes outside the data of a live and of a sealed store") {
  const bool sealed = GENERATE(false, true);
  if (sealed) {
    export_sealed(file, *this / "sealed.h5", {.all = true});
    file = *this / "sealed.h5";
  }
  REQUIRE_FALSE(judge(file).refused);
  std::set<std::size_t> data;
  {
    const hdf5::Handle opened(H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
    for (const char* path : {"/pmd", "/runs/record"}) {
      if (sealed && path == std::string("/runs/record")) continue;
      const hdf5::Handle set(H5Dopen2(opened.get(), path, H5P_DEFAULT), H5Dclose);
      for (const auto& range : hdf5::ranges_of(set.get()))
        for (std::uint64_t byte = 0; byte < range.bytes; ++byte)
          data.insert(range.begin + byte);
    }
  }
  const auto bytes = std::filesystem::file_size(file);
  std::size_t flips = 0;
  for (std::size_t at = 0; at < bytes; at += 1 + random() % 37) {
    if (data.contains(at)) continue;
    INFO("byte " << at << " of " << bytes);
    CHECK(flipped(at).refused);
    ++flips;
  }
  CHECK(flips > 500);
}

TEST_CASE_METHOD(Flips, "random bytes of the chunks of a sealed store") {
  const auto sealed = *this / "sealed.h5";
  export_sealed(file, sealed);
  std::vector<ByteRange> chunks;
  {
    const hdf5::Handle opened(H5Fopen(sealed.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
    const hdf5::Handle set(H5Dopen2(opened.get(), "/pmd", H5P_DEFAULT), H5Dclose);
    chunks = hdf5::ranges_of(set.get());
  }
  REQUIRE(chunks.size() == failed);
  file = sealed;
  std::size_t harmless = 0;
  for (int i = 0; i < 200; ++i) {
    const std::size_t run = random() % failed, byte = random() % chunks[run].bytes;
    INFO("run " << run << " byte " << byte);
    const auto verdict = flipped(chunks[run].begin + byte);
    CHECK_FALSE(verdict.refused);
    // A compressed stream has a few bits that do not matter.
    if (verdict.runs.empty())
      ++harmless;
    else
      CHECK(verdict.runs == std::set<std::size_t>{run});
  }
  CHECK(harmless < 10);
}
