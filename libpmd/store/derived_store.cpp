#include "libpmd/store/derived_store.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/config/differences.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libpmd/model/declarations.hpp"
#include "libpmd/model/momentum_plane.hpp"
#include "libpmd/store/history.hpp"
#include "libpmd/store/lock.hpp"

namespace bondscope {
namespace {

/// Of smooth data in single precision; higher ones take longer and gain little.
constexpr int compression = 1;

/// As plane_of(), but of axes that need not be equidistant.
MomentumPlane cells_of(const StoreDescription& d) {
  const auto spacing = [](const std::vector<double>& axis) {
    return (axis.back() - axis.front()) / static_cast<double>(axis.size() - 1);
  };
  return {d.kx.size(), d.ky.size(), d.kx.front(), d.ky.front(), spacing(d.kx), spacing(d.ky)};
}

/// Follows links to the runs behind them.
class Roots {
 public:
  explicit Roots(const std::vector<const Store*>& sources) : sources_(sources) {
    for (const Store* source : sources) {
      rows_.emplace_back();
      for (std::size_t row = 0; row < source->size(); ++row)
        rows_.back().emplace(source->description().numbers[row], row);
    }
  }

  std::vector<std::uint64_t> behind(const std::vector<Link>& links) const {
    std::set<std::uint64_t> found;
    for (const auto& link : links) {
      const auto& derivation = sources_.at(link.source)->description().derivation;
      if (!derivation) {
        found.insert(link.payload_checksum);
        continue;
      }
      const auto& roots = derivation->roots[rows_.at(link.source).at(link.run)];
      found.insert(roots.begin(), roots.end());
    }
    return {found.begin(), found.end()};
  }

 private:
  const std::vector<const Store*>& sources_;
  std::vector<std::map<std::uint64_t, std::size_t>> rows_;  ///< by run number
};

}  // namespace

std::vector<std::uint64_t> roots_of(const Store& store, std::size_t row) {
  const auto& derivation = store.description().derivation;
  if (derivation) return derivation->roots[row];
  return {store.commit(row).payload_checksum};
}

Link link_to(const Store& store, std::size_t row, double weight, std::uint32_t source) {
  const auto record = store.commit(row);
  if (record.state != RunState::done) throw DataError(store.name_of(row) + " is not done");
  return {source, 0, store.description().numbers[row], record.payload_checksum, weight};
}

std::vector<float> intact_pmd(const Store& store, std::size_t row) {
  auto run = store.load(row);
  if (run.record.commit.state != RunState::done) throw DataError(store.name_of(row) + " is not done");
  if (!store.matches(row, run))
    throw DataError(store.name_of(row) + " is damaged, its checksum does not hold; see pmd_store verify");
  return std::move(run.pmd);
}

bool holds_single_runs(const Store& store) {
  const auto& derivation = store.description().derivation;
  if (!derivation) return true;
  // The compact form of computed runs is as good as they are.
  const auto method = nlohmann::json::parse(derivation->method);
  return method.is_object() && method.value("kind", nlohmann::json()) == "compact" && !method.contains("of");
}

void check_compatible(const std::vector<const Store*>& sources) {
  const auto& first = sources.front()->description();
  if (first.kx.size() < 2 || first.ky.size() < 2)
    throw DataError(sources.front()->path().string() + ": a momentum axis has fewer than two points");
  for (const Store* source : sources) {
    const auto& d = source->description();
    const auto differ = [&](const std::string& what) {
      throw DataError(fmt::format("{} and {} do not fit together: {}", sources.front()->path().string(),
                                  source->path().string(), what));
    };
    if (d.kx != first.kx || d.ky != first.ky) differ("they have other momentum axes");
    if (declarations_text(d.declared) != declarations_text(first.declared))
      differ("their data sets declare other parameters");
    for (const auto& [key, here, there] : differences(first.configuration, d.configuration))
      if ((key.starts_with("preset.") && key != "preset.name" && key != "preset.ranks_per_run") ||
          key.starts_with("dataset.pulse.") || key == "dataset.softening")
        differ(fmt::format("{} is {} and {}", key, here, there));
  }
}

void write_derived(const std::filesystem::path& output, const std::vector<const Store*>& sources,
                   const std::string& method, const std::vector<DerivedRow>& rows,
                   const std::function<DerivedDistribution(std::size_t)>& make, const RowMonitor& monitor) {
  check_compatible(sources);
  const StoreLock lock(output);
  const auto& first = sources.front()->description();
  StoreDescription d = without_rows(first);
  d.arrays.clear();
  d.code_version = code_version();
  d.libraries = first.libraries;
  d.machine = machine();
  d.created = utc_now();
  History history;
  for (const Store* source : sources)
    history.add(*source);
  d.history = history.text();
  d.derivation = Derivation{method, {}, {}, {}};
  const Roots roots(sources);
  for (const auto& row : rows) {
    d.runs.push_back(row.parameters);
    d.derivation->use.push_back(row.use);
    d.derivation->links.push_back(row.links);
    d.derivation->roots.push_back(roots.behind(row.links));
  }
  const auto cells = cells_of(first);
  const auto fill = [&](Store& store) {
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (monitor && !monitor(row, rows.size())) throw Interrupted("interrupted; no store was made");
      DerivedDistribution made = make(row);
      if (made.pmd.size() != cells.size())
        throw DataError(fmt::format("distribution {} does not fit the axes", row));
      measure(made.pmd, cells, made.diagnostics);
      store.write(row, made.pmd, made.diagnostics, 1);
    }
  };
  Store::create_filled(output, d, fill, StoreKind::sealed, compression);
}

}  // namespace bondscope
