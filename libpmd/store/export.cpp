#include "libpmd/store/export.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/store/lock.hpp"
#include "libpmd/store/rows.hpp"
#include "libpmd/store/sealed.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope {

namespace fs = std::filesystem;

ExportReport export_sealed(const fs::path& file, const fs::path& output, const ExportSettings& settings,
                           const RowMonitor& monitor) {
  if (settings.level < 0 || settings.level > 9)
    throw ConfigError(fmt::format("level {}: expected 0 (none) to 9", settings.level));
  const StoreLock lock(output);
  if (fs::exists(fs::symlink_status(output))) throw FileError(output.string() + ": exists already");
  const auto source = Store::open(file, Store::Mode::read);
  refuse_compact(source);
  const auto records = source.commits();

  ExportReport report;
  std::size_t looked_at = 0;
  const auto proceed = [&](std::size_t) {
    if (monitor && !monitor(looked_at++, records.size() * (settings.skip_damaged ? 2 : 1)))
      throw Interrupted("interrupted; no store was made");
  };
  auto chosen = choose_rows(source, records, settings.all, settings.skip_damaged, proceed);
  const auto& rows = chosen.rows;
  report.damaged = std::move(chosen.damaged);

  const auto is_done = [&](std::size_t row) { return records[row].state == RunState::done; };
  report.runs = rows.size();
  report.done = static_cast<std::size_t>(std::ranges::count_if(rows, is_done));
  if (report.done == 0) throw DataError(file.string() + ": no run is done: there is nothing to export");

  const auto fill = [&](Store& sealed) {
    for (std::size_t to = 0; to < rows.size(); ++to) {
      const std::size_t row = rows[to];
      proceed(row);
      const auto copied = copy_row(source, row, sealed, to);
      if (is_done(row) && copied.state != RunState::done) refuse_damaged(source, row);
    }
  };
  Store::create_filled(output, describe_rows(source, rows), fill, StoreKind::sealed, settings.level);
  return report;
}

}  // namespace bondscope
