#include "libpmd/inspect/report.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include <nlohmann/json.hpp>

#include "libpmd/base/files/disk.hpp"
#include "libpmd/base/text/duration.hpp"
#include "libpmd/inspect/report_parts.hpp"

namespace bondscope {
namespace {

using nlohmann::json;

/// "3, 5, 6, …"
std::string run_list(const std::vector<std::size_t>& runs) {
  constexpr std::size_t most = 12;
  const auto last = runs.begin() + static_cast<std::ptrdiff_t>(std::min(runs.size(), most));
  return fmt::format("{}{}", fmt::join(runs.begin(), last, ", "), runs.size() > most ? ", …" : "");
}

std::string axis(const std::vector<double>& points) {
  const double spacing = (points.back() - points.front()) / static_cast<double>(points.size() - 1);
  return fmt::format("{} points, {:.4g} to {:.4g} a.u. (spacing {:.4g})", points.size(), points.front(),
                     points.back(), spacing);
}

json points_json(const std::vector<double>& points) {
  return axis_json(points.size(), points.front(), points.back());
}

std::string spread_text(const Spread& spread) {
  return spread.count ? fmt::format("{:.4g} to {:.4g}, median {:.4g}", spread.min, spread.max, spread.median)
                      : "none";
}

const char* to_string(Finding::Severity severity) {
  return severity == Finding::Severity::error ? "error" : "warning";
}

/// Of a compact store: mean and total variation are means over its runs.
std::optional<CompactError> compact_errors(const Store& store) {
  if (store.kind() != StoreKind::compact) return {};
  CompactError all;
  const auto rows = static_cast<double>(store.size());
  for (std::size_t row = 0; row < store.size(); ++row) {
    const auto error = *store.compact_error(row);
    all.grey_mean += error.grey_mean / rows;
    all.total_variation += error.total_variation / rows;
    all.grey_largest = std::max(all.grey_largest, error.grey_largest);
  }
  return all;
}

}  // namespace

std::string summary_text(const Store& store, const StoreSummary& s) {
  const auto& d = store.description();
  auto text = line("store", "{}", store.path().string()) + data_set_lines(d);
  if (store.sealed()) text += line("sealed", "a copy for reading only");
  if (const auto error = compact_errors(store))
    text += line("compact", "error {:.2f} grey levels on average, {:.1f} at most", error->grey_mean,
                 error->grey_largest);
  text += line("molecules", "{}", list_of(s.molecules));
  if (const auto measured = std::ranges::count(d.measured, 1))
    text += line("measured", "{} of {} rows, not computed", measured, s.runs);

  text += line("runs", "{} of {} done ({:.1f} %){}{}", s.done, s.runs,
               100.0 * static_cast<double>(s.done) / static_cast<double>(s.runs), also(s.pending, "pending"),
               also(s.failed, fmt::format("failed ({})", run_list(s.failed_runs))));
  if (s.failed) {
    std::vector<std::string> kinds;
    for (const auto& [kind, count] : s.failed_by_kind)
      kinds.push_back(fmt::format("{} {}", count, kind));
    text += line("failed by kind", "{}", fmt::join(kinds, ", "));
  }
  text += line("attempts", "{}{}", s.attempts, also(s.retried, "runs needed more than one"));
  if (!s.damaged_records.empty())
    text += line("damaged", "commit records of runs {}; they count as pending", run_list(s.damaged_records));

  text += '\n';
  text += line(s.done ? "done runs" : "planned runs", "{}", s.done ? "" : "(none is done yet)");
  text += parameter_lines(s.parameters);
  if (s.done) {
    text += line("  yield", "{}", interval(s.yield));
    if (s.total_wall_seconds > 0)
      text += line("  wall time", "{} a run (median; {} to {}), {} together",
                   format_duration(s.wall_seconds.median), format_duration(s.wall_seconds.min),
                   format_duration(s.wall_seconds.max), format_duration(s.total_wall_seconds));
  }

  text += '\n';
  text += line("kx", "{}", axis(d.kx)) + line("ky", "{}", axis(d.ky));
  text +=
      line("size", "{} on disk, {} when complete", format_bytes(s.disk_bytes), format_bytes(s.nominal_bytes));
  return text + '\n' + origin_lines(d);
}

std::string summary_json(const Store& store, const StoreSummary& s, bool configuration) {
  const auto& d = store.description();
  auto document = description_json(d, configuration);
  document.update(
      {{"store", store.path().string()},
       {"sealed", store.sealed()},
       {"runs", {{"total", s.runs}, {"done", s.done}, {"pending", s.pending}, {"failed", s.failed}}},
       {"fraction_done", static_cast<double>(s.done) / static_cast<double>(s.runs)},
       {"failed_runs", s.failed_runs},
       {"failed_by_kind", s.failed_by_kind},
       {"damaged_commit_records", s.damaged_records},
       {"attempts", s.attempts},
       {"runs_with_several_attempts", s.retried},
       {"molecules", s.molecules},
       {"parameters", to_json(s.parameters)},
       {"yield", to_json(s.yield)},
       {"wall_seconds", to_json(s.wall_seconds)},
       {"total_wall_seconds", s.total_wall_seconds},
       {"axes", {{"kx", points_json(d.kx)}, {"ky", points_json(d.ky)}}},
       {"bytes", {{"on_disk", s.disk_bytes}, {"file", s.file_bytes}, {"nominal", s.nominal_bytes}}}});
  if (const auto error = compact_errors(store))
    for (const auto& field : compact_error_fields)
      document["compact"][field.name] = (*error).*field.member;
  if (d.derivation) {
    std::vector<std::string> use;
    for (const auto one : d.derivation->use)
      use.emplace_back(to_string(one));
    document["use"] = use;
  }
  return dump(document);
}

std::string verify_text(const Store& store, const VerifyReport& report, std::size_t most_listed) {
  std::string text;
  std::map<std::string, std::size_t> listed;
  for (const auto& finding : report.findings)
    if (++listed[finding.check] <= most_listed)
      text += fmt::format("{}: {}: {}: {}\n", to_string(finding.severity),
                          run_name(store.description(), finding.run), finding.check, finding.message);
  for (const auto& [check, count] : listed)
    if (count > most_listed)
      text += fmt::format("and {} more of {} (--json lists all)\n", count - most_listed, check);
  if (!text.empty()) text += "\n";

  text += line("checked", "{} of {} runs{}{}", report.checked, report.runs, also(report.pending, "pending"),
               also(report.failed, "failed"));
  text += line("norm balance", "{}  (yield / absorbed norm)", spread_text(report.balance));
  text += line("noise floor", "{}  (of the maximum)", spread_text(report.noise));
  text += line("rim", "{}  (of the maximum)", spread_text(report.rim));
  text += report.off_trend.count ? line("off trend", "{}  (decades of yield)", spread_text(report.off_trend))
                                 : line("off trend", "not looked for: fewer than 25 runs of a molecule");
  return text + line("result", "{} errors, {} warnings", report.errors, report.warnings);
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
    text += fmt::format("failed: {}: {} after {}: {}\n", run_name(d, one.run), to_string(one.kind),
                        counted(one.attempts, "attempt"),
                        one.reason.empty() ? "(no reason, or a damaged one)" : one.reason);
  for (const auto& one : list.begun)
    text += fmt::format("begun: {}: begun {}, no end known\n", run_name(d, one.run),
                        one.begun == 1 ? "once" : fmt::format("{} times", one.begun));
  if (!text.empty()) text += "\n";
  return text + line("result", "{} failed, {} begun without a known end, of {} runs", list.failed.size(),
                     list.begun.size(), store.size());
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
