#include <filesystem>
#include <fstream>
#include <limits>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/model/declarations.hpp"
#include "libpmd/store/checksum.hpp"
#include "libpmd/store/store.hpp"
#include "tests/libpmd/store/sample_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;

using bondscope::FailureKind;
using bondscope::RunState;
using bondscope::Store;

TEST_CASE("a store gives back what it was made from") {
  const TemporaryFolder folder;
  const auto file = folder / "s.h5";
  const auto made = sample::description();
  Store::create(file, made);
  const auto store = Store::open(file, Store::Mode::read);
  const auto& d = store.description();
  CHECK(d.dataset == made.dataset);
  CHECK(d.preset == made.preset);
  CHECK(d.seed == made.seed);
  CHECK(d.configuration == made.configuration);
  CHECK(d.configuration_given == made.configuration_given);
  CHECK(d.code_version == made.code_version);
  CHECK(d.libraries == made.libraries);
  CHECK(d.machine == made.machine);
  CHECK(d.created == made.created);
  CHECK(d.kx == made.kx);
  CHECK(d.ky == made.ky);
  CHECK(d.runs == made.runs);
  CHECK(d.numbers == std::vector<std::uint64_t>{0, 1, 2, 3, 4});
  CHECK(d.part.empty());
  CHECK(d.history.empty());
  CHECK(store.size() == made.runs.size());
  CHECK(store.runs_in(RunState::pending).size() == made.runs.size());
  CHECK_FALSE(store.payload_intact(0));
  CHECK_FALSE(std::filesystem::exists(file.string() + ".partial"));
}

TEST_CASE("written runs are there after reopening") {
  const TemporaryFolder folder;
  const auto file = folder / "s.h5";
  Store::create(file, sample::description());
  {
    auto store = Store::open(file, Store::Mode::write);
    store.write(3, sample::slab(3), sample::diagnostics(3), 1);
    store.write_failure(1, 1, FailureKind::norm_grew, "the norm grew at t = 12.5 a.u.");
    store.write(0, sample::slab(0), sample::diagnostics(0), 2);
  }
  const auto store = Store::open(file, Store::Mode::read);
  CHECK(store.runs_in(RunState::done) == std::vector<std::size_t>{0, 3});
  CHECK(store.runs_in(RunState::failed) == std::vector<std::size_t>{1});
  CHECK(store.commit(0).attempt == 2);
  CHECK(store.commit(1).attempt == 1);
  CHECK(store.commit(1).failure == FailureKind::norm_grew);
  CHECK(store.failure_reason(1) == "the norm grew at t = 12.5 a.u.");
  CHECK(store.reason_intact(1));
  CHECK(store.commit(0).failure == FailureKind::none);
  CHECK(store.failure_reason(0).empty());
  CHECK_FALSE(store.reason_intact(0));
  CHECK(store.commit(2).attempt == 0);
  for (const std::size_t run : {0, 3}) {
    CHECK(store.pmd(run) == sample::slab(run));
    CHECK(store.diagnostics(run) == sample::diagnostics(run));
    CHECK(store.payload_intact(run));
  }
  CHECK_FALSE(store.payload_intact(1));
}

TEST_CASE("a failed run can become a done one, and a done one be replaced") {
  const TemporaryFolder folder;
  const auto file = folder / "s.h5";
  Store::create(file, sample::description());
  auto store = Store::open(file, Store::Mode::write);
  store.write_failure(2, 1, FailureKind::not_finite, "first");
  store.write_failure(2, 2, FailureKind::other, "second");
  CHECK(store.commit(2).attempt == 2);
  CHECK(store.failure_reason(2) == "second");
  store.write(2, sample::slab(2), sample::diagnostics(2), 2);
  CHECK(store.commit(2).state == RunState::done);
  store.write(2, sample::slab(4), sample::diagnostics(4), 3);
  CHECK(store.pmd(2) == sample::slab(4));
  CHECK(store.payload_intact(2));
  store.write_failure(2, 4, FailureKind::checksum, "third");
  CHECK(store.commit(2).state == RunState::failed);
  CHECK(store.failure_reason(2) == "third");
}

