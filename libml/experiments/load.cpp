#include "libml/experiments/load.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "libml/experiments/quantity.hpp"
#include "libpmd/base/config/config.hpp"
#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

namespace fs = std::filesystem;

class Loader {
 public:
  void load(const std::string& name_or_file) { load_file(find_config("experiments", name_or_file)); }
  /// Files of those that the experiments are compared with.
  const std::vector<fs::path>& partners() const { return partners_; }
  std::vector<Experiment> take() { return std::move(experiments_); }

 private:
  /// The experiment's name; empty of a list.
  std::string load_file(const fs::path& file) {
    const auto path = fs::weakly_canonical(file);
    if (const auto known = names_.find(path); known != names_.end()) return known->second;
    const auto config = Config::from_file(file);
    const bool list = config.has("experiments");
    const auto name = list ? std::string() : config.text("name");
    names_[path] = name;  // before what it names, which may name it in turn
    if (list)
      load_list(config, file);
    else
      load_experiment(config, file);
    return name;
  }

  void load_list(const Config& config, const fs::path& file) {
    const auto names = config.texts("experiments");
    config.expect_all_known();
    for (const auto& name : names)
      load_file(beside(config, "experiments", file, name));
  }

  void load_experiment(const Config& config, const fs::path& file) {
    auto experiment = Experiment::from_config(config);
    if (experiment.name != file.stem())
      config.fail("name", fmt::format("'{}' is not the file's name; expected '{}'", experiment.name,
                                      file.stem().string()));
    if (const auto [other, added] = files_.emplace(experiment.name, file); !added)
      config.fail("name",
                  fmt::format("'{}' is also the name of {}", experiment.name, other->second.string()));
    if (!experiment.model.empty()) load_model(config, file, experiment.model);
    for (const auto& name : experiment.of) {
      load_file(beside(config, "of", file, name));
      expect_on_same_data(config, "of", file, name, experiment);
    }
    for (const auto& name : experiment.compare_with) {
      expect_on_same_data(config, "compare_with", file, name, experiment);
      partners_.push_back(beside(config, "compare_with", file, name));
    }
    for (const auto& cell : table_cells(experiment))
      if (const auto [taken, added] = cells_.emplace(std::pair(cell.row, cell.data), experiment.name); !added)
        config.fail("table_row", fmt::format("'{}' has a value for '{}' already, from the experiment '{}'",
                                             cell.row, cell.data, taken->second));
    kinds_[experiment.name] = experiment.kind;
    experiments_.push_back(std::move(experiment));
  }

  void load_model(const Config& config, const fs::path& file, const std::string& model) {
    load_file(beside(config, "model", file, model));
    // What is still being loaded has no kind yet: it needs a model itself.
    const auto kind = kinds_.find(model);
    if (kind == kinds_.end() || kind->second != ExperimentKind::train)
      config.fail("model", fmt::format("'{}' is not an experiment of kind train", model));
  }

  /// Only then the two have tests in common.
  static void expect_on_same_data(const Config& config, const char* key, const fs::path& file,
                                  const std::string& name, const Experiment& experiment) {
    const auto other = Experiment::from_config(Config::from_file(beside(config, key, file, name)));
    const bool answers = other.kind == ExperimentKind::train || other.kind == ExperimentKind::baseline;
    const bool tests =
        answers || other.kind == ExperimentKind::transfer || other.kind == ExperimentKind::mean;
    if (!(std::string(key) == "of" ? answers : tests))
      config.fail(key, fmt::format("'{}' is of kind {}; expected one that tests on runs of its data", name,
                                   to_string(other.kind)));
    if (other.data != experiment.data)
      config.fail(key, fmt::format("'{}' is about {}; expected an experiment on {}, with the same tests",
                                   name, other.data, experiment.data));
  }

  static fs::path beside(const Config& config, const char* key, const fs::path& file,
                         const std::string& name) {
    if (const auto neighbour = file.parent_path() / (name + ".yaml"); fs::is_regular_file(neighbour))
      return neighbour;
    try {
      return find_config("experiments", name);
    } catch (const Error& error) {
      config.fail(key, error.what());
    }
  }

  std::vector<Experiment> experiments_;
  std::vector<fs::path> partners_;
  std::map<fs::path, std::string> names_;  ///< of all files read
  std::map<std::string, fs::path> files_;
  std::map<std::string, ExperimentKind> kinds_;
  std::map<std::pair<std::string, std::string>, std::string> cells_;
};

}  // namespace

std::vector<Experiment> load_experiments(const std::vector<std::string>& names_or_files) {
  Loader loader;
  for (const auto& name : names_or_files)
    loader.load(name);
  return loader.take();
}

std::vector<Experiment> load_partners(const std::vector<std::string>& names_or_files) {
  Loader loader, others;
  for (const auto& name : names_or_files)
    loader.load(name);
  for (const auto& file : loader.partners())
    others.load(file.string());
  const auto asked = loader.take();
  auto partners = others.take();
  std::erase_if(partners, [&](const Experiment& partner) {
    return std::ranges::find(asked, partner.name, &Experiment::name) != asked.end();
  });
  return partners;
}

std::vector<TableCell> table_cells(const Experiment& experiment) {
  if (experiment.table_row.empty()) return {};
  if (experiment.kind == ExperimentKind::transfer) return {{experiment.table_row, experiment.data, "R"}};
  std::vector<TableCell> cells;
  for (const auto& data : experiment.tests)
    cells.push_back({experiment.table_row, data, on_data("R", data)});
  return cells;
}

}  // namespace bondscope::ml
