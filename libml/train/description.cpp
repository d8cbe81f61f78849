#include "libml/train/description.hpp"

#include <algorithm>
#include <concepts>
#include <set>
#include <span>
#include <type_traits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libml/train/process.hpp"
#include "libpmd/base/config/config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/hash.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libpmd/base/text/json.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/model/declarations.hpp"

namespace bondscope::ml {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* format = "pmd-model";
constexpr int format_version = 2;
/// A run that was learned from takes about 115 bytes. Images of 256×128 for half a million runs fill the
/// memory that samples may take (samples.hpp), and their description is about 60 MiB.
constexpr std::size_t most_bytes = 96u << 20;
constexpr std::int64_t most_runs = std::int64_t{1} << 40, most_bytes_of_file = std::int64_t{1} << 40;
constexpr std::size_t most_recipe_bytes = 64u << 10, most_name_bytes = 200;
constexpr int many = 1 << 30;

/// Of runs, one after the other: each is a row of these.
using Columns = std::vector<Parameter>;

/// What was seen of a run that is there already has the number of that row instead of the parameters.
Json rows_of(const std::vector<UsedRun>& runs, const Columns& columns) {
  Json rows = Json::array();
  std::map<std::string, std::size_t> known;
  for (const auto& run : runs) {
    Json row{run.parameters.molecule};
    for (const auto& parameter : columns)
      row.push_back(parameter.of(run.parameters));
    if (const auto [first, added] = known.try_emplace(row.dump(), rows.size()); !added)
      row = Json::array({first->second});
    row.push_back(hexadecimal(run.checksum));
    rows.push_back(std::move(row));
  }
  return rows;
}

UsedRun run_of(const nlohmann::json& row, const Columns& columns, std::span<const UsedRun> before) {
  if (row.is_array() && row.size() == 2 && row.at(0).is_number_unsigned()) {
    const auto first = row.at(0).get<std::size_t>();
    if (first >= before.size())
      throw DataError(fmt::format("a run is that of row {}; expected an earlier one", first));
    return {before[first].parameters, from_hexadecimal(row.back().get<std::string>())};
  }
  if (!row.is_array() || row.size() != columns.size() + 2)
    throw DataError(fmt::format("a run does not have {} entries", columns.size() + 2));
  UsedRun used;
  used.parameters.molecule = row.at(0).get<std::string>();
  // Rows that refer to this one have it, too.
  if (used.parameters.molecule.size() > most_name_bytes)
    throw DataError(fmt::format("the name of a molecule has {} bytes, expected at most {}",
                                used.parameters.molecule.size(), most_name_bytes));
  for (std::size_t i = 0; i < columns.size(); ++i)
    columns[i].set(used.parameters, row.at(i + 1).get<double>());
  used.checksum = from_hexadecimal(row.back().get<std::string>());
  return used;
}

/// Writes the fields of an object.
class Writer {
 public:
  template <class T>
  void field(const char* key, const T& value) {
    if constexpr (std::is_same_v<T, Recipe>)
      json[key] = Json::parse(value.to_json());
    else if constexpr (std::is_convertible_v<T, std::span<const TargetScaling>>)
      scalings(key, value);
    else
      json[key] = value;
  }
  template <std::integral T>
  void field(const char* key, T value, std::int64_t, std::int64_t) {
    json[key] = value;
  }
  void scalings(const char* key, std::span<const TargetScaling> all) {
    json[key] = Json::array();
    for (const auto& s : all)
      json[key].push_back({{"offset", s.offset}, {"scale", s.scale}});
  }
  void field(const char* key, const std::vector<std::uint64_t>& checksums) {
    json[key] = Json::array();
    for (const auto checksum : checksums)
      json[key].push_back(hexadecimal(checksum));
  }
  void field(const char* key, const std::vector<UsedRun>& runs, const Columns& columns) {
    json[key] = rows_of(runs, columns);
  }
  void field(const char* key, const Setting& setting) {
    json[key] = Json::object();
    for (const auto& entry : setting)
      if (!entry.value)
        json[key][entry.key] = nullptr;
      else if (const auto number = read_number(*entry.value))
        json[key][entry.key] = *number;
      else
        json[key][entry.key] = *entry.value;
  }
  void field(const char* key, const Columns& declared) {
    if (!declared.empty()) json[key] = declarations_text(declared);
  }
  template <class Visit>
  void section(const char* key, const Visit& visit) {
    Writer inner;
    visit(inner);
    json[key] = std::move(inner.json);
  }
  template <class T, class Visit>
  void optional(const char* key, const std::optional<T>& value, const Visit& visit) {
    json[key] = nullptr;
    if (value) section(key, [&](Writer& inner) { visit(inner, *value); });
  }
  void field(const char* key, const std::map<std::string, KnownFile>& files) {
    json[key] = Json::object();
    for (const auto& [name, file] : files)
      json[key][name] = {{"bytes", file.bytes}, {"xxh3_64", hexadecimal(file.checksum)}};
  }
  /// What format 1 may lack.
  template <class... Args>
  void later(Args&&... args) {
    field(std::forward<Args>(args)...);
  }

