#include "libml/train/model_folder.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>
#include <span>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "libml/train/identity.hpp"
#include "libml/train/process.hpp"
#include "libpmd/base/config/config.hpp"
#include "libpmd/base/config/differences.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libpmd/base/text/json.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/model/declarations.hpp"

namespace bondscope::ml {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr const char* format = "pmd-model";
constexpr int format_version = 1;
/// A run that was learned from takes about 115 bytes. Images of 256×128 for half a million runs fill the
/// memory that samples may take (samples.hpp), and their description is about 60 MiB.
constexpr std::size_t most_bytes = 96u << 20;
constexpr std::uint64_t most_whole = std::uint64_t{1} << 62;
constexpr std::int64_t most_runs = std::int64_t{1} << 40;
constexpr std::size_t most_recipe_bytes = 64u << 10;
constexpr const char* mean_image_name = "preprocessing.mean_image";

/// Everything that a training writes into the folder.
constexpr std::array<const char*, 13> files{
    "model.json",          "best.weights",  "last.weights",    "recipe.yaml", "learning_curve.csv",
    "learning_curve.png",  "metrics.json",  "predictions.csv", "scatter.png", "error_by_parameters.png",
    "error_histogram.png", "confusion.png", "report.html"};

/// A whole number in its range, and nothing that is only converted to one.
std::int64_t whole(const nlohmann::json& json, const char* key, std::int64_t min, std::int64_t max) {
  const auto& value = json.at(key);
  const auto text = value.dump();
  if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<std::uint64_t>() > most_whole) ||
      value.get<std::int64_t>() < min || value.get<std::int64_t>() > max)
    throw DataError(
        fmt::format("{}: {}; expected a whole number from {} to {}", key, text.substr(0, 40), min, max));
  return value.get<std::int64_t>();
}

std::size_t count(const nlohmann::json& json, const char* key) {
  return static_cast<std::size_t>(whole(json, key, 0, most_runs));
}

Json to_json(const std::vector<std::uint64_t>& checksums) {
  Json list = Json::array();
  for (const auto checksum : checksums)
    list.push_back(hexadecimal(checksum));
  return list;
}

Json to_json(const std::vector<UsedRun>& runs, const std::vector<Parameter>& parameters) {
  Json list = Json::array();
  for (const auto& [run, checksum] : runs) {
    Json row{run.molecule};
    for (const auto& parameter : parameters)
      row.push_back(parameter.of(run));
    row.push_back(hexadecimal(checksum));
    list.push_back(std::move(row));
  }
  return list;
}

std::vector<UsedRun> runs_from_json(const nlohmann::json& list, const std::vector<Parameter>& parameters) {
  if (!list.is_array()) throw DataError("a list of runs is none");
  std::vector<UsedRun> runs;
  for (const auto& row : list) {
    if (row.size() != parameters.size() + 2)
      throw DataError(fmt::format("a run does not have {} entries", parameters.size() + 2));
    UsedRun used;
    used.parameters.molecule = row.at(0).get<std::string>();
    for (std::size_t i = 0; i < parameters.size(); ++i)
      parameters[i].set(used.parameters, row.at(i + 1).get<double>());
    used.checksum = from_hexadecimal(row.back().get<std::string>());
    runs.push_back(std::move(used));
  }
  return runs;
}

Json to_json(const Source& source) {
  Json setting = Json::object();
  for (const auto& entry : source.setting)
    setting[entry.key] = entry.value ? Json(*entry.value) : Json(nullptr);
  Json json{{"kind", source.kind},
            {"store", source.store},
            {"dataset", source.dataset},
            {"preset", source.preset},
            {"code_version", source.code_version},
            {"runs", source.runs},
            {"pending", source.pending},
            {"failed", source.failed},
            {"repeated", source.repeated},
            {"setting", setting}};
  if (!source.declared.empty()) json["declared_parameters"] = declarations_text(source.declared);
  return json;
}

