#include "libpmd/images/compact_store.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <zlib.h>

#include "libpmd/base/error.hpp"
#include "libpmd/images/image.hpp"
#include "libpmd/store/derived_store.hpp"
#include "libpmd/store/history.hpp"
#include "libpmd/store/lock.hpp"
#include "libpmd/store/rows.hpp"
#include "libpmd/store/sealed.hpp"

namespace bondscope {
namespace {

namespace fs = std::filesystem;

constexpr int deflate_level = 9;

std::size_t deflated(const std::vector<std::uint8_t>& bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::vector<Bytef> packed(size);
  if (compress2(packed.data(), &size, bytes.data(), static_cast<uLong>(bytes.size()), deflate_level) != Z_OK)
    throw FileError("a distribution cannot be compressed");
  return size;
}

/// Derived from these rows, which keep their numbers.
StoreDescription describe_compact(const Store& store, const std::vector<std::size_t>& rows) {
  auto d = describe_rows(store, rows);
  d.arrays.clear();
  nlohmann::json method{{"kind", "compact"}, {"root", 4}};
  if (const auto& from = store.description().derivation) method["of"] = nlohmann::json::parse(from->method);
  History history;
  history.add(store);
  d.history = history.text();
  d.derivation = Derivation{method.dump(), {}, {}, {}};
  for (const auto row : rows) {
    d.derivation->use.push_back(store.description().use_of(row));
    d.derivation->links.push_back({link_to(store, row, 1)});
    d.derivation->roots.push_back(roots_of(store, row));
  }
  return d;
}

}  // namespace

SizedDistribution compact_to(std::span<const float> pmd, std::size_t ky_points, std::size_t most_bytes) {
  constexpr int most = 255, least = 64;
  int levels = most;
  for (;;) {
    auto made = compact(pmd, ky_points, levels);
    const std::size_t bytes = deflated(made.differences);
    const double excess = static_cast<double>(bytes) / static_cast<double>(most_bytes);
    if (excess <= 1 || levels == least) return {std::move(made), bytes};
    // A bit more or less of each value changes the bytes by about a third.
    const double factor = std::min(std::exp2(-3 * (1 - 1 / excess)), 0.97);
    levels = std::max(least, static_cast<int>(levels * factor));
  }
}

CompactError compact_error(std::span<const float> original, std::span<const float> restored,
                           std::size_t ky_points) {
  const auto grey = grey_difference(original, restored, ky_points);
  double sum = 0, difference = 0;
  for (std::size_t i = 0; i < original.size(); ++i) {
    sum += original[i];
    difference += std::abs(static_cast<double>(original[i]) - restored[i]);
  }
  return {grey.mean, grey.largest, difference / sum / 2};
}

CompactReport export_compact(const fs::path& file, const fs::path& output, const CompactSettings& settings,
                             const RowMonitor& monitor) {
  const StoreLock lock(output);
  if (fs::exists(fs::symlink_status(output))) throw FileError(output.string() + ": exists already");
  const auto source = Store::open(file, Store::Mode::read);
  refuse_compact(source);
  const auto commits = source.commits();
  std::size_t done = 0;
  const auto all = commits.size() * (settings.skip_damaged ? 2 : 1);
  const auto proceed = [&](std::size_t) {
    if (monitor && !monitor(++done, all)) throw Interrupted("interrupted; no store was made");
  };
  const auto chosen = choose_rows(source, commits, false, settings.skip_damaged, proceed);
  const auto& rows = chosen.rows;
  if (rows.empty()) throw DataError(file.string() + ": no run is done: there is nothing to export");
  CompactReport report{.runs = rows.size(), .damaged = chosen.damaged};
  const auto ky_points = source.description().ky.size();
  const auto fill = [&](Store& made) {
    work_on_runs(source, rows, settings.threads, [&](const LoadedRun& run) -> std::function<void()> {
      auto [compact, bytes] = compact_to(run.pmd, ky_points, settings.most_bytes);
      const auto error = compact_error(run.pmd, expand(compact, ky_points), ky_points);
      return [&, row = run.position, compact = std::move(compact), bytes = bytes, error,
              diagnostics = run.diagnostics] {
        made.write_compact(row, compact, error, diagnostics, 1);
        if (bytes > settings.most_bytes) ++report.too_large;
        report.largest_bytes = std::max(report.largest_bytes, bytes);
        for (const auto& field : compact_error_fields) {
          const double value = error.*field.member;
          report.mean.*field.member += value / static_cast<double>(rows.size());
          report.largest.*field.member = std::max(report.largest.*field.member, value);
        }
        proceed(row);
      };
    });
  };
  Store::create_filled(output, describe_compact(source, rows), fill, StoreKind::compact, deflate_level);
  return report;
}

}  // namespace bondscope