  Json json = Json::object();
};

/// Reads the same fields. Throws DataError, and names the field.
class Reader {
 public:
  Reader(const nlohmann::json& json, std::string source) : json_(json), source_(std::move(source)) {}

  void field(const char* key, std::string& value) { value = text_member(json_, key); }
  void field(const char* key, double& value) { value = number_member(json_, key); }
  void field(const char* key, bool& value) {
    if (!member(json_, key).is_boolean()) throw DataError(fmt::format("'{}' is not true or false", key));
    value = json_.at(key).get<bool>();
  }
  template <std::integral T>
  void field(const char* key, T& value, std::int64_t min, std::int64_t max) {
    value = static_cast<T>(whole_member(json_, key, min, max));
  }
  void field(const char* key, std::vector<double>& values) {
    each(key, [&](const nlohmann::json& item) { values.push_back(item.get<double>()); });
  }
  void field(const char* key, std::map<std::string, double>& values) {
    for (const auto& [name, value] : member(json_, key).items())
      values[name] = number_member(json_.at(key), name);
  }
  void field(const char* key, Recipe& recipe) {
    const auto text = member(json_, key).dump();
    if (text.size() > most_recipe_bytes)
      throw DataError(
          fmt::format("the recipe has {} bytes, expected at most {}", text.size(), most_recipe_bytes));
    recipe = Recipe::from_config(Config::from_text(text, source_ + ": recipe"));
  }
  /// As many as `all` has room for.
  void field(const char* key, std::span<TargetScaling> all) {
    std::size_t count = 0;
    each(key, [&](const nlohmann::json& item) {
      const TargetScaling scaling{number_member(item, "offset"), number_member(item, "scale")};
      if (!(scaling.scale > 0)) throw DataError("a scale is not positive");
      if (count < all.size()) all[count] = scaling;
      ++count;
    });
    if (count != all.size())
      throw DataError(fmt::format("{} has {} entries, expected {}", key, count, all.size()));
  }
  void field(const char* key, std::vector<std::uint64_t>& checksums) {
    each(key,
         [&](const nlohmann::json& item) { checksums.push_back(from_hexadecimal(item.get<std::string>())); });
  }
  void field(const char* key, std::vector<UsedRun>& runs, const Columns& columns) {
    each(key, [&](const nlohmann::json& item) { runs.push_back(run_of(item, columns, runs)); });
  }
  void field(const char* key, Setting& setting) {
    const auto& all = member(json_, key);
    for (const auto& name : setting_keys()) {
      // A model of before other pulses has one of one colour.
      std::optional<std::string> value = all.contains(name) ? std::nullopt : usual_value(name);
      if (all.contains(name) && all.at(name).is_number())
        value = format_number(all.at(name).get<double>());
      else if (all.contains(name) && all.at(name).is_string())
        value = all.at(name).get<std::string>();
      setting.push_back({name, value});
    }
  }
  void field(const char* key, Columns& declared) {
    if (json_.contains(key))
      declared = read_declarations(text_member(json_, key), fmt::format("{}: {}", source_, key));
  }
  void field(const char* key, std::map<std::string, KnownFile>& files) {
    for (const auto& [name, file] : member(json_, key).items())
      files[name] = {static_cast<std::uint64_t>(whole_member(file, "bytes", 0, most_bytes_of_file)),
                     from_hexadecimal(text_member(file, "xxh3_64"))};
  }
  template <class Visit>
  void section(const char* key, const Visit& visit) {
    Reader inner(member(json_, key), source_);
    named(key, [&] { visit(inner); });
  }
  template <class T, class Visit>
  void optional(const char* key, std::optional<T>& value, const Visit& visit) {
    if (!json_.contains(key) || json_.at(key).is_null()) return;
    section(key, [&](Reader& inner) { visit(inner, value.emplace()); });
  }
  template <class... Args>
  void later(const char* key, Args&&... args) {
    if (json_.contains(key)) field(key, std::forward<Args>(args)...);
  }

