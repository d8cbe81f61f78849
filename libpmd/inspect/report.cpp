#include "libpmd/inspect/report.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <map>

#include <nlohmann/json.hpp>

#include "libpmd/base/files/disk.hpp"
#include "libpmd/base/text/duration.hpp"
#include "libpmd/inspect/report_line.hpp"
#include "libpmd/store/history.hpp"

namespace bondscope {
namespace {

using nlohmann::json;

std::string percent(std::size_t part, std::size_t whole) {
  return number(100.0 * static_cast<double>(part) / static_cast<double>(whole), "%.1f") + " %";
}

/// ", 3 pending"
std::string also(std::size_t count, const char* what) {
  std::string text = ", ";
  return text.append(std::to_string(count)).append(" ").append(what);
}

/// "3, 5, 6, …"
std::string run_list(const std::vector<std::size_t>& runs) {
  constexpr std::size_t most = 12;
  std::string text;
  for (std::size_t i = 0; i < std::min(runs.size(), most); ++i)
    text += (i ? ", " : "") + std::to_string(runs[i]);
  return text + (runs.size() > most ? ", …" : "");
}

std::string interval(const Spread& spread, double unit, const std::string& unit_name) {
  const std::string name = unit_name.empty() ? "" : " " + unit_name;
  if (spread.min == spread.max) return number(spread.min / unit) + name;
  return number(spread.min / unit) + " to " + number(spread.max / unit) + name;
}

std::string axis(const std::vector<double>& points) {
  const double spacing = (points.back() - points.front()) / static_cast<double>(points.size() - 1);
  return std::to_string(points.size()) + " points, " + number(points.front()) + " to " +
         number(points.back()) + " a.u. (spacing " + number(spacing) + ")";
}

json to_json(const Spread& spread) {
  if (spread.count == 0) return nullptr;
  return {{"count", spread.count}, {"min", spread.min}, {"median", spread.median}, {"max", spread.max}};
}

json to_json(const std::vector<double>& axis_points) {
  return {{"points", axis_points.size()}, {"min", axis_points.front()}, {"max", axis_points.back()}};
}

/// Texts in a store are from outside and need not be UTF-8.
std::string dump(const json& document) {
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string spread_text(const Spread& spread) {
  if (spread.count == 0) return "none";
  return number(spread.min) + " to " + number(spread.max) + ", median " + number(spread.median);
}

const char* to_string(Finding::Severity severity) {
  return severity == Finding::Severity::error ? "error" : "warning";
}

/// "run 5", with its number in the data set if that is another one.
std::string run_name(const StoreDescription& d, std::size_t run) {
  std::string name = "run " + std::to_string(run);
  if (d.numbers[run] != run) name += " (number " + std::to_string(d.numbers[run]) + " of the data set)";
  return name;
}

/// What all lists of runs say about a run.
json run_json(const StoreDescription& d, std::size_t run) {
  json document{{"run", run}, {"number", d.numbers[run]}, {"molecule", d.runs[run].molecule}};
  for (const auto& [name, value] : values_of(d.runs[run]))
    document[name] = value;
  return document;
}

/// The stores that this one was made from; theirs are only counted.
std::string history_text(const std::string& history) {
  constexpr std::size_t most = 8;
  const auto all = ancestors(history);
  std::string text;
  std::size_t direct = 0;
  for (const auto& one : all) {
    if (one.depth > 0 || ++direct > most) continue;
    text += line(direct == 1 ? "made from" : "", one.file + (one.part.empty() ? "" : ", part " + one.part) +
                                                     ": " + std::to_string(one.runs_done) +
                                                     " runs done, created " + one.created + ", code " +
                                                     one.code_version);
  }
  if (direct > most) text += line("", "and " + std::to_string(direct - most) + " more");
  if (all.size() > direct)
    text += line("", "(those were made from " + std::to_string(all.size() - direct) + " others)");
  return text;
}

/// How the distributions were derived, and what they are for.
std::string derivation_text(const Derivation& derived) {
  std::string method = json::parse(derived.method).dump(-1, ' ', true);
  std::erase(method, '"');
  std::string text = line("derived", method);
  std::array<std::size_t, 3> uses{};
  for (const auto use : derived.use)
    ++uses[static_cast<std::size_t>(use)];
  if (uses[0] < derived.use.size())
    text += line("for learning", std::to_string(uses[1]) + " for training only, " + std::to_string(uses[2]) +
                                     " for tests only, " + std::to_string(uses[0]) + " for either");
  return text;
}

}  // namespace

std::string summary_text(const Store& store, const StoreSummary& s) {
  const auto& d = store.description();
  std::string text = line("store", store.path().string());
  text += line("data set", d.dataset + " (seed " + std::to_string(d.seed) + ")");
  text += line("preset", d.preset);
  if (!d.part.empty()) text += line("part", d.part + " of the data set");
  if (store.sealed()) text += line("sealed", "a copy for reading only");
  std::string molecules;
  for (const auto& [name, count] : s.molecules)
    molecules += (molecules.empty() ? "" : ", ") + name + " (" + std::to_string(count) + ")";
  text += line("molecules", molecules);

  std::string runs =
      std::to_string(s.done) + " of " + std::to_string(s.runs) + " done (" + percent(s.done, s.runs) + ")";
  if (s.pending) runs += also(s.pending, "pending");
  if (s.failed) runs += also(s.failed, "failed (") + run_list(s.failed_runs) + ")";
  text += line("runs", runs);
  if (s.failed) {
    std::string kinds;
    for (const auto& [kind, count] : s.failed_by_kind)
      kinds += (kinds.empty() ? "" : ", ") + std::to_string(count) + " " + kind;
    text += line("failed by kind", kinds);
  }
  text += line("attempts",
               std::to_string(s.attempts) + (s.retried ? also(s.retried, "runs needed more than one") : ""));
  if (!s.damaged_records.empty())
    text +=
        line("damaged", "commit records of runs " + run_list(s.damaged_records) + "; they count as pending");

  text += '\n';
  text += line(s.done ? "done runs" : "planned runs", s.done ? "" : "(none is done yet)");
  for (const auto& [parameter, spread] : s.parameters)
    text += line("  " + parameter.title, interval(spread, parameter.shown_unit, parameter.shown_unit_name));
  if (s.done) {
    text += line("  yield", interval(s.yield, 1, ""));
    text += line("  wall time", format_duration(s.wall_seconds.median) + " a run (median; " +
                                    format_duration(s.wall_seconds.min) + " to " +
                                    format_duration(s.wall_seconds.max) + "), " +
                                    format_duration(s.total_wall_seconds) + " together");
  }

  text += '\n';
  text += line("kx", axis(d.kx));
  text += line("ky", axis(d.ky));
  text += line("size",
               format_bytes(s.disk_bytes) + " on disk, " + format_bytes(s.nominal_bytes) + " when complete");
  text += '\n';
  text += line("created", d.created);
  text += line("code", d.code_version);
  text += line("libraries", d.libraries);
  text += line("machine", d.machine);
  if (d.derivation) text += derivation_text(*d.derivation);
  return text + history_text(d.history);
}

std::string summary_json(const Store& store, const StoreSummary& s, bool configuration) {
  const auto& d = store.description();
  json parameters;
  for (const auto& [parameter, spread] : s.parameters)
    parameters[parameter.name] = to_json(spread);
  json document{
      {"store", store.path().string()},
      {"dataset", d.dataset},
      {"preset", d.preset},
      {"seed", d.seed},
      {"part", d.part},
      {"sealed", store.sealed()},
      {"runs", {{"total", s.runs}, {"done", s.done}, {"pending", s.pending}, {"failed", s.failed}}},
      {"fraction_done", static_cast<double>(s.done) / static_cast<double>(s.runs)},
      {"failed_runs", s.failed_runs},
      {"failed_by_kind", s.failed_by_kind},
      {"damaged_commit_records", s.damaged_records},
      {"attempts", s.attempts},
      {"runs_with_several_attempts", s.retried},
      {"molecules", s.molecules},
      {"parameters", parameters},
      {"yield", to_json(s.yield)},
      {"wall_seconds", to_json(s.wall_seconds)},
      {"total_wall_seconds", s.total_wall_seconds},
      {"axes", {{"kx", to_json(d.kx)}, {"ky", to_json(d.ky)}}},
      {"bytes", {{"on_disk", s.disk_bytes}, {"file", s.file_bytes}, {"nominal", s.nominal_bytes}}},
      {"created", d.created},
      {"code_version", d.code_version},
      {"libraries", d.libraries},
      {"machine", d.machine},
      {"history", d.history.empty() ? json::array() : json::parse(d.history)},
  };
  if (d.derivation) {
    document["derivation"] = json::parse(d.derivation->method);
    std::vector<std::string> use;
    for (const auto one : d.derivation->use)
      use.emplace_back(to_string(one));
    document["use"] = use;
  }
  if (configuration) document["configuration"] = d.configuration;
  return dump(document);
}

std::string verify_text(const Store& store, const VerifyReport& report, std::size_t most_listed) {
  std::string text;
  std::map<std::string, std::size_t> listed;
  for (const auto& finding : report.findings) {
    if (++listed[finding.check] > most_listed) continue;
    text += std::string(to_string(finding.severity)) + ": " + run_name(store.description(), finding.run) +
            " (" + describe(store.description().runs[finding.run]) + "): " + finding.check + ": " +
            finding.message + "\n";
  }
  for (const auto& [check, count] : listed)
    if (count > most_listed)
      text += "and " + std::to_string(count - most_listed) + " more of " + check + " (--json lists all)\n";
  if (!text.empty()) text += "\n";

  text += line("checked", std::to_string(report.checked) + " of " + std::to_string(report.runs) + " runs" +
                              (report.pending ? also(report.pending, "pending") : "") +
                              (report.failed ? also(report.failed, "failed") : ""));
  text += line("norm balance", spread_text(report.balance) + "  (yield / absorbed norm)");
  text += line("noise floor", spread_text(report.noise) + "  (of the maximum)");
  text += line("rim", spread_text(report.rim) + "  (of the maximum)");
  text += line("off trend", report.off_trend.count ? spread_text(report.off_trend) + "  (decades of yield)"
                                                   : "not looked for: fewer than 25 runs of a molecule");
  text += line("result",
               std::to_string(report.errors) + " errors, " + std::to_string(report.warnings) + " warnings");
  return text;
}

std::string verify_json(const Store& store, const VerifyReport& report) {
  json findings = json::array();
  for (const auto& finding : report.findings) {
    auto entry = run_json(store.description(), finding.run);
    entry.update(
        {{"severity", to_string(finding.severity)}, {"check", finding.check}, {"message", finding.message}});
    findings.push_back(std::move(entry));
  }
  return dump({{"store", store.path().string()},
               {"runs", report.runs},
               {"checked", report.checked},
               {"pending", report.pending},
               {"failed", report.failed},
               {"errors", report.errors},
               {"warnings", report.warnings},
               {"yield_over_absorbed", to_json(report.balance)},
               {"noise_over_max", to_json(report.noise)},
               {"rim_over_max", to_json(report.rim)},
               {"yield_off_trend_decades", to_json(report.off_trend)},
               {"findings", findings}});
}

std::string failures_text(const Store& store, const FailureList& list) {
  const auto& d = store.description();
  std::string text;
  for (const auto& one : list.failed)
    text += "failed: " + run_name(d, one.run) + " (" + describe(d.runs[one.run]) +
            "): " + to_string(one.kind) + " after " + std::to_string(one.attempts) +
            (one.attempts == 1 ? " attempt: " : " attempts: ") +
            (one.reason.empty() ? "(no reason, or a damaged one)" : one.reason) + "\n";
  for (const auto& one : list.begun)
    text += "begun: " + run_name(d, one.run) + " (" + describe(d.runs[one.run]) + "): begun " +
            (one.begun == 1 ? "once" : std::to_string(one.begun) + " times") + ", no end known\n";
  if (!text.empty()) text += "\n";
  return text +
         line("result", std::to_string(list.failed.size()) + " failed, " + std::to_string(list.begun.size()) +
                            " begun without a known end, of " + std::to_string(store.size()) + " runs");
}

std::string failures_json(const Store& store, const FailureList& list) {
  const auto& d = store.description();
  json failed = json::array(), begun = json::array();
  for (const auto& one : list.failed) {
    failed.push_back(run_json(d, one.run));
    failed.back().update({{"kind", to_string(one.kind)}, {"attempts", one.attempts}, {"reason", one.reason}});
  }
  for (const auto& one : list.begun) {
    begun.push_back(run_json(d, one.run));
    begun.back()["begun"] = one.begun;
  }
  return dump(
      {{"store", store.path().string()}, {"runs", store.size()}, {"failed", failed}, {"begun", begun}});
}

}  // namespace bondscope