TEST_CASE("a share of a data set keeps its run numbers, its part and its history") {
  const TemporaryFolder folder;
  auto made = sample::description();
  made.numbers = {1, 5, 9, 13, 4000000000000000000};
  made.part = "2/4";
  made.history = R"([{"file": "a.h5", "history": []}])";
  Store::create(folder / "s.h5", made);
  const auto store = Store::open(folder / "s.h5", Store::Mode::read);
  CHECK(store.description().numbers == made.numbers);
  CHECK(store.description().part == made.part);
  CHECK(store.description().history == made.history);
}

TEST_CASE("marks of begun runs are kept and nonsense is not believed") {
  const TemporaryFolder folder;
  const auto file = folder / "s.h5";
  Store::create(file, sample::description());
  CHECK(Store::open(file, Store::Mode::read).begun() == std::vector<std::uint32_t>{0, 0, 0, 0, 0});
  {
    auto store = Store::open(file, Store::Mode::write);
    store.mark_begun(1, 2);
    store.mark_begun(3, 1000);
    store.mark_begun(4, 1001);
    CHECK_THROWS_AS(store.mark_begun(5, 1), DataError);
  }
  auto store = Store::open(file, Store::Mode::read);
  CHECK(store.begun() == std::vector<std::uint32_t>{0, 2, 0, 1000, 0});
  CHECK(store.runs_in(RunState::pending).size() == 5);
  CHECK_THROWS_AS(store.mark_begun(1, 0), FileError);
}

TEST_CASE("a mark does not undo what is done") {
  const TemporaryFolder folder;
  Store::create(folder / "s.h5", sample::description());
  auto late = Store::open(folder / "s.h5", Store::Mode::write);
  late.mark_begun(1, 1);
  {
    auto other = Store::open(folder / "s.h5", Store::Mode::write);
    other.write(1, sample::slab(1), sample::diagnostics(1), 1);
  }
  late.mark_begun(1, 2);
  CHECK(late.commit(1).state == RunState::done);
  CHECK(late.begun()[1] == 0);
  CHECK(late.payload_intact(1));
}

TEST_CASE("a reader sees what a writer commits meanwhile") {
  const TemporaryFolder folder;
  const auto file = folder / "s.h5";
  Store::create(file, sample::description());
  auto writer = Store::open(file, Store::Mode::write);
  const auto reader = Store::open(file, Store::Mode::read);
  CHECK(reader.commit(4).state == RunState::pending);
  writer.write(4, sample::slab(4), sample::diagnostics(4), 1);
  CHECK(reader.commit(4).state == RunState::done);
  CHECK(reader.pmd(4) == sample::slab(4));
  CHECK(reader.payload_intact(4));
}

TEST_CASE("texts longer than an HDF5 object header are kept whole") {
  const TemporaryFolder folder;
  auto made = sample::description();
  made.configuration = std::string(300000, 'x') + "µ";
  Store::create(folder / "s.h5", made);
  CHECK(Store::open(folder / "s.h5", Store::Mode::read).description().configuration == made.configuration);
}

