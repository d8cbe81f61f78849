#include "libtdse/inspect/links.hpp"

#include <map>

#include <nlohmann/json.hpp>

#include "libtdse/base/error.hpp"

namespace tdse {
namespace {

/// Entry of the derived store's history that is this source.
std::uint32_t entry_of(const Store& derived, const Store& source) {
  const auto history = nlohmann::json::parse(derived.description().history);
  char checksum[17];
  std::snprintf(checksum, sizeof checksum, "%016llx",
                static_cast<unsigned long long>(source.description_checksum()));
  for (std::uint32_t i = 0; i < history.size(); ++i)
    if (const auto& entry = history[i];
        entry.is_object() && entry.value("description_checksum", nlohmann::json()) == checksum)
      return i;
  if (history.size() == 1) return 0;
  throw DataError(source.path().string() + ": is none of the stores that " + derived.path().string() +
                  " was made from");
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
    const auto entry = entry_of(derived, source);
    const auto records = source.commits();
    std::map<std::uint64_t, std::size_t> rows;
    for (std::size_t row = 0; row < source.size(); ++row)
      rows.emplace(source.description().numbers[row], row);
    for (std::size_t i = 0; i < derivation->links.size(); ++i)
      for (const auto& link : derivation->links[i]) {
        if (link.source != entry) continue;
        ++report.followed;
        const auto row = rows.find(link.run);
        std::string wrong;
        if (row == rows.end())
          wrong = "is not there";
        else if (records[row->second].state != RunState::done)
          wrong = "is not done";
        else if (records[row->second].payload_checksum != link.payload_checksum)
          wrong = "is another one, with another checksum";
        if (!wrong.empty())
          report.broken.push_back("distribution " + std::to_string(i) + ": run " + std::to_string(link.run) +
                                  " of " + file.string() + " " + wrong);
      }
  }
  return report;
}

}  // namespace tdse