Source source_from_json(const nlohmann::json& json, const std::string& file) {
  Source source{
      .kind = json.value("kind", "store"),
      .store = json.at("store").get<std::string>(),
      .dataset = json.at("dataset").get<std::string>(),
      .preset = json.at("preset").get<std::string>(),
      .code_version = json.at("code_version").get<std::string>(),
      .setting = {},
      .declared = read_declarations(json.value("declared_parameters", ""), file + ": declared_parameters"),
      .runs = count(json, "runs"),
      .pending = count(json, "pending"),
      .failed = count(json, "failed"),
      .repeated = count(json, "repeated")};
  for (const auto& key : setting_keys()) {
    const auto& setting = json.at("setting");
    const bool has = setting.contains(key) && setting.at(key).is_number();
    source.setting.push_back({key, has ? std::optional(setting.at(key).get<double>()) : std::nullopt});
  }
  return source;
}

Json to_json(std::span<const TargetScaling> all) {
  Json list = Json::array();
  for (const auto& s : all)
    list.push_back({{"offset", s.offset}, {"scale", s.scale}});
  return list;
}

/// Throws DataError unless there are as many as `out` has room for, and all are possible.
void scaling_from_json(const nlohmann::json& list, const char* name, std::span<TargetScaling> out) {
  if (list.size() != out.size())
    throw DataError(fmt::format("{} has {} entries, expected {}", name, list.size(), out.size()));
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = {list.at(i).at("offset").get<double>(), list.at(i).at("scale").get<double>()};
    if (!(out[i].scale > 0)) throw DataError(std::string(name) + " has a scale that is not positive");
  }
}

Json to_json(const std::optional<Origin>& origin) {
  if (!origin) return nullptr;
  return Json{{"model", origin->model},     {"weights", origin->weights},
              {"which", origin->which},     {"recipe", origin->recipe},
              {"dataset", origin->dataset}, {"frozen_blocks", origin->frozen_blocks}};
}

std::optional<Origin> origin_from_json(const nlohmann::json& json, const NetworkSpec& network) {
  if (json.is_null()) return {};
  Origin origin{.model = json.at("model").get<std::string>(),
                .weights = json.at("weights").get<std::string>(),
                .which = json.at("which").get<std::string>(),
                .recipe = json.at("recipe").get<std::string>(),
                .dataset = json.at("dataset").get<std::string>(),
                .frozen_blocks = static_cast<int>(whole(json, "frozen_blocks", 0, network.blocks))};
  return origin;
}

Json to_json(const ModelDescription& d) {
  const auto parameters = all_parameters(d.data.declared);
  Json columns{"molecule"};
  for (const auto& parameter : parameters)
    columns.push_back(parameter.name);
  columns.push_back("checksum");
  return {{"format", format},
          {"format_version", format_version},
          {"created", d.created},
          {"code_version", d.code_version},
          {"libtorch", d.libtorch},
          {"machine", d.machine},
          {"device", d.device},
          {"threads", d.threads},
          {"parameter_count", d.parameter_count},
          {"epochs_done", d.epochs_done},
          {"best_epoch", d.best_epoch},
          {"selection", d.selection},
          {"recipe", Json::parse(d.recipe.to_json())},
          {"target_scaling", to_json(d.scaling)},
          {"extent_scaling", to_json(d.extent_scaling)},
          {"origin", to_json(d.origin)},
          {"data", to_json(d.data)},
          {"run_columns", columns},
          {"train_runs", to_json(d.train, parameters)},
          {"validation_runs", to_json(d.validation, parameters)},
          {"unused_runs", to_json(d.unused, parameters)},
          {"computed_runs", to_json(d.roots)},
          {"test_runs", d.test_runs},
          {"data_checksum", d.data_checksum}};
}

Recipe recipe_from_json(const nlohmann::json& json, const std::string& source) {
  const auto text = json.dump();
  if (text.size() > most_recipe_bytes)
    throw DataError(
        fmt::format("the recipe has {} bytes, expected at most {}", text.size(), most_recipe_bytes));
  return Recipe::from_config(Config::from_text(text, source + ": recipe"));
}

