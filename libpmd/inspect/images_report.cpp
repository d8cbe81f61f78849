#include "libpmd/inspect/images_report.hpp"

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/inspect/report_line.hpp"
#include "libpmd/store/history.hpp"

namespace bondscope {
namespace {

using nlohmann::json;

struct Interval {
  double min = 0, max = 0;
};

template <class Value>
Interval interval_of(std::size_t count, const Value& value) {
  Interval found{value(0), value(0)};
  for (std::size_t i = 1; i < count; ++i) {
    found.min = std::min(found.min, value(i));
    found.max = std::max(found.max, value(i));
  }
  return found;
}

Interval of_parameter(const ImagesFile& file, const Parameter& parameter) {
  const auto& runs = file.description().source.runs;
  return interval_of(runs.size(), [&](std::size_t i) { return parameter.of(runs[i]); });
}

Interval yields(const ImagesFile& file) {
  return interval_of(file.size(), [&](std::size_t i) { return file.diagnostics(i).yield; });
}

std::string text(const Interval& interval, double unit = 1, const std::string& name = "") {
  const auto end = name.empty() ? "" : " " + name;
  if (interval.min == interval.max) return number(interval.min / unit) + end;
  return number(interval.min / unit) + " to " + number(interval.max / unit) + end;
}

std::string text(const AxisRange& axis) {
  return std::to_string(axis.points) + " points, " + number(axis.min) + " to " + number(axis.max) + " a.u.";
}

json to_json(const Interval& interval) {
  return {{"min", interval.min}, {"max", interval.max}};
}

json to_json(const AxisRange& axis) {
  return {{"points", axis.points}, {"min", axis.min}, {"max", axis.max}};
}

/// Texts in a file are from outside and need not be UTF-8.
std::string dump(const json& document) {
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::map<std::string, std::size_t> molecules(const ImagesFile& file) {
  std::map<std::string, std::size_t> counts;
  for (const auto& run : file.description().source.runs)
    ++counts[run.molecule];
  return counts;
}

/// Rows that are marked for one use in learning.
std::map<std::string, std::size_t> uses(const ImagesFile& file) {
  std::map<std::string, std::size_t> counts;
  if (const auto& derivation = file.description().source.derivation)
    for (const auto use : derivation->use)
      ++counts[to_string(use)];
  return counts;
}

std::string list(const std::map<std::string, std::size_t>& counts) {
  std::string all;
  for (const auto& [name, count] : counts)
    all += (all.empty() ? "" : ", ") + name + " (" + std::to_string(count) + ")";
  return all;
}

std::uint64_t raw_bytes(const ImagesFile& file) {
  const auto& image = file.description().image;
  return file.size() * static_cast<std::uint64_t>(image.width) * static_cast<std::uint64_t>(image.height);
}

}  // namespace

std::string images_text(const ImagesFile& file) {
  const auto& d = file.description();
  std::string all = line("images file", file.path().string());
  all += line("data set", d.source.dataset + " (seed " + std::to_string(d.source.seed) + ")");
  all += line("preset", d.source.preset);
  if (!d.source.part.empty()) all += line("part", d.source.part + " of the data set");
  all += line("images", std::to_string(file.size()) + " of " + to_string(d.image) + ", 8 bits");
  all += line("molecules", list(molecules(file)));
  if (d.source.derivation) all += line("derived", d.source.derivation->method);
  if (d.source.derivation) all += line("use", list(uses(file)));
  for (const auto& parameter : all_parameters(d.source.declared))
    all += line(parameter.title,
                text(of_parameter(file, parameter), parameter.shown_unit, parameter.shown_unit_name));
  all += line("yield", text(yields(file)));
  all += line("kx", text(d.kx) + " in the store");
  all += line("ky", text(d.ky) + " in the store");
  all += line("size", format_bytes(file.file_bytes()) +
                          " (the images alone, not compressed: " + format_bytes(raw_bytes(file)) + ")");
  all += line("created", d.source.created);
  all += line("machine", d.source.machine);
  all += line("code", d.source.code_version);
  for (const auto& one : ancestors(d.source.history))
    if (one.depth == 0)
      all += line("made from", one.file + ": " + std::to_string(one.runs_done) + " runs done, created " +
                                   one.created + ", code " + one.code_version);
  return all;
}

std::string images_json(const ImagesFile& file, bool configuration) {
  const auto& d = file.description();
  json parameters;
  for (const auto& parameter : all_parameters(d.source.declared))
    parameters[parameter.name] = to_json(of_parameter(file, parameter));
  json document{{"images_file", file.path().string()},
                {"dataset", d.source.dataset},
                {"preset", d.source.preset},
                {"seed", d.source.seed},
                {"part", d.source.part},
                {"images", file.size()},
                {"image", {{"floor", d.image.floor}, {"width", d.image.width}, {"height", d.image.height}}},
                {"molecules", molecules(file)},
                {"parameters", parameters},
                {"yield", to_json(yields(file))},
                {"axes", {{"kx", to_json(d.kx)}, {"ky", to_json(d.ky)}}},
                {"bytes", {{"file", file.file_bytes()}, {"images", raw_bytes(file)}}},
                {"created", d.source.created},
                {"machine", d.source.machine},
                {"code_version", d.source.code_version}};
  if (d.source.derivation) {
    document["derivation"] = json::parse(d.source.derivation->method);
    document["use"] = uses(file);
  }
  if (!d.source.history.empty()) document["history"] = json::parse(d.source.history);
  if (configuration) document["configuration"] = d.source.configuration;
  return dump(document);
}

std::vector<DamagedImage> find_damaged(const ImagesFile& file,
                                       const std::function<void(std::size_t, std::size_t)>& progress) {
  std::vector<DamagedImage> damaged;
  for (std::size_t row = 0; row < file.size(); ++row) {
    try {
      file.row(row);
    } catch (const DataError& error) {
      damaged.push_back({row, error.what()});
    }
    if (progress) progress(row + 1, file.size());
  }
  return damaged;
}

std::string damaged_text(const ImagesFile& file, const std::vector<DamagedImage>& damaged) {
  std::string all;
  for (const auto& one : damaged)
    all += "error: " + one.message + "\n";
  return all + "images file " + file.path().string() + ": seal intact, " + std::to_string(file.size()) +
         " images checked, " + std::to_string(damaged.size()) + " damaged\n";
}

std::string damaged_json(const ImagesFile& file, const std::vector<DamagedImage>& damaged) {
  json findings = json::array();
  for (const auto& [row, message] : damaged)
    findings.push_back({{"row", row},
                        {"run", file.description().source.numbers[row]},
                        {"check", "checksum"},
                        {"severity", "error"},
                        {"message", message}});
  return dump({{"images_file", file.path().string()},
               {"images", file.size()},
               {"errors", damaged.size()},
               {"findings", findings}});
}

}  // namespace bondscope
