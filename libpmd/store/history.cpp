#include "libpmd/store/history.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/text/number.hpp"

namespace bondscope {
namespace {

using nlohmann::json;

void list(const json& entries, int depth, std::vector<Ancestor>& found) {
  if (!entries.is_array()) return;
  for (const auto& entry : entries) {
    if (!entry.is_object()) continue;
    const auto text = [&](const char* key) {
      const auto at = entry.find(key);
      return at != entry.end() && at->is_string() ? at->get<std::string>() : std::string();
    };
    const auto done = entry.find("runs_done");
    found.push_back({depth, text("file"), text("part"), text("created"), text("code_version"),
                     done != entry.end() && done->is_number_unsigned() ? done->get<std::uint64_t>() : 0});
    if (const auto before = entry.find("history"); before != entry.end()) list(*before, depth + 1, found);
  }
}

// Texts in a store are from outside and need not be UTF-8.
std::string as_text(const json& entry) {
  return entry.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string entry_of(const Store& source, const json& before) {
  const auto& d = source.description();
  return as_text({{"file", source.path().filename().string()},
                  {"part", d.part},
                  {"created", d.created},
                  {"code_version", d.code_version},
                  {"machine", d.machine},
                  {"libraries", d.libraries},
                  {"description_checksum", hexadecimal(source.description_checksum())},
                  {"runs_done", source.runs_in(RunState::done).size()},
                  {"history", before}});
}

}  // namespace

void History::add(const Store& source) {
  const auto& before = source.description().history;
  entries_.push_back(entry_of(source, before.empty() ? json::array() : json::parse(before)));
}

void History::add_grown(const Store& source) {
  entries_.push_back(entry_of(source, json::array()));
  const auto& before = source.description().history;
  if (before.empty()) return;
  for (const auto& entry : json::parse(before))
    entries_.push_back(as_text(entry));
}

std::string History::text() const {
  return fmt::format("[{}]", fmt::join(entries_, ","));
}

std::vector<Ancestor> ancestors(const std::string& history) {
  std::vector<Ancestor> found;
  if (!history.empty()) list(json::parse(history, nullptr, false), 0, found);
  return found;
}

}  // namespace bondscope