ModelDescription description_from_json(const nlohmann::json& json, const std::string& source) {
  if (!json.is_object() || json.value("format", "") != format)
    throw DataError("this does not describe a model");
  if (const int version = json.at("format_version").get<int>(); version != format_version)
    throw DataError(fmt::format("format version {}; this program reads version {}", version, format_version));
  ModelDescription d;
  d.recipe = recipe_from_json(json.at("recipe"), source);
  d.data = source_from_json(json.at("data"), source);
  try {
    targets(d.recipe.targets, d.data.declared);
  } catch (const ConfigError& e) {
    throw DataError(fmt::format("recipe: {}", e.what()));
  }
  const auto parameters = all_parameters(d.data.declared);
  d.train = runs_from_json(json.at("train_runs"), parameters);
  d.validation = runs_from_json(json.at("validation_runs"), parameters);
  if (const auto roots = json.find("computed_runs"); roots != json.end() && !roots->is_array())
    throw DataError("computed_runs is not a list");
  else if (roots != json.end())
    for (const auto& root : *roots)
      d.roots.push_back(from_hexadecimal(root.get<std::string>()));
  std::sort(d.roots.begin(), d.roots.end());
  d.test_runs = count(json, "test_runs");
  if (json.contains("data_checksum")) d.data_checksum = json.at("data_checksum").get<std::string>();
  d.scaling.resize(d.recipe.targets.size());
  scaling_from_json(json.at("target_scaling"), "target_scaling", d.scaling);
  if (json.contains("extent_scaling"))
    scaling_from_json(json.at("extent_scaling"), "extent_scaling", d.extent_scaling);
  if (json.contains("unused_runs")) d.unused = runs_from_json(json.at("unused_runs"), parameters);
  if (json.contains("origin")) d.origin = origin_from_json(json.at("origin"), d.recipe.network);
  d.parameter_count = json.at("parameter_count").get<std::int64_t>();
  if (d.parameter_count != ml::parameter_count(d.recipe.network))
    throw DataError("parameter_count does not fit the recipe's network");
  if (d.train.empty()) throw DataError("train_runs is empty");
  d.epochs_done = static_cast<int>(whole(json, "epochs_done", 0, 1 << 30));
  d.best_epoch = static_cast<int>(whole(json, "best_epoch", 0, 1 << 30));
  d.selection = json.at("selection").get<std::string>();
  d.device = json.at("device").get<std::string>();
  d.code_version = json.at("code_version").get<std::string>();
  d.libtorch = json.at("libtorch").get<std::string>();
  d.machine = json.at("machine").get<std::string>();
  d.created = json.at("created").get<std::string>();
  d.threads = static_cast<int>(whole(json, "threads", 0, 1 << 30));
  return d;
}

ModelDescription read_description(const fs::path& file) {
  try {
    return description_from_json(parse_json(read_text_file(file, most_bytes)), file.string());
  } catch (const nlohmann::json::exception& e) {
    throw DataError(fmt::format("{}: not a model description: {}", file.string(), e.what()));
  } catch (const DataError& e) {
    throw DataError(fmt::format("{}: {}", file.string(), e.what()));
  }
}

fs::path weights_path(const fs::path& folder, Weights which) {
  return folder / (std::string(to_string(which)) + ".weights");
}

}  // namespace

const char* to_string(Weights which) {
  return which == Weights::best ? "best" : "last";
}

ModelDescription describe(const Recipe& recipe, const SampleSet& samples, const Split& split,
                          const Preprocessing& preprocessing, const Network& network, int threads) {
  ModelDescription d;
  d.recipe = recipe;
  d.data = samples.source;
  for (const auto sample : split.train)
    d.train.push_back({samples.samples[sample].parameters, samples.samples[sample].checksum});
  for (const auto sample : split.validation)
    d.validation.push_back({samples.samples[sample].parameters, samples.samples[sample].checksum});
  for (const auto sample : split.unused)
    d.unused.push_back({samples.samples[sample].parameters, samples.samples[sample].checksum});
  std::set<std::uint64_t> roots;
  for (const auto* part : {&split.train, &split.validation})
    for (const auto sample : *part)
      roots.insert(samples.samples[sample].roots.begin(), samples.samples[sample].roots.end());
  d.roots.assign(roots.begin(), roots.end());
  d.test_runs = split.test.size();
  d.data_checksum = data_checksum(samples);
  d.scaling = preprocessing.targets;
  d.extent_scaling = preprocessing.extent;
  d.parameter_count = network.parameter_count();
  d.selection = split.validation.empty() ? "training loss" : "validation loss";
  d.device = to_string(network.device());
  d.code_version = code_version();
  d.libtorch = libtorch_version();
  d.machine = machine();
  d.created = utc_now();
  d.threads = threads;
  return d;
}

