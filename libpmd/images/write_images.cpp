#include "libpmd/images/write_images.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libpmd/images/images_file.hpp"
#include "libpmd/images/new_images_file.hpp"
#include "libpmd/store/hdf5_handle.hpp"
#include "libpmd/store/lock.hpp"
#include "libpmd/store/rows.hpp"

namespace bondscope {
namespace {

namespace fs = std::filesystem;

/// Progress that can be asked to stop.
class Watch {
 public:
  Watch(const RowMonitor& monitor, std::size_t all) : monitor_(monitor), all_(all) {}
  void next() {
    if (monitor_ && !monitor_(++done_, all_)) throw Interrupted("interrupted; no images file was made");
  }

 private:
  const RowMonitor& monitor_;
  std::size_t all_, done_ = 0;
};

ImagesDescription describe(const Store& store, const std::vector<std::size_t>& rows,
                           const std::vector<Representation>& representations) {
  const auto& from = store.description();
  const auto range = [](const std::vector<double>& axis) {
    return AxisRange{axis.front(), axis.back(), axis.size()};
  };
  ImagesDescription d{representations, range(from.kx), range(from.ky), describe_rows(store, rows)};
  d.source.kx.clear();
  d.source.ky.clear();
  d.source.arrays.clear();
  return d;
}

void expect_new(const fs::path& output) {
  if (fs::exists(fs::symlink_status(output)))
    throw FileError(fmt::format("{}: exists already", output.string()));
  check_folder_writable(output);
}

}  // namespace

ImagesReport write_images(const fs::path& file, const fs::path& output, const ImagesSettings& settings,
                          const RowMonitor& monitor) {
  if (settings.level < 0 || settings.level > 9)
    throw ConfigError(fmt::format("level {}: expected 0 (none) to 9", settings.level));
  check_representations(settings.representations);
  const StoreLock lock(output);
  expect_new(output);
  const auto store = Store::open(file, Store::Mode::read);
  const auto records = store.commits();
  const auto done = settings.rows.empty() ? store.runs_in(RunState::done).size() : settings.rows.size();
  Watch watch(monitor, settings.skip_damaged ? 2 * done : done);
  const auto looking = [&](std::size_t row) {
    if (records[row].state == RunState::done) watch.next();
  };
  auto [rows, damaged] = choose_rows(store, records, false, settings.skip_damaged, looking);
  if (!settings.rows.empty()) rows = settings.rows;
  ImagesReport report{.runs = rows.size(), .damaged = damaged};
  for (const auto& record : records) {
    if (record.state == RunState::failed) ++report.failed;
    if (record.state == RunState::pending && record.intact) ++report.pending;
  }
  if (rows.empty())
    throw DataError(fmt::format("{}: no run is done: there is nothing to make images of", file.string()));

  const hdf5::Quiet quiet;
  NewImagesFile made(output, describe(store, rows, settings.representations), settings.level);
  const auto& axes = store.description();
  work_on_runs(store, rows, settings.threads, [&](const LoadedRun& run) -> std::function<void()> {
    std::vector<NewImagesFile::Packed> images;
    for (std::size_t i = 0; i < settings.representations.size(); ++i) {
      const auto& image = settings.representations[i].image;
      images.push_back(made.pack(i, keep(make_image(run.pmd, axes.kx, axes.ky, image), image.values)));
    }
    auto distribution = distribution_1d(run.pmd, axes.kx, axes.ky, points_1d);
    return [&, images = std::move(images), distribution = std::move(distribution),
            diagnostics = run.diagnostics, source = run.payload_checksum] {
      made.add(images, distribution, diagnostics, source);
      watch.next();
    };
  });
  made.put_in_place();
  return report;
}

void upgrade_images(const fs::path& file, const fs::path& output, const RowMonitor& monitor) {
  const StoreLock lock(output);
  expect_new(output);
  const auto from = ImagesFile::open(file);
  if (from.format_version() == ImagesFile::current_format)
    throw DataError(fmt::format("{}: is of format {} already", file.string(), from.format_version()));
  const auto& d = from.description();
  Watch watch(monitor, from.size());
  const hdf5::Quiet quiet;
  NewImagesFile made(output, d, ImagesSettings().level);
  for (std::size_t row = 0; row < from.size(); ++row) {
    std::vector<NewImagesFile::Packed> images;
    for (std::size_t i = 0; i < d.representations.size(); ++i)
      images.push_back(made.pack(i, from.image(i, row)));
    made.add(images, from.distribution_1d(row), from.diagnostics(row), from.source_checksum(row));
    watch.next();
  }
  made.put_in_place();
}

}  // namespace bondscope