 private:
  template <class Work>
  void named(const char* key, const Work& work) {
    try {
      work();
    } catch (const DataError& error) {
      throw DataError(fmt::format("{}: {}", key, error.what()));
    } catch (const nlohmann::json::exception& error) {
      throw DataError(fmt::format("{}: {}", key, error.what()));
    }
  }
  template <class Take>
  void each(const char* key, const Take& take) {
    const auto& list = list_member(json_, key);
    named(key, [&] {
      for (const auto& item : list)
        take(item);
    });
  }

  const nlohmann::json& json_;
  std::string source_;
};

/// All keys behind the format, in their order. What others depend on comes first.
template <class Fields, class Description>
void visit(Fields& all, Description& d) {
  all.field("created", d.created);
  all.field("code_version", d.code_version);
  all.field("libtorch", d.libtorch);
  all.field("machine", d.machine);
  all.field("device", d.device);
  all.field("threads", d.threads, 0, many);
  all.later("training_seconds", d.training_seconds);
  all.field("parameter_count", d.parameter_count, 0, most_runs);
  all.field("epochs_done", d.epochs_done, 0, many);
  all.field("best_epoch", d.best_epoch, 0, many);
  all.field("selection", d.selection);
  all.field("recipe", d.recipe);
  all.later("settings", d.settings);
  if constexpr (!std::is_const_v<Description>) d.scaling.resize(d.recipe.targets.size());
  all.field("target_scaling", std::span(d.scaling));
  all.later("extent_scaling", std::span(d.extent_scaling));
  all.optional("origin", d.origin, [&](Fields& origin, auto& o) {
    origin.field("model", o.model);
    origin.field("weights", o.weights);
    origin.field("which", o.which);
    origin.field("recipe", o.recipe);
    origin.field("dataset", o.dataset);
    origin.field("frozen_blocks", o.frozen_blocks, 0, d.recipe.network.blocks);
    origin.later("fresh_layers", o.fresh_layers);
  });
  all.section("data", [&](Fields& data) {
    auto& s = d.data;
    data.later("kind", s.kind);
    data.field("store", s.store);
    data.field("dataset", s.dataset);
    data.field("preset", s.preset);
    data.field("code_version", s.code_version);
    data.field("runs", s.runs, 0, most_runs);
    data.field("pending", s.pending, 0, most_runs);
    data.field("failed", s.failed, 0, most_runs);
    data.field("repeated", s.repeated, 0, most_runs);
    data.field("setting", s.setting);
    data.field("declared_parameters", s.declared);
  });
  const auto columns = all_parameters(d.data.declared);
  all.field("train_runs", d.train, columns);
  all.field("validation_runs", d.validation, columns);
  all.later("unused_runs", d.unused, columns);
  all.later("computed_runs", d.roots);
  all.field("test_runs", d.test_runs, 0, most_runs);
  all.later("data_checksum", d.data_checksum);
  all.optional("calibration", d.calibration, [&](Fields& calibration, auto& c) {
    calibration.field("kind", c.kind);
    calibration.field("levels", c.levels);
    calibration.field("runs", c.runs, columns);
  });
  all.later("files", d.files);
}

/// Throws DataError for what no training writes.
void check(ModelDescription& d) {
  try {
    targets(d.recipe.targets, d.data.declared);
  } catch (const ConfigError& e) {
    throw DataError(fmt::format("recipe: {}", e.what()));
  }
  if (d.recipe.is_network() && d.parameter_count != parameter_count(d.recipe.network))
    throw DataError("parameter_count does not fit the recipe's network");
  if (d.train.empty()) throw DataError("train_runs is empty");
  std::ranges::sort(d.roots);
}

constexpr std::string_view checksum_key = ",\n \"checksum\": \"";

std::string checksum_line(std::string_view before) {
  const auto checksum = Hash().add(std::span<const char>(before)).value();
  return fmt::format("{}{}\"\n}}\n", checksum_key, hexadecimal(checksum));
}

/// Throws DataError unless the last line is the checksum of what is before it.
void expect_checksum(std::string_view text) {
  static const auto length = checksum_line("").size();
  const auto before = text.substr(0, text.size() - std::min(length, text.size()));
  if (text.substr(before.size()) != checksum_line(before))
    throw DataError("damaged or changed: its checksum, the last line, does not fit what is before it");
}

ModelDescription parse_description(std::string_view text, const std::string& source) {
  const auto json = [&] {
    try {
      return parse_json(text);
    } catch (const DataError&) {
      // What has a checksum can be told to be damaged, whatever JSON makes of it.
      if (text.find(checksum_key) != text.npos) expect_checksum(text);
      throw;
    }
  }();
  if (!json.is_object() || json.value("format", "") != format)
    throw DataError("this does not describe a model");
  ModelDescription d;
  d.format_version = static_cast<int>(whole_member(json, "format_version", 0, many));
  if (d.format_version != 1 && d.format_version != format_version)
    throw DataError(fmt::format("format version {}; this program reads versions 1 and {}", d.format_version,
                                format_version));
  if (d.format_version == format_version || json.contains("checksum")) expect_checksum(text);
  Reader reader(json, source);
  visit(reader, d);
  check(d);
  return d;
}

}  // namespace

