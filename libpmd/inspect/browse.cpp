#include "libpmd/inspect/browse.hpp"

#include <cmath>
#include <map>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/hash.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/inspect/page/page.hpp"
#include "libpmd/inspect/report.hpp"
#include "libpmd/inspect/report_parts.hpp"

namespace bondscope {
namespace {

using nlohmann::json;

/// Six digits; JSON has no other numbers than finite ones.
json rounded(double value) {
  if (!std::isfinite(value)) return nullptr;
  return read_number(fmt::format("{:.6g}", value)).value_or(0);
}

json column(const std::string& kind, const std::string& name, const std::string& label,
            const std::string& unit) {
  return {{"kind", kind}, {"name", name}, {"label", label}, {"unit", unit}, {"values", json::array()}};
}

json columns(const Store& store, const std::vector<RunRecord>& records) {
  const auto& d = store.description();
  json all = json::array();
  for (const auto& parameter : all_parameters(d.declared)) {
    auto made = column("parameter", parameter.title, parameter.label, parameter.shown_unit_name);
    for (std::size_t row = 0; row < store.size(); ++row)
      made["values"].push_back(d.knows(row, parameter.name)
                                   ? rounded(parameter.of(d.runs[row]) / parameter.shown_unit)
                                   : json(nullptr));
    all.push_back(std::move(made));
  }
  for (const auto& field : diagnostics_fields) {
    std::string name = field.name;
    for (auto& c : name)
      if (c == '_') c = ' ';
    auto made = column("diagnostic", name, field.meaning, field.unit);
    for (const auto& record : records)
      made["values"].push_back(
          record.commit.state == RunState::done ? rounded(record.diagnostics.*field.member) : json(nullptr));
    all.push_back(std::move(made));
  }
  return all;
}

json failures(const FailureList& list) {
  json all = json::array();
  for (const auto& one : list.failed)
    all.push_back({{"row", one.run},
                   {"kind", to_string(one.kind)},
                   {"attempts", one.attempts},
                   {"reason", one.reason.empty() ? "(no reason, or a damaged one)" : one.reason}});
  return all;
}

json begun(const FailureList& list) {
  json all = json::array();
  for (const auto& one : list.begun)
    all.push_back({{"row", one.run}, {"begun", one.begun}});
  return all;
}

/// Which runs have which molecule: names, and the name's place for each run.
json molecules(const std::vector<RunParameters>& runs) {
  std::map<std::string, std::size_t> places;
  for (const auto& run : runs)
    places.emplace(run.molecule, 0);
  json names = json::array(), of_runs = json::array();
  for (auto& [name, place] : places) {
    place = names.size();
    names.push_back(name);
  }
  for (const auto& run : runs)
    of_runs.push_back(places[run.molecule]);
  return {{"names", names}, {"of", of_runs}};
}

json pictures(const Thumbnails& thumbnails) {
  const auto& image = thumbnails.image;
  json lengths = json::array(), faults = json::object();
  for (std::size_t row = 0; row < thumbnails.packed.size(); ++row) {
    lengths.push_back(thumbnails.packed[row].size());
    if (!thumbnails.faults[row].empty()) faults[std::to_string(row)] = thumbnails.faults[row];
  }
  return {{"width", image.width},
          {"height", image.height},
          {"kx", {image.kx.min, image.kx.max}},
          {"ky", {image.ky.min, image.ky.max}},
          {"floor", image.floor},
          {"every", thumbnails.every},
          {"lengths", lengths},
          {"faults", faults}};
}

json content(const Store& store, const Thumbnails& thumbnails, const std::string& link) {
  const auto& d = store.description();
  const auto records = store.records();
  const auto list = list_failures(store);
  std::string states;
  for (const auto& record : records)
    states += record.commit.state == RunState::done     ? 'd'
              : record.commit.state == RunState::failed ? 'f'
                                                        : 'p';
  return {{"dataset", d.dataset},
          {"preset", d.preset},
          {"file", store.path().filename().string()},
          {"link", link},
          {"summary", summary_text(store, summarise(store))},
          {"configuration", d.configuration},
          {"numbers", d.numbers},
          {"states", states},
          {"molecules", molecules(d.runs)},
          {"columns", columns(store, records)},
          {"failures", failures(list)},
          {"begun", begun(list)},
          {"pictures", pictures(thumbnails)}};
}

/// JSON inside of a script element, which nothing in it can end: '<' is only in strings.
std::string for_script(const json& document) {
  const auto text = document.dump(-1, ' ', false, json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text)
    c == '<' ? safe += "\\u003c" : safe += c;
  return safe;
}

}  // namespace

std::string browse_page(const Store& store, const Thumbnails& thumbnails, const std::string& link) {
  const auto data = for_script(content(store, thumbnails, link));
  std::string packed;
  packed.reserve(thumbnails.bytes());
  for (const auto& one : thumbnails.packed)
    packed += one;
  const std::map<std::string_view, std::string_view> parts{
      {"style", page::style}, {"script", page::script}, {"data", data}, {"pictures", packed}};
  // Scripts run only if they carry it.
  const auto nonce = hexadecimal(Hash().add(data).value());
  std::string html;
  std::string_view rest = page::html;
  while (!rest.empty()) {
    const auto begin = rest.find("{{");
    html += rest.substr(0, begin);
    if (begin == rest.npos) break;
    const auto end = rest.find("}}", begin);
    const auto name = rest.substr(begin + 2, end - begin - 2);
    html += name == "nonce" ? std::string_view(nonce) : parts.at(name);
    rest.remove_prefix(end + 2);
  }
  return html;
}

}  // namespace bondscope
