// How fast runs get into a store, against the same bytes written to the same disk with plain MPI-IO: every
// rank writes rows of its own, as in a farm. The plain file is preallocated like the store's, and synced at
// the same points (after the data, after the record). Both take turns run by run. Prints a Markdown table:
// rates of the median run of a repeat, and of those the median over the repeats.
//   mpirun -n RANKS bench_store_bandwidth FOLDER [REPEATS=9] [MEGABYTES=24]
// MEGABYTES: about so much is written by each rank in one repeat.

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <numeric>
#include <vector>

#include "libpmd/base/clock.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/store/store.hpp"
#include "libtdse/farm/mpi_session.hpp"

using namespace bondscope;
using namespace bondscope::tdse;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t record_bytes = 4096;

struct Size {
  const char* name;
  std::size_t kx, ky;
};

double seconds_of(const std::function<void()>& task) {
  const auto begin = Clock::now();
  task();
  return seconds_since(begin);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void require(int status, const char* what) {
  if (status != MPI_SUCCESS) throw FileError(std::string("MPI cannot ") + what);
}

/// The yardstick: slabs and records, each kind in a region of its own.
class PlainFile {
 public:
  PlainFile(const fs::path& file, std::size_t rows, std::size_t slab_bytes)
      : rows_(rows), slab_bytes_(slab_bytes) {
    require(MPI_File_open(MPI_COMM_SELF, file.c_str(), MPI_MODE_RDWR, MPI_INFO_NULL, &file_),
            "open the file");
  }
  PlainFile(const PlainFile&) = delete;
  PlainFile& operator=(const PlainFile&) = delete;
  ~PlainFile() { MPI_File_close(&file_); }

  static std::size_t bytes(std::size_t rows, std::size_t slab_bytes) {
    return rows * (slab_bytes + record_bytes);
  }

  void write(std::size_t row, const std::vector<float>& slab, bool synced) {
    const std::vector<char> record(record_bytes, 1);
    put(row * slab_bytes_, slab.data(), slab_bytes_);
    if (synced) require(MPI_File_sync(file_), "sync");
    put(rows_ * slab_bytes_ + row * record_bytes, record.data(), record_bytes);
    if (synced) require(MPI_File_sync(file_), "sync");
  }

 private:
  void put(std::size_t offset, const void* data, std::size_t size) {
    MPI_Status status;
    require(MPI_File_write_at(file_, static_cast<MPI_Offset>(offset), data, static_cast<int>(size), MPI_BYTE,
                              &status),
            "write");
  }

  MPI_File file_ = MPI_FILE_NULL;
  std::size_t rows_, slab_bytes_;
};

StoreDescription describe(const Size& size, std::size_t rows) {
  StoreDescription d;
  d.dataset = d.preset = "benchmark";
  d.configuration = "preset: {}\ndataset: {}\n";
  for (std::size_t i = 0; i < size.kx; ++i)
    d.kx.push_back(static_cast<double>(i));
  for (std::size_t i = 0; i < size.ky; ++i)
    d.ky.push_back(static_cast<double>(i));
  d.runs.resize(rows);
  return d;
}

void bench(const fs::path& folder, const Size& size, bool synced, std::size_t repeats, double megabytes) {
  int rank = 0, ranks = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  const std::vector<float> slab(size.kx * size.ky, 0.5f);
  const std::size_t slab_bytes = slab.size() * sizeof(float);
  const std::size_t each = std::max<std::size_t>(4, static_cast<std::size_t>(megabytes * 1e6) / slab_bytes);
  const std::size_t batch = each * static_cast<std::size_t>(ranks), rows = batch * repeats;
  const fs::path store_file = folder / "bench_store.h5", plain_file = folder / "bench_plain.bin";
  if (rank == 0) {
    fs::remove(store_file);
    Store::create(store_file, describe(size, rows));
    std::fclose(std::fopen(plain_file.c_str(), "wb"));
    fs::resize_file(plain_file, PlainFile::bytes(rows, slab_bytes));
    reserve(plain_file);
    force_to_disk(plain_file);
  }
  MPI_Barrier(MPI_COMM_WORLD);
  std::vector<double> store_rate, plain_rate, ratio;
  std::array<double, 2> together{};
  {
    auto store = Store::open(store_file, Store::Mode::write, parallel_access());
    store.sync_each_run(synced);
    PlainFile plain(plain_file, rows, slab_bytes);
    const auto bytes = static_cast<double>(PlainFile::bytes(1, slab_bytes));
    for (std::size_t repeat = 0; repeat < repeats; ++repeat) {
      MPI_Barrier(MPI_COMM_WORLD);
      std::vector<double> of_store, of_plain;
      for (std::size_t i = 0; i < each; ++i) {
        // Ranks take turns in rows, as they do in a farm.
        const std::size_t row =
            repeat * batch + i * static_cast<std::size_t>(ranks) + static_cast<std::size_t>(rank);
        const auto to_store = [&] { of_store.push_back(seconds_of([&] { store.write(row, slab, {}, 1); })); };
        const auto to_plain = [&] {
          of_plain.push_back(seconds_of([&] { plain.write(row, slab, synced); }));
        };
        i % 2 ? to_plain() : to_store();
        i % 2 ? to_store() : to_plain();
      }
      // A sync now and then takes a hundred times as long, in either file: medians.
      std::array<double, 2> rates{bytes / median(of_store), bytes / median(of_plain)};
      MPI_Allreduce(MPI_IN_PLACE, rates.data(), 2, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
      store_rate.push_back(rates[0]);
      plain_rate.push_back(rates[1]);
      ratio.push_back(rates[0] / rates[1]);
      together[0] += std::accumulate(of_store.begin(), of_store.end(), 0.0);
      together[1] += std::accumulate(of_plain.begin(), of_plain.end(), 0.0);
    }
  }
  MPI_Allreduce(MPI_IN_PLACE, together.data(), 2, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank != 0) return;
  fs::remove(store_file);
  fs::remove(plain_file);
  const auto [least, most] = std::minmax_element(ratio.begin(), ratio.end());
  std::printf("| %s | %s | %d | %.1f | %.1f | %.2f (%.2f to %.2f) | %.2f |\n", size.name,
              synced ? "two per run" : "none", ranks, median(store_rate) * 1e-6, median(plain_rate) * 1e-6,
              median(ratio), *least, *most, together[1] / together[0]);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const MpiSession mpi(argc, argv);
  try {
    if (argc < 2) throw ConfigError("expected FOLDER [REPEATS] [MEGABYTES]");
    const auto repeats = static_cast<std::size_t>(argc > 2 ? std::max(1, std::atoi(argv[2])) : 9);
    const double megabytes = argc > 3 ? std::atof(argv[3]) : 24;
    if (mpi.rank() == 0)
      std::printf(
          "| slab | syncs | ranks | store, MB/s | plain MPI-IO, MB/s | ratio (least to most) | ratio of "
          "total "
          "times |\n| --- | --- | --- | --- | --- | --- | --- |\n");
    for (const bool synced : {true, false})
      for (const Size& size :
           {Size{"121 × 101, 49 kB (quick)", 121, 101}, Size{"763 × 319, 0.97 MB (production)", 763, 319},
            Size{"1024 × 512, 2.1 MB", 1024, 512}})
        bench(argv[1], size, synced, repeats, megabytes);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << std::endl;
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
}