void prepare_folder(const fs::path& folder) {
  std::error_code status;
  if (fs::exists(folder, status) && !fs::is_directory(folder, status))
    throw FileError(folder.string() + ": this is a file; the output must be a folder");
  fs::create_directories(folder, status);
  if (status) throw FileError(fmt::format("{}: cannot be made: {}", folder.string(), status.message()));
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    throw FileError(fmt::format("{}: cannot be written: {}", folder.string(), std::strerror(errno)));
}

void clear_folder(const fs::path& folder) {
  std::error_code status;
  for (const char* file : files) {
    fs::remove(folder / file, status);
    if (status)
      throw FileError(fmt::format("{}: cannot be removed: {}", (folder / file).string(), status.message()));
  }
  // What a training that was killed while it drew left behind.
  for (const auto& entry : fs::directory_iterator(folder, status)) {
    const auto name = entry.path().filename().string();
    if (name.find(".png.partial") != std::string::npos) fs::remove(entry.path(), status);
  }
}

void write_model(const fs::path& folder, const ModelDescription& description,
                 const Preprocessing& preprocessing, std::vector<NamedArray> best,
                 std::vector<NamedArray> last) {
  const auto& image = description.recipe.image;
  const auto write = [&](Weights which, std::vector<NamedArray>& arrays) {
    if (!preprocessing.mean_image.empty())
      arrays.push_back({mean_image_name, {image.width, image.height}, preprocessing.mean_image});
    write_weights(weights_path(folder, which), arrays);
  };
  write(Weights::best, best);
  write(Weights::last, last);
  write_file(folder / "recipe.yaml", description.recipe.to_yaml());
  write_file(folder / "model.json", to_json(description).dump(1) + "\n");
}

bool holds_model(const fs::path& folder, const std::string& identity) {
  std::error_code status;
  if (!fs::exists(folder / "model.json", status)) return false;
  constexpr const char* remedy = "; give another --output, or --overwrite to replace it";
  std::vector<Difference> differences;
  try {
    load_model(folder, Weights::last, Device::cpu);
    const auto d = load_model(folder, Weights::best, Device::cpu).description;
    const auto& data = d.data;
    const auto runs = data.runs - data.pending - data.failed - data.repeated;
    differences =
        compare_identities(training_identity(d.recipe, data, runs, d.data_checksum, d.origin), identity);
  } catch (const Error& e) {
    throw FileError(
        fmt::format("{}: holds a model that cannot be used: {}{}", folder.string(), e.what(), remedy));
  }
  if (!differences.empty())
    throw FileError(fmt::format("{}: holds the model of another training: {}{}", folder.string(),
                                ml::describe(differences), remedy));
  return true;
}

Model load_model(const fs::path& folder, Weights which, Device device) {
  std::error_code status;
  if (!fs::is_directory(folder, status)) throw FileError(folder.string() + ": there is no such model folder");
  auto description = read_description(folder / "model.json");
  const auto file = weights_path(folder, which);
  auto arrays = read_weights(file);
  const auto& recipe = description.recipe;

  Preprocessing preprocessing{.pixel_max = recipe.preprocessing.pixel_max,
                              .mean_image = {},
                              .targets = description.scaling,
                              .extent = description.extent_scaling};
  const auto mean_image =
      std::find_if(arrays.begin(), arrays.end(), [](const auto& a) { return a.name == mean_image_name; });
  const bool has_mean_image = mean_image != arrays.end();
  if (has_mean_image != recipe.preprocessing.subtract_mean_image ||
      (has_mean_image &&
       mean_image->shape != std::vector<std::int64_t>{recipe.image.width, recipe.image.height}))
    throw DataError(file.string() + ": its mean image does not fit the recipe in model.json");
  if (has_mean_image) {
    preprocessing.mean_image = std::move(mean_image->values);
    arrays.erase(mean_image);
  }
  std::size_t numbers = 0;
  for (const auto& array : arrays)
    numbers += array.values.size();
  // Before anything is built: a description alone must not make this program ask for memory.
  if (static_cast<std::size_t>(parameter_count(recipe.network)) > numbers)
    throw DataError(file.string() + ": holds fewer numbers than the network in model.json has");
  Network network(recipe.network, recipe.seed, device);
  try {
    network.load(arrays);
  } catch (const DataError& e) {
    throw DataError(fmt::format("{}: {}", file.string(), e.what()));
  }
  return {folder, which, std::move(description), std::move(preprocessing), std::move(network)};
}

}  // namespace bondscope::ml