TEST_CASE("creation refuses what cannot be") {
  const TemporaryFolder folder;
  const auto file = folder / "s.h5";
  const auto good = sample::description();
  auto bad = good;
  SECTION("no runs") {
    bad.runs.clear();
  }
  SECTION("axis not increasing") {
    bad.kx[1] = bad.kx[0];
  }
  SECTION("empty axis") {
    bad.ky.clear();
  }
  SECTION("parameter not finite") {
    bad.runs[2].R = std::numeric_limits<double>::quiet_NaN();
  }
  SECTION("no molecule") {
    bad.runs[0].molecule.clear();
  }
  SECTION("fewer numbers than runs") {
    bad.numbers = {0, 1, 2};
  }
  SECTION("numbers not increasing") {
    bad.numbers = {0, 1, 2, 2, 3};
  }
  SECTION("part of no form") {
    bad.part = "5/4";
  }
  SECTION("history no JSON array") {
    bad.history = "[{]";
  }
  SECTION("history an object") {
    bad.history = "{}";
  }
  SECTION("history nested a million times") {
    bad.history = std::string(1000000, '[') + std::string(1000000, ']');
  }
  SECTION("more than 2^40 bytes") {
    bad.kx.resize(1 << 20);
    for (std::size_t j = 0; j < bad.kx.size(); ++j)
      bad.kx[j] = static_cast<double>(j);
    bad.ky = bad.kx;
  }
  CHECK_THROWS_AS(Store::create(file, bad), DataError);
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("creation refuses places where no store can be") {
  const TemporaryFolder folder;
  const auto d = sample::description();
  CHECK_THROWS_AS(Store::create(folder / "missing" / "s.h5", d), FileError);
  CHECK_THROWS_AS(Store::create("/proc/s.h5", d), FileError);
  std::ofstream(folder / "s.h5") << "mine";
  CHECK_THROWS_WITH(Store::create(folder / "s.h5", d), Catch::Contains("exists already"));
  CHECK(std::filesystem::file_size(folder / "s.h5") == 4);
}

TEST_CASE("a half-made store of a killed process is in nobody's way") {
  const TemporaryFolder folder;
  std::ofstream(folder / "s.h5.partial") << "rubbish";
  Store::create(folder / "s.h5", sample::description());
  CHECK(Store::open(folder / "s.h5", Store::Mode::read).size() == 5);
}

TEST_CASE("a store larger than the disk is refused before it is made") {
  const TemporaryFolder folder;
  auto big = sample::description(1);
  big.kx.resize(1 << 18);
  for (std::size_t j = 0; j < big.kx.size(); ++j)
    big.kx[j] = static_cast<double>(j);
  big.ky.assign(big.kx.begin(), big.kx.begin() + (1 << 18) - 1);
  if (free_bytes(folder.path()) > (std::uint64_t{1} << 38)) return;  // this disk would hold it
  CHECK_THROWS_WITH(Store::create(folder / "s.h5", big), Catch::Contains("free"));
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("the size estimate covers the file") {
  const TemporaryFolder folder;
  auto d = sample::description(50);
  Store::create(folder / "s.h5", d);
  const auto real = std::filesystem::file_size(folder / "s.h5");
  const auto estimated = store_bytes(d);
  CHECK(estimated >= real);
  CHECK(estimated < real + 80000);
}

TEST_CASE("misuse is refused") {
  const TemporaryFolder folder;
  const auto file = folder / "s.h5";
  Store::create(file, sample::description());
  {
    auto reader = Store::open(file, Store::Mode::read);
    CHECK_THROWS_AS(reader.write(0, sample::slab(0), {}, 1), FileError);
    CHECK_THROWS_AS(reader.write_failure(0, 1, FailureKind::other, "x"), FileError);
    CHECK_THROWS_AS(reader.commit(5), DataError);
    CHECK_THROWS_AS(reader.pmd(5), DataError);
  }
  auto writer = Store::open(file, Store::Mode::write);
  CHECK_THROWS_AS(writer.write(5, sample::slab(0), {}, 1), DataError);
  CHECK_THROWS_AS(writer.write(0, std::vector<float>(11), {}, 1), DataError);
  CHECK_THROWS_AS(writer.write_failure(0, 1, FailureKind::none, "x"), DataError);
  CHECK_THROWS_AS(writer.failure_reason(5), DataError);
  CHECK(writer.runs_in(RunState::pending).size() == 5);
}

TEST_CASE("declared parameters have columns of their own and are read back") {
  const TemporaryFolder folder;
  auto d = sample::description(3);
  const auto plain = checksum(d);
  d.declared = read_declarations(
      "parameters: {delay: {symbol: τ, unit: fs, meaning: of the probe, range: [-5, 5]}}", "test");
  CHECK_THROWS_WITH(Store::create(folder / "s.h5", d),
                    Catch::Contains("other parameters than the data set declares"));
  for (std::size_t i = 0; i < d.runs.size(); ++i)
    d.declared[0].set(d.runs[i], 0.5 * static_cast<double>(i));
  CHECK(checksum(d) != plain);
  Store::create(folder / "s.h5", d);
  const auto store = Store::open(folder / "s.h5", Store::Mode::read);
  CHECK(store.description().runs == d.runs);
  CHECK(declarations_text(store.description().declared) == declarations_text(d.declared));
}
