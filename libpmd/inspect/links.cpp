#include "libpmd/inspect/links.hpp"

#include <map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/hexadecimal.hpp"

namespace bondscope {
namespace {

/// Entry of the derived store's history that is this source, and whether it is told by its checksum.
std::pair<std::uint32_t, bool> entry_of(const Store& derived, const Store& source) {
  const auto history = nlohmann::json::parse(derived.description().history);
  const auto checksum = hexadecimal(source.description_checksum());
  for (std::uint32_t i = 0; i < history.size(); ++i)
    if (const auto& entry = history[i];
        entry.is_object() && entry.value("description_checksum", nlohmann::json()) == checksum)
      return {i, true};
  if (history.size() == 1) return {0, false};
  throw DataError(fmt::format("{}: is none of the stores that {} was made from", source.path().string(),
                              derived.path().string()));
}

}  // namespace

LinkReport follow_links(const Store& derived, const std::vector<std::filesystem::path>& sources) {
  const auto& derivation = derived.description().derivation;
  if (!derivation)
    throw DataError(derived.path().string() + ": was not derived from other stores; it has no links");
  LinkReport report;
  for (const auto& links : derivation->links)
    report.links += links.size();
  for (const auto& file : sources) {
    const auto source = Store::open(file, Store::Mode::read);
    const auto [entry, named] = entry_of(derived, source);
    const auto records = source.commits();
    // A run's number changes where a store grows in front of it; its data do not.
    std::map<std::uint64_t, std::size_t> by_checksum, by_number;
    for (std::size_t row = 0; row < source.size(); ++row) {
      by_number.emplace(source.description().numbers[row], row);
      if (records[row].state == RunState::done) by_checksum.emplace(records[row].payload_checksum, row);
    }
    std::size_t intact = 0;
    std::vector<std::string> broken;
    for (std::size_t i = 0; i < derivation->links.size(); ++i)
      for (const auto& link : derivation->links[i]) {
        if (link.source != entry) continue;
        ++report.followed;
        if (by_checksum.contains(link.payload_checksum)) {
          ++intact;
          continue;
        }
        const auto row = by_number.find(link.run);
        const char* wrong = row == by_number.end() ? "is not there"
                            : records[row->second].state != RunState::done
                                ? "is not done"
                                : "is another one, with another checksum";
        broken.push_back(fmt::format("distribution {}: run {} of {} {}", i, link.run, file.string(), wrong));
      }
    if (intact == 0 && !named)
      throw DataError(fmt::format("{}: has none of the runs that {} was made from", file.string(),
                                  derived.path().string()));
    report.broken.insert(report.broken.end(), broken.begin(), broken.end());
  }
  return report;
}

}  // namespace bondscope
