#include "libpmd/store/grow.hpp"

#include <map>
#include <optional>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/replacement.hpp"
#include "libpmd/model/declarations.hpp"
#include "libpmd/store/history.hpp"
#include "libpmd/store/rows.hpp"

namespace bondscope {
namespace {

namespace fs = std::filesystem;

/// Where each stored row goes; nothing if one has no place. Equal runs go to equal runs in order.
std::optional<std::vector<std::size_t>> places(const std::vector<RunParameters>& stored,
                                               const std::vector<RunParameters>& wanted) {
  std::multimap<RunParameters, std::size_t> free;
  for (std::size_t row = 0; row < wanted.size(); ++row)
    free.emplace(wanted[row], row);
  std::vector<std::size_t> found;
  for (const auto& run : stored) {
    const auto at = free.lower_bound(run);
    if (at == free.end() || at->first != run) return {};
    found.push_back(at->second);
    free.erase(at);
  }
  return found;
}

/// Beside the file itself, wherever a link to it may be.
fs::path grown_name(const fs::path& file) {
  fs::path name = fs::canonical(file);
  name += ".grown";
  return name;
}

}  // namespace

bool can_grow(const StoreDescription& stored, const StoreDescription& wanted) {
  return !stored.derivation && declarations_text(stored.declared) == declarations_text(wanted.declared) &&
         stored.kx == wanted.kx && stored.ky == wanted.ky && stored.part == wanted.part &&
         stored.runs.size() < wanted.runs.size() && places(stored.runs, wanted.runs).has_value();
}

void remove_half_grown(const fs::path& file) {
  std::error_code status;
  const auto grown = grown_name(file);
  fs::remove(grown, status);
  fs::remove(temporary_name(grown), status);
}

GrowReport grow(const fs::path& file, const StoreDescription& wanted, const StoreLock& lock,
                const RowMonitor& monitor) {
  if (!lock.effective())
    throw FileError(file.string() +
                    ": this file system has no locks, so that nobody can tell whether a farm "
                    "is writing to it; grow a copy of it elsewhere");
  const auto source = Store::open(file, Store::Mode::read);
  const auto& stored = source.description();
  if (source.sealed() || !can_grow(stored, wanted))
    throw DataError(file.string() + ": its runs are not all among the new ones");
  const auto to = *places(stored.runs, wanted.runs);
  const std::size_t rows = stored.runs.size();
  StoreDescription description = wanted;
  description.arrays = stored.arrays;
  for (std::size_t row = 0; row < rows; ++row)
    copy_marks(description, to[row], stored, row);
  History history;
  history.add_grown(source);
  description.history = history.text();

  GrowReport report{rows, wanted.runs.size(), 0, 0, {}, to};
  const auto fill = [&](Store& target) {
    for (std::size_t row = 0; row < rows; ++row) {
      if (monitor && !monitor(row, rows)) throw Interrupted("interrupted; the store is as it was");
      const auto copied = copy_row(source, row, target, to[row]);
      if (copied.state == RunState::done) ++report.done;
      if (copied.state == RunState::failed) ++report.failed;
      if (!copied.wrong.empty())
        report.damaged.push_back(fmt::format("run {}: {}", stored.numbers[row], copied.wrong));
    }
  };
  remove_half_grown(file);
  const fs::path grown = grown_name(file);
  Store::create_filled(grown, description, fill);
  fs::permissions(grown, fs::status(file).permissions());
  replace_durably(grown, fs::canonical(file));
  return report;
}

}  // namespace bondscope
