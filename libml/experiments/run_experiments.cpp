#include "libml/experiments/run_experiments.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "libml/experiments/part.hpp"
#include "libml/experiments/recipe_of.hpp"
#include "libml/train/identity.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/process/build_info.hpp"

namespace bondscope::ml {

namespace fs = std::filesystem;

std::string title_of(const Experiment& experiment, std::uint64_t seed) {
  return fmt::format("{}, seed {}", experiment.name, seed);
}

fs::path seed_folder(const fs::path& folder, std::uint64_t seed, const std::string& kind) {
  return folder / fmt::format("{}{}seed-{}", kind, kind.empty() ? "" : "-", seed);
}

ExperimentsRun::ExperimentsRun(std::vector<Experiment> experiments, std::vector<Experiment> partners,
                               std::vector<std::uint64_t> seeds, ExperimentFolders folders,
                               TrainingSeries& series)
    : experiments_(std::move(experiments)),
      partners_(std::move(partners)),
      seeds_(std::move(seeds)),
      folders_(std::move(folders)),
      series_(series) {
  // A recipe that cannot be read should be known before hours are spent.
  for (const auto& e : experiments_)
    if (!e.recipe.empty()) {
      recipe_of(e, seeds_.front());
      scratch_recipe_of(e);
    }
  for (const auto& e : experiments_)
    if (const auto missing = missing_data(e)) problems_[e.name] = "no data: " + *missing;
}

std::optional<std::string> ExperimentsRun::missing_data(const Experiment& e) const {
  const auto name = [&](const std::string& data) { return (folders_.data / (data + ".h5")).string(); };
  if (!find_data(folders_.data, e.data)) return name(e.data);
  if (!e.with.empty() && !find_data(folders_.data, e.with)) return name(e.with);
  if (!e.model.empty())
    if (const auto missing = missing_data(experiment(e.model))) return missing;
  return {};
}

std::string ExperimentsRun::shortfall(const Experiment& e) {
  std::vector<std::string> all, missing;
  for (const auto& name : e.tests)
    if (!find_data(folders_.data, name)) missing.push_back(name);
  if (!missing.empty()) all.push_back(fmt::format("no data to test on: {}", fmt::join(missing, ", ")));
  if (const auto wanted = e.samples.empty() ? e.train_runs : e.samples.back(); wanted > 0) {
    const auto has =
        training_part(series_.data().listed(data_file(e.data), image_of(e)), recipe_of(e, seeds_.front()));
    if (has < wanted) all.push_back(fmt::format("{} of {} runs to train on", has, wanted));
  }
  return fmt::format("{}", fmt::join(all, "; "));
}

std::string ExperimentsRun::data_file(const std::string& name) const {
  const auto file = find_data(folders_.data, name);
  if (!file) throw FileError((folders_.data / (name + ".h5")).string() + ": there is no such data set");
  return file->string();
}

const Experiment& ExperimentsRun::experiment(const std::string& name) const {
  for (const auto* known : {&experiments_, &partners_})
    if (const auto found = std::ranges::find(*known, name, &Experiment::name); found != known->end())
      return *found;
  throw ConfigError(fmt::format("experiment '{}' was not loaded", name));
}

fs::path ExperimentsRun::folder(const Experiment& e, std::uint64_t seed) const {
  return seed_folder(folders_.output / e.name, seed);
}

fs::path ExperimentsRun::results_file(const Experiment& e, std::uint64_t seed) const {
  return folder(e, seed).string() + ".json";
}

fs::path ExperimentsRun::model_folder(const Experiment& e, std::uint64_t seed) const {
  const bool transferred = e.kind == ExperimentKind::transfer;
  return transferred ? seed_folder(folders_.output / e.name, seed, "transferred") : folder(e, seed);
}

std::size_t ExperimentsRun::train_runs(std::size_t wanted, const Recipe& recipe, const std::string& store) {
  const auto has = training_part(series_.data().listed(store, recipe.image), recipe);
  return wanted == 0 || wanted >= has ? 0 : wanted;
}

ImageSettings ExperimentsRun::image_of(const Experiment& e) const {
  if (!e.model.empty()) return image_of(experiment(e.model));
  if (!e.of.empty()) return image_of(experiment(e.of.front()));
  return recipe_of(e, seeds_.front()).image;
}

std::string ExperimentsRun::identity(const Experiment& e, std::uint64_t seed, bool with_tests) {
  const auto image = image_of(e);
  // Another version of the program may measure something else.
  nlohmann::json json{
      {"experiment", nlohmann::json::parse(e.settings())}, {"seed", seed}, {"program", build_identity()}};
  if (!with_tests) json["experiment"].erase("tests");
  if (!e.recipe.empty()) json["recipe"] = nlohmann::json::parse(recipe_of(e, seed).to_json());
  if (const auto scratch = scratch_recipe_of(e))
    json["scratch_recipe"] = nlohmann::json::parse(with_seed(*scratch, seed).to_json());
  if (!e.model.empty()) json["model"] = identity(experiment(e.model), seed, false);
  for (const auto& name : e.of)
    json["of"].push_back(identity(experiment(name), seed_of(experiment(name), seed), false));
  if (!e.with.empty()) json["with"] = data_checksum(series_.data().listed(data_file(e.with), image));
  json["data"] = data_checksum(series_.data().listed(data_file(e.data), image));
  for (const auto& name : with_tests ? e.tests : std::vector<std::string>())
    if (const auto file = find_data(folders_.data, name))
      json["tests"][name] = data_checksum(series_.data().listed(file->string(), image));
  // The law is that of all seeds together.
  if (e.kind == ExperimentKind::learning_curve && seed == seeds_.front()) json["seeds"] = seeds_of(e);
  return json.dump();
}

std::vector<std::uint64_t> ExperimentsRun::seeds_of(const Experiment& e) const {
  return is_deterministic(e) ? std::vector{seeds_.front()} : seeds_;
}

std::uint64_t ExperimentsRun::seed_of(const Experiment& e, std::uint64_t seed) const {
  return is_deterministic(e) ? seeds_.front() : seed;
}

Model ExperimentsRun::model_of(const Experiment& e, std::uint64_t seed) {
  return load_model(folder(e, seed), Weights::best, series_.machine().device);
}

std::string ExperimentsRun::plan() const {
  std::string text = "experiments:\n";
  for (const auto& e : experiments_) {
    const auto problem = problems_.find(e.name);
    text += fmt::format("  {:<26} {}\n", e.name, problem == problems_.end() ? e.title : problem->second);
  }
  return text;
}

void ExperimentsRun::read_partners() {
  for (const auto& partner : partners_) {
    try {
      for (const auto seed : seeds_of(partner)) {
        const auto file = results_file(partner, seed);
        std::error_code status;
        if (!fs::exists(file, status)) continue;
        if (const auto results = current_results(file, partner.name, seed, identity(partner, seed)))
          results_.insert(results_.end(), results->begin(), results->end());
      }
    } catch (const Error& error) {
      series_.listener().warning(fmt::format("{}, to compare with: {}", partner.name, error.what()));
    }
  }
}

void ExperimentsRun::expect_work() {
  for (const auto& e : experiments_) {
    if (problems_.contains(e.name) || e.recipe.empty()) continue;
    try {
      series_.expect(expected_work(e));
    } catch (const Error&) {
      // run() meets and reports it, and the other experiments go on.
    }
  }
}

double ExperimentsRun::expected_work(const Experiment& e) {
  const auto recipe = recipe_of(e, seeds_.front());
  const auto image = e.model.empty() ? recipe.image : recipe_of(experiment(e.model), seeds_.front()).image;
  const auto part = training_part(series_.data().listed(data_file(e.data), image), recipe);
  const auto n = e.train_runs == 0 ? part : std::min(part, e.train_runs);
  std::size_t beside = 0;
  if (!e.with.empty()) {
    const auto& joined = series_.data().listed(data_file(e.data), image, data_file(e.with));
    beside = static_cast<std::size_t>(std::ranges::count(joined.samples, true, &Sample::added));
  }
  double work = work_of(recipe, n + beside);
  if (e.kind == ExperimentKind::transfer && e.scratch)
    work += work_of(recipe_of(experiment(e.model), seeds_.front()), n + (n < part ? part : 0));
  if (e.kind == ExperimentKind::learning_curve) work *= 0.6 * static_cast<double>(e.samples.size());
  return work * static_cast<double>(seeds_of(e).size());
}

void ExperimentsRun::run() {
  std::error_code status;
  fs::remove(folders_.output / figures_name, status);  // of what was measured before
  expect_work();
  read_partners();
  for (const auto& e : experiments_)
    for (const auto seed : seeds_of(e)) {
      if (missing_data(e)) continue;
      try {
        if (auto text = shortfall(e); !text.empty()) shortfalls_[e.name] = std::move(text);
        const auto file = results_file(e, seed);
        const auto identity_here = identity(e, seed);
        auto results = current_results(file, e.name, seed, identity_here);
        if (results) {
          series_.listener().line(title_of(e, seed) + ": was done");
        } else {
          results = measure(e, seed);
          write_results(file, identity_here, *results);
        }
        results_.insert(results_.end(), results->begin(), results->end());
      } catch (const Interrupted&) {
        write_tables();
        throw;
      } catch (const std::exception& error) {
        problems_[e.name] = fmt::format("failed: {}", error.what());
        failed_ = true;
        series_.listener().error(fmt::format("{}: {}", title_of(e, seed), error.what()));
      }
      write_tables();
    }
}

bool ExperimentsRun::any_failed() const {
  return failed_;
}

}  // namespace bondscope::ml
