// Small files of every kind that targets read, to begin with: make_seeds OUTPUT SOURCE-FOLDER. A folder for
// each target.

#include <fstream>
#include <iostream>

#include <fmt/format.h>

#include "libml/arrays/safetensors.hpp"
#include "libml/train/checkpoint.hpp"
#include "libml/train/description.hpp"
#include "libpmd/base/files/array_file.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/images/compact_store.hpp"
#include "libpmd/images/write_images.hpp"
#include "libpmd/store/export.hpp"
#include "libpmd/store/upgrade.hpp"
#include "tests/fuzz/invented_calibration.hpp"
#include "tests/fuzz/state.hpp"
#include "tests/libpmd/import/write_tables.hpp"
#include "tests/support/synthetic_store.hpp"

using namespace bondscope;
namespace fs = std::filesystem;

namespace {

void copy_all(const fs::path& from, const fs::path& to, const std::string& extension) {
  for (const auto& entry : fs::directory_iterator(from))
    if (entry.path().extension() == extension)
      fs::copy_file(entry.path(), to / entry.path().filename(), fs::copy_options::overwrite_existing);
}

/// Not of HDF5, which is forged.cpp's.
void write_measurements(const fs::path& folder) {
  Table table{.rows = 5, .columns = 4, .values = {}};
  for (std::size_t i = 0; i < table.rows * table.columns; ++i)
    table.values.push_back(static_cast<double>(i * 11));
  write_file(folder / "floats.npy", testing::npy(table));
  write_file(folder / "columns.npy",
             testing::npy(">i2", "(5, 4)", testing::numbers<std::int16_t>(table, true), true));
  testing::write_png(folder / "grey8.png", table, 8);
  testing::write_png(folder / "grey16.png", table, 16);
  for (const unsigned compression : {1u, 8u, 32773u})
    write_file(
        folder / fmt::format("{}.tif", compression),
        testing::tiff(table, testing::numbers<std::uint16_t>(table, compression == 8),
                      {.big_endian = compression == 8, .compression = compression, .rows_per_strip = 2}));
  write_file(folder / "table.csv", "kx, ky\n" + testing::text(table, ", "));
}

/// Small text that made readers work for minutes, for replay only: what is looked for among all of its kind,
/// n times.
void write_large(const fs::path& folder) {
  fs::create_directories(folder / "dataset");
  fs::create_directories(folder / "preset");
  fs::create_directories(folder / "journal");
  const auto repeated = [](std::size_t count, const auto& line) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
      text += line(i);
    return text;
  };
  const auto entry = [](std::size_t i) { return fmt::format("  n{}: *a\n", i); };
  const std::string runs = "name: large\nruns: 3\nR: 2\nintensity_w_cm2: 1e14\n";
  write_file(folder / "dataset/parameters.yaml",
             runs + "parameters:\n  n: &a {unit: x}\n" + repeated(20'000, entry));
  write_file(folder / "dataset/molecules.yaml",
             runs + "molecules:\n  n: &a {centres: [{charge: 1, softening: 1}]}\n" + repeated(20'000, entry));
  write_file(folder / "preset/molecules.yaml",
             "name: large\ngrid: {spacing: 0.5, roll_off: 0.5, half_width_x: 80, half_width_y: "
             "80}\ntime_step: automatic\n"
             "duration: 2\nabsorber: {radius: 50, beta: 1e-4, reference_step: 0.0184, interval: 2}\n"
             "corrected_potential: true\nmomentum: {kx_max: 3, kx_spacing: 0.1, ky_max: 2, ky_spacing: 0.1}\n"
             "molecules:\n  n: &a {spacing: 0.4}\n" +
                 repeated(20'000, entry));
  write_file(folder / "journal/farms.jsonl", repeated(3000, [](std::size_t) {
               return R"({"event":"farm_begin","time":1,"workers":1000000,"runs":1,"done":1})" +
                      std::string("\n");
             }));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: make_seeds OUTPUT SOURCE-FOLDER\n";
    return 2;
  }
  const fs::path output = argv[1], source = argv[2];
  fs::remove_all(output);
  const auto folder = [&](const char* target) {
    fs::create_directories(output / target);
    return output / target;
  };
  try {
    copy_all(source / "configs/datasets", folder("dataset"), ".yaml");
    copy_all(source / "configs/presets", folder("preset"), ".yaml");
    copy_all(source / "configs/molecules", folder("molecule"), ".yaml");
    copy_all(source / "configs/recipes", folder("recipe"), ".yaml");
    copy_all(source / "tests/fuzz/journals", folder("journal"), ".jsonl");

    write_large(output / "large");

    const auto old = source / "tests/fixtures/formats/v2";
    fs::copy_file(old / "model/model.json", folder("model") / "old.json");
    write_file(output / "model/model.json",
               ml::description_text(ml::read_description(old / "model/model.json")));
    fs::copy_file(old / "model/best.weights", folder("weights") / "old.weights");
    write_file(output / "weights/all.safetensors",
               ml::to_safetensors({{"block1.weight", {2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6.5f}},
                                   {"pixels", {3}, std::vector<std::uint8_t>{0, 7, 255}},
                                   {"left", {2, 1}, std::vector<std::int64_t>{-5, std::int64_t{1} << 60}},
                                   {"none", {0, 4}, std::vector<double>{}},
                                   {"offset", {}, std::vector<double>{0.1}}}));

    write_file(folder("calibration") / "small.safetensors",
               ml::to_safetensors(fuzz::invented_calibration().learned().arrays));

    ml::TrainingState state;
    state.curve = {
        {.epoch = 1, .train_mae = {0.5}, .validation_loss = 2, .validation_mae = {0.7}, .best = true}};
    state.sums.absolute_errors = {0.25};
    state.network = state.best = {{"block1.weight", {2, 2}, std::vector<float>{1, 2, 3, 4}}};
    state.optimiser.arrays = {{"momentum", {4}, std::vector<float>{1, 2, 3, 4}}};
    ml::write_checkpoint(folder("checkpoint") / "training.checkpoint", R"({"a": 1})",
                         {state, "cpu, 1 thread"});
    ArrayWriter writer;
    const std::vector<std::complex<float>> amplitude(16, {1, -1});
    const std::string note = "a note";
    writer.array("amplitude", amplitude);
    writer.array("note", note);
    writer.scalar("seconds", 1.5);
    writer.scalar("position", std::uint64_t{7});
    writer.write(output / "checkpoint/run.checkpoint", "a run");

    tdse::Propagation run(fuzz::smallest_run(), {});
    run.advance();
    run.save(folder("state") / "begun.checkpoint", "a run", 1.5);
    while (run.fraction() < 0.7)
      run.advance();
    run.save(output / "state/late.checkpoint", "a run", 3.5);

    copy_all(source / "tests/libpmd/import/fixtures", folder("measurement"), ".tif");
    write_measurements(output / "measurement");

    const auto stores = folder("store"), images = folder("images"), forged = folder("forged");
    {
      auto live = synthetic::make(stores / "live.h5", {.runs = 6, .random_angle = true, .spacing = 0.5}, 4);
      live.write_failure(4, 2, FailureKind::norm_grew, "the norm grew to 1.5 at t = 12 a.u.");
      live.mark_begun(5, 3);
    }
    export_sealed(stores / "live.h5", stores / "sealed.h5", {.all = true});
    export_compact(stores / "live.h5", stores / "compact.h5");
    upgrade(old / "degraded.h5", stores / "derived.h5");
    write_images(stores / "live.h5", images / "images.h5",
                 {.representations = {{"paper", {.width = 16, .height = 8}}}});
    copy_all(stores, forged, ".h5");
    copy_all(images, forged, ".h5");
    for (const auto* name : {"live.h5", "sealed.h5", "degraded.h5", "images.h5"})
      fs::copy_file(old / name, forged / (std::string("old_") + name));
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
}