ModelDescription describe(const Recipe& recipe, const SampleSet& samples, const Split& split, int threads) {
  const auto used = [&](const std::vector<std::size_t>& part) {
    std::vector<UsedRun> runs;
    for (const auto sample : part)
      runs.push_back({samples.samples[sample].parameters, samples.samples[sample].checksum});
    return runs;
  };
  ModelDescription d;
  d.recipe = recipe;
  d.data = samples.source;
  d.train = used(split.train);
  d.validation = used(split.validation);
  d.unused = used(split.unused);
  std::set<std::uint64_t> roots;
  for (const auto* part : {&split.train, &split.validation})
    for (const auto sample : *part)
      roots.insert(samples.samples[sample].roots.begin(), samples.samples[sample].roots.end());
  d.roots.assign(roots.begin(), roots.end());
  d.test_runs = split.test.size();
  d.data_checksum = data_checksum(samples);
  d.scaling.resize(recipe.targets.size());
  d.device = to_string(Device::cpu);
  d.code_version = build_identity();
  d.libtorch = libtorch_version();
  d.machine = machine();
  d.created = utc_now();
  d.threads = threads;
  return d;
}

std::string with_checksum(const std::string& json_text) {
  const auto before = json_text.substr(0, json_text.find_last_not_of(" \n", json_text.rfind('}') - 1) + 1);
  return before + checksum_line(before);
}

std::string description_text(const ModelDescription& description) {
  Writer writer;
  writer.json = {{"format", format}, {"format_version", format_version}};
  Json columns{"molecule"};
  for (const auto& parameter : all_parameters(description.data.declared))
    columns.push_back(parameter.name);
  columns.push_back("checksum");
  writer.json["run_columns"] = columns;
  visit(writer, description);
  return with_checksum(writer.json.dump(1));
}

ModelDescription read_description(const std::filesystem::path& model_json) {
  const auto text = read_text_file(model_json, most_bytes);
  try {
    return parse_description(text, model_json.string());
  } catch (const nlohmann::json::exception& e) {
    throw DataError(fmt::format("{}: not a model description: {}", model_json.string(), e.what()));
  } catch (const DataError& e) {
    throw DataError(fmt::format("{}: {}", model_json.string(), e.what()));
  } catch (const ConfigError& e) {
    const std::string what = e.what();
    if (what.starts_with(model_json.string())) throw;
    throw ConfigError(fmt::format("{}: recipe: {}", model_json.string(), what));
  }
}

}  // namespace bondscope::ml
