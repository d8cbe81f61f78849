#include "libpmd/store/upgrade.hpp"

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/store/lock.hpp"
#include "libpmd/store/rows.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope {

namespace fs = std::filesystem;

UpgradeReport upgrade(const fs::path& file, const fs::path& output, const RowMonitor& monitor) {
  const StoreLock lock(output);
  if (fs::exists(fs::symlink_status(output))) throw FileError(output.string() + ": exists already");
  const auto source = Store::open(file, Store::Mode::read);
  if (source.format_version() == Store::current_format)
    throw DataError(fmt::format("{}: is of format {} already", file.string(), source.format_version()));
  UpgradeReport report{.runs = source.size(), .damaged = {}};
  const auto fill = [&](Store& target) {
    for (std::size_t row = 0; row < report.runs; ++row) {
      if (monitor && !monitor(row, report.runs)) throw Interrupted("interrupted; no store was made");
      const auto copied = copy_row(source, row, target, row);
      if (copied.state == RunState::done) ++report.done;
      if (copied.state == RunState::failed) ++report.failed;
      if (!copied.wrong.empty())
        report.damaged.push_back(fmt::format("{}: {}", source.name_of(row), copied.wrong));
    }
  };
  Store::create_filled(output, source.description(), fill,
                       source.sealed() ? StoreKind::sealed : StoreKind::live);
  return report;
}

}  // namespace bondscope
