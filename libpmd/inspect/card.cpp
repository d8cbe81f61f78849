#include "libpmd/inspect/card.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/files/disk.hpp"
#include "libpmd/base/text/duration.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/inspect/report_parts.hpp"
#include "libpmd/store/history.hpp"

namespace bondscope {
namespace {

constexpr std::size_t most_reasons = 10, most_ancestors = 12;

/// A text from the file within Markdown, on one line.
std::string quoted(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (std::string_view("\\`*_[]<>|#&!~").find(c) != std::string_view::npos) safe += '\\';
    safe += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
  }
  return safe;
}

std::string row(const std::string& name, const std::string& value) {
  return fmt::format("| {} | {} |\n", name, value);
}

/// Indented code: whatever it has, no line of it can end it.
std::string code_block(const std::string& text) {
  std::istringstream lines(text);
  std::string block;
  for (std::string line; std::getline(lines, line);)
    block += "    " + line + "\n";
  return block;
}

/// The comment that a configuration begins with: what its makers say of it.
std::string comment_of(const std::string& configuration_given, const std::string& part) {
  std::istringstream lines(configuration_given);
  std::string text, line;
  while (std::getline(lines, line) && !line.starts_with("# ---- " + part)) {
  }
  while (std::getline(lines, line) && line.starts_with('#') && !line.starts_with("# ----"))
    text += line.size() > 2 ? quoted(line.substr(2)) + " " : "\n> \n> ";
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n' || text.back() == '>'))
    text.pop_back();
  return text.empty() ? text : "> " + text + "\n";
}

std::string momenta_text(const std::vector<double>& axis) {
  return fmt::format("{:.4g} to {:.4g} a.u. in {} points", axis.front(), axis.back(), axis.size());
}

std::string kind_text(const Store& store) {
  switch (store.kind()) {
    case StoreKind::live:
      return "live: a farm may add to it";
    case StoreKind::sealed:
      return "sealed: nothing changes any more";
    case StoreKind::compact:
      return "compact: distributions with a small, stated error";
  }
  return "";
}

std::string about_section(const Store& store, const StoreSummary& s) {
  const auto& d = store.description();
  auto text =
      fmt::format("# Data set {}\n\n{} photoelectron momentum distributions of {}", quoted(d.dataset), s.done,
                  quoted(s.molecules.size() == 1 ? s.molecules.begin()->first : list_of(s.molecules)));
  if (!d.part.empty()) text += fmt::format("; part {} of the data set", quoted(d.part));
  return text + ".\n" +
         (comment_of(d.configuration_given, "data set").empty()
              ? ""
              : "\nIts makers say:\n\n" + comment_of(d.configuration_given, "data set"));
}

std::string making_section(const Store& store, const StoreSummary& s) {
  const auto& d = store.description();
  std::string text = "\n## How it was made\n\n| | |\n| --- | --- |\n";
  text += row("file", fmt::format("{}, {}, {}", quoted(store.path().filename().string()),
                                  format_bytes(s.disk_bytes), kind_text(store)));
  if (!d.preset.empty()) text += row("preset (the numerics)", quoted(d.preset));
  text += row("seed of the random parameters", std::to_string(d.seed));
  text += row("code", quoted(d.code_version)) + row("libraries", quoted(d.libraries));
  text += row("machine", quoted(d.machine)) + row("created", quoted(d.created));
  if (s.wall_seconds.count && s.total_wall_seconds > 0)
    text +=
        row("time", fmt::format("{} of one worker; {} a run (median; {} to {})",
                                format_duration(s.total_wall_seconds), format_duration(s.wall_seconds.median),
                                format_duration(s.wall_seconds.min), format_duration(s.wall_seconds.max)));
  text += row("momenta along the polarisation, kx", momenta_text(d.kx));
  text += row("momenta across, ky", momenta_text(d.ky));
  if (d.derivation) text += row("derived", quoted(nlohmann::json::parse(d.derivation->method).dump()));
  std::size_t listed = 0;
  for (const auto& one : ancestors(d.history))
    if (++listed <= most_ancestors)
      text += row(one.depth == 0 ? "made from" : "which was made from",
                  fmt::format("{}: {} runs done, created {}, code {}", quoted(one.file), one.runs_done,
                              quoted(one.created), quoted(one.code_version)));
  if (listed > most_ancestors) text += row("", fmt::format("and {} more", listed - most_ancestors));
  return text;
}

std::string spread_row(const std::string& name, const std::string& unit, const Spread& spread, double in) {
  if (spread.count == 0) return "";
  return fmt::format("| {} | {} | {:.4g} | {:.4g} | {:.4g} |\n", quoted(name), quoted(unit), spread.min / in,
                     spread.median / in, spread.max / in);
}

std::string statistics_section(const Store& store, const StoreSummary& s) {
  std::string text =
      fmt::format("\n## What is in it\n\nOf the {}:\n\n| | unit | smallest | median | largest |\n",
                  s.done ? "done runs" : "planned runs: none is done yet");
  text += "| --- | --- | --- | --- | --- |\n";
  for (const auto& [parameter, spread] : s.parameters)
    text += spread_row(parameter.title, parameter.shown_unit_name, spread, parameter.shown_unit);
  const auto records = store.records();
  for (const auto& field : diagnostics_fields) {
    std::vector<double> values;
    for (const auto& record : records)
      if (record.commit.state == RunState::done) values.push_back(record.diagnostics.*field.member);
    std::string name = field.name;
    std::ranges::replace(name, '_', ' ');
    text += spread_row(name, field.unit, spread_of(values), 1);
  }
  return text;
}

std::string failures_section(const Store& store, const StoreSummary& s) {
  auto text = fmt::format(
      "\n## Failures\n\n{} of {} runs are done, {} failed, {} are pending; {} needed more "
      "than one attempt.\n",
      s.done, s.runs, s.failed, s.pending, s.retried);
  if (!s.damaged_records.empty())
    text += fmt::format("{} have damaged records and count as pending.\n", s.damaged_records.size());
  const auto list = list_failures(store).failed;
  if (list.empty()) return text;
  text += "\n| run | kind | reason |\n| --- | --- | --- |\n";
  for (std::size_t i = 0; i < std::min(list.size(), most_reasons); ++i)
    text += fmt::format("| {} | {} | {} |\n", store.description().numbers[list[i].run],
                        quoted(to_string(list[i].kind)), quoted(list[i].reason));
  if (list.size() > most_reasons)
    text += fmt::format("\nand {} more: 'pmd\\_store failures' lists all.\n", list.size() - most_reasons);
  return text;
}

std::string limits_section(const Store& store, const StoreSummary& s) {
  const auto& d = store.description();
  std::string text = "\n## Known limits\n\n";
  const auto add = [&](const std::string& limit) { text += "- " + limit + "\n"; };
  add("The model: one active electron in two dimensions, soft-core potentials, fixed nuclei. It is made for "
      "comparisons within itself.");
  add("Distributions end at the momenta above; what is faster is not in them.");
  if (s.pending)
    add(fmt::format("{} planned runs are missing: parameters may be thinner where they are.", s.pending));
  if (s.failed)
    add(fmt::format("{} runs failed: what they have in common is missing from the set.", s.failed));
  if (store.kind() == StoreKind::compact) {
    double mean = 0, largest = 0;
    for (std::size_t row = 0; row < store.size(); ++row) {
      const auto error = *store.compact_error(row);
      mean += error.grey_mean / static_cast<double>(store.size());
      largest = std::max(largest, error.grey_largest);
    }
    add(fmt::format(
        "Distributions are kept in bytes: wrong by {:.2f} grey levels of 255 over five decades on "
        "average, by {:.1f} at most.",
        mean, largest));
  }
  if (d.derivation) {
    const auto training = std::ranges::count(d.derivation->use, Use::training);
    const auto tests = std::ranges::count(d.derivation->use, Use::test);
    add(fmt::format("Distributions were derived from others; {} are for training only, {} for tests only.",
                    training, tests));
  }
  if (const auto measured = std::ranges::count_if(d.measured, [](auto one) { return one != 0; }))
    add(fmt::format("{} rows were measured, not computed.", measured));
  if (std::ranges::any_of(d.unknown, [](const auto& names) { return !names.empty(); }))
    add("Some parameters are not known; they read 0 and are marked.");
  const auto preset = comment_of(d.configuration_given, "preset");
  if (!preset.empty()) text += "\nThe makers of the preset say:\n\n" + preset;
  return text;
}

}  // namespace

std::string store_card(const Store& store, const StoreSummary& summary) {
  return about_section(store, summary) + making_section(store, summary) + statistics_section(store, summary) +
         failures_section(store, summary) + limits_section(store, summary) +
         fmt::format("\n## Configuration\n\n{}", code_block(store.description().configuration));
}

}  // namespace bondscope
