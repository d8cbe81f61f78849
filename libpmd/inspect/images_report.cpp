#include "libpmd/inspect/images_report.hpp"

#include <map>
#include <numeric>

#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/base/text/json_fields.hpp"
#include "libpmd/inspect/report_parts.hpp"

namespace bondscope {
namespace {

using nlohmann::json;

Spread yields(const ImagesFile& file) {
  std::vector<double> values;
  for (std::size_t row = 0; row < file.size(); ++row)
    values.push_back(file.diagnostics(row).yield);
  return spread_of(values);
}

std::string axis_text(const AxisRange& axis) {
  return fmt::format("{} points, {:.4g} to {:.4g} a.u.", axis.points, axis.min, axis.max);
}

json range_json(const AxisRange& axis) {
  return axis_json(axis.points, axis.min, axis.max);
}

std::uint64_t raw_bytes(const ImagesFile& file) {
  std::uint64_t bytes = 0;
  for (const auto& [name, image] : file.description().representations)
    bytes += file.size() * static_cast<std::uint64_t>(image.width) *
             static_cast<std::uint64_t>(image.height) *
             (image.values == PixelValues::bytes ? 1 : sizeof(float));
  return bytes;
}

json representations_json(const ImagesFile& file) {
  json all = json::object();
  for (const auto& [name, image] : file.description().representations) {
    JsonFields fields;
    visit_image_settings(fields, image);
    all[name] = fields.json;
  }
  return all;
}

std::vector<std::size_t> all_rows(const StoreDescription& d) {
  std::vector<std::size_t> rows(d.runs.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

}  // namespace

std::string images_text(const ImagesFile& file) {
  const auto& d = file.description();
  auto all = line("images file", "{}", file.path().string()) + data_set_lines(d.source);
  all += line("format", "{}", file.format_version()) + line("runs", "{}", file.size());
  for (const auto& [name, image] : d.representations)
    all += line("images", "{}: {}", name, to_string(image));
  all += line("molecules", "{}", list_of(molecules_of(d.source.runs)));
  all += parameter_lines(spreads_of(d.source, all_rows(d.source)));
  all += line("  yield", "{}", interval(yields(file)));
  all += line("kx", "{} in the store", axis_text(d.kx)) + line("ky", "{} in the store", axis_text(d.ky));
  all += line("size", "{} (the images alone, not compressed: {})", format_bytes(file.file_bytes()),
              format_bytes(raw_bytes(file)));
  return all + origin_lines(d.source);
}

std::string images_json(const ImagesFile& file, bool configuration) {
  const auto& d = file.description();
  auto document = description_json(d.source, configuration);
  document.update({{"images_file", file.path().string()},
                   {"images", file.size()},
                   {"format_version", file.format_version()},
                   {"representations", representations_json(file)},
                   {"molecules", molecules_of(d.source.runs)},
                   {"parameters", to_json(spreads_of(d.source, all_rows(d.source)))},
                   {"yield", to_json(yields(file))},
                   {"axes", {{"kx", range_json(d.kx)}, {"ky", range_json(d.ky)}}},
                   {"bytes", {{"file", file.file_bytes()}, {"images", raw_bytes(file)}}}});
  if (d.source.derivation) {
    std::map<std::string, std::size_t> uses;
    for (const auto use : d.source.derivation->use)
      ++uses[to_string(use)];
    document["use"] = uses;
  }
  return dump(document);
}

std::vector<DamagedImage> find_damaged(const ImagesFile& file,
                                       const std::function<void(std::size_t, std::size_t)>& progress) {
  std::vector<DamagedImage> damaged;
  for (std::size_t row = 0; row < file.size(); ++row) {
    try {
      for (std::size_t i = 0; i < file.description().representations.size(); ++i)
        file.image(i, row);
      file.distribution_1d(row);
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
    all += fmt::format("error: {}\n", one.message);
  return all + fmt::format("images file {}: {} runs checked, {} damaged\n", file.path().string(), file.size(),
                           damaged.size());
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
