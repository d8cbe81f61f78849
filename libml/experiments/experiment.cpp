#include "libml/experiments/experiment.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "libml/baselines/baseline.hpp"
#include "libml/experiments/quantity.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/nearest.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {
namespace {

constexpr std::int64_t most_runs = 1'000'000'000;
constexpr std::size_t longest_name = 100, longest_line = 200;
constexpr std::size_t most_samples = 1000, most_bands = 100;

const std::array kinds{std::pair{ExperimentKind::train, "train"},
                       std::pair{ExperimentKind::transfer, "transfer"},
                       std::pair{ExperimentKind::learning_curve, "learning_curve"},
                       std::pair{ExperimentKind::baseline, "baseline"},
                       std::pair{ExperimentKind::dictionary, "dictionary"},
                       std::pair{ExperimentKind::mean, "mean"}};

ExperimentKind kind_of(const std::string& name) {
  return std::find_if(kinds.begin(), kinds.end(), [&](const auto& kind) { return kind.second == name; })
      ->first;
}

int integer(const Config& config, const char* key, int min, int max, int fallback) {
  return static_cast<int>(config.integer(key, min, max, fallback));
}

template <Named Enum>
Enum one_of(const Config& config, const char* key, Enum fallback) {
  return value_of<Enum>(config.choice(key, all_names<Enum>(), bondscope::to_string(fallback)));
}

/// Names become parts of paths: they must not lead elsewhere.
bool is_name(const std::string& text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return !text.empty() && text.size() <= longest_name && text.front() != '.' &&
         std::all_of(text.begin(), text.end(), fits);
}

std::string check_name(const Config& config, const char* key, const std::string& text) {
  if (!is_name(text))
    config.fail(key, fmt::format("'{}' is not a name; expected letters, digits, '_', '-' and '.'", text));
  return text;
}

std::string read_name(const Config& config, const char* key) {
  return check_name(config, key, config.text(key));
}

std::string read_line(const Config& config, const char* key, std::optional<std::string> fallback = {}) {
  const bool may_be_empty = fallback.has_value();
  const auto text = config.text(key, std::move(fallback));
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  if ((text.empty() && !may_be_empty) || text.size() > longest_line ||
      std::any_of(text.begin(), text.end(), control))
    config.fail(key, fmt::format("expected one line of 1 to {} bytes", longest_line));
  return text;
}

void read_recipe(const Config& config, Experiment& e) {
  e.recipe = read_line(config, "recipe");
  if (!config.has("set")) return;
  e.set = config.texts("set");
  for (const auto& assignment : e.set)
    if (const auto equals = assignment.find('='); equals == std::string::npos || equals == 0)
      config.fail("set", fmt::format("'{}': expected KEY=VALUE", assignment));
}

void read_runs(const Config& config, Experiment& e) {
  e.train_runs = static_cast<std::size_t>(config.integer("train_runs", 0, most_runs, 0));
}

void read_tests(const Config& config, Experiment& e) {
  if (!config.has("tests")) return;
  e.tests = config.texts("tests");
  for (const auto& data : e.tests)
    if (check_name(config, "tests", data) == e.data)
      config.fail("tests",
                  fmt::format("'{}' is what it learns from, whose held-out runs are tested anyway", data));
}

void read_with(const Config& config, Experiment& e) {
  if (!config.has("with")) return;
  e.with = read_name(config, "with");
  if (e.with == e.data)
    config.fail("with", fmt::format("'{}' is its own data; expected another set", e.with));
}

void read_partners(const Config& config, Experiment& e) {
  if (!config.has("compare_with")) return;
  e.compare_with = config.is_list("compare_with") ? config.texts("compare_with")
                                                  : std::vector{config.text("compare_with")};
  for (const auto& name : e.compare_with) {
    check_name(config, "compare_with", name);
    if (name == e.name)
      config.fail("compare_with", fmt::format("'{}' is this experiment; expected others", name));
  }
}

void read_mean(const Config& config, Experiment& e) {
  e.of = config.texts("of");
  for (const auto& name : e.of)
    check_name(config, "of", name);
  if (e.of.size() < 2) config.fail("of", "expected two experiments or more");
}

void read_transfer(const Config& config, Experiment& e) {
  e.model = read_name(config, "model");
  e.freeze = integer(config, "freeze", 0, 10, e.freeze);
  e.fresh_layers = config.flag("fresh_layers", e.fresh_layers);
  e.scratch = config.flag("scratch", e.scratch);
  e.scratch_recipe = read_line(config, "scratch_recipe", "");
  if (!e.scratch && !e.scratch_recipe.empty())
    config.fail("scratch_recipe", "nothing is trained from scratch, because scratch is false");
}

void read_learning_curve(const Config& config, Experiment& e) {
  // The curve has three coefficients.
  const Range range = Range::between(2, static_cast<double>(most_runs));
  for (const double runs : config.numbers("samples", 3, most_samples, range)) {
    if (runs != static_cast<double>(static_cast<std::size_t>(runs)))
      config.fail("samples", format_number(runs) + " is not an integer");
    e.samples.push_back(static_cast<std::size_t>(runs));
  }
  if (std::adjacent_find(e.samples.begin(), e.samples.end(), std::greater_equal<>()) != e.samples.end())
    config.fail("samples", "expected numbers of runs, each larger than the one before");
  if (config.has("target_mae")) e.target_mae = config.number("target_mae", Range::positive());
}

void read_dictionary(const Config& config, Experiment& e) {
  e.model = read_name(config, "model");
  auto& d = e.dictionary;
  d.method = one_of(config, "method", d.method);
  d.images_per_cell = integer(config, "images_per_cell", 1, 10000, d.images_per_cell);
  d.choices = integer(config, "choices", 1, 1000, d.choices);
  if (config.has("intensity_bands"))
    d.intensity_bands = config.numbers("intensity_bands", 2, most_bands, Range::at_least(0));
  if (std::adjacent_find(d.intensity_bands.begin(), d.intensity_bands.end(), std::greater_equal<>()) !=
      d.intensity_bands.end())
    config.fail("intensity_bands", "expected the edges of bands, each larger than the one before");
  d.threshold = config.number("threshold", Range::between(0, 1), d.threshold);
  d.threshold_of = config.choice("threshold_of", {"maximum", "score"}, d.threshold_of);
  if (d.threshold_of == "score" && d.method != ExplanationMethod::occlusion)
    config.fail("threshold_of", "only the map of occlusion is a drop of the score; expected maximum");
  d.likeness = one_of(config, "likeness", d.likeness);
  d.fill = one_of(config, "fill", d.fill);
  d.mask = config.number("mask", Range::positive_up_to(1), d.mask);
  d.stride = config.number("stride", Range::positive_up_to(1), d.stride);
  d.random_tests = integer(config, "random_tests", 1, 100000, d.random_tests);
}

/// The keys of an experiment of a kind.
std::vector<std::string> keys_of(ExperimentKind kind) {
  std::vector<std::string> keys{"name", "title", "section", "kind", "data", "paper", "paper_runs"};
  const auto add = [&](std::initializer_list<const char*> more) {
    keys.insert(keys.end(), more.begin(), more.end());
  };
  switch (kind) {
    case ExperimentKind::train:
      add({"recipe", "set", "train_runs", "with", "tests", "compare_with", "figures", "table_row"});
      break;
    case ExperimentKind::mean:
      add({"of", "compare_with"});
      break;
    case ExperimentKind::transfer:
      add({"recipe", "set", "train_runs", "model", "freeze", "fresh_layers", "scratch", "scratch_recipe",
           "compare_with", "figures", "table_row"});
      break;
    case ExperimentKind::learning_curve:
      add({"recipe", "set", "with", "samples", "target_mae"});
      break;
    case ExperimentKind::baseline:
      add({"method", "train_runs", "with", "tests", "compare_with", "figures", "table_row"});
      break;
    case ExperimentKind::dictionary:
      add({"model", "method", "images_per_cell", "choices", "intensity_bands", "threshold", "threshold_of",
           "likeness", "fill", "mask", "stride", "random_tests"});
      break;
  }
  return keys;
}

void read_of_kind(const Config& config, Experiment& e) {
  switch (e.kind) {
    case ExperimentKind::train:
      read_recipe(config, e);
      read_runs(config, e);
      read_with(config, e);
      read_tests(config, e);
      break;
    case ExperimentKind::mean:
      read_mean(config, e);
      break;
    case ExperimentKind::transfer:
      read_recipe(config, e);
      read_runs(config, e);
      read_transfer(config, e);
      break;
    case ExperimentKind::learning_curve:
      read_recipe(config, e);
      read_with(config, e);
      read_learning_curve(config, e);
      break;
    case ExperimentKind::baseline:
      e.method = config.choice("method", baseline_names());
      read_runs(config, e);
      read_with(config, e);
      read_tests(config, e);
      break;
    case ExperimentKind::dictionary:
      read_dictionary(config, e);
      break;
  }
  const bool learns = e.kind == ExperimentKind::train || e.kind == ExperimentKind::baseline ||
                      e.kind == ExperimentKind::transfer;
  if (learns || e.kind == ExperimentKind::mean) read_partners(config, e);
  if (learns) e.table_row = read_line(config, "table_row", "");
}

std::vector<PaperFigure> read_figures(const Config& config, const Experiment& e) {
  std::vector<PaperFigure> figures;
  if (!config.has("figures")) return figures;
  const auto section = config.section("figures");
  section.expect_keys({"R", "intensity", "joint"});
  const auto known = quantities(e);
  for (const auto& shows : section.keys()) {
    const auto quantity = shows == "joint" ? std::string("intensity") : shows;
    if (std::ranges::find(known, quantity) == known.end())
      section.fail(shows, fmt::format("the experiment does not measure {}", quantity));
    figures.push_back({shows, read_line(section, shows.c_str())});
  }
  return figures;
}

/// That `paper_runs` need not say: those that the experiment asks for, which are the paper's.
std::optional<std::size_t> usual_runs(const Experiment& e, const std::string& quantity) {
  for (const auto runs : e.samples)
    if (quantity.ends_with(on_fewer_runs("", runs))) return runs;
  if (!e.samples.empty()) return e.samples.back();
  if (e.train_runs == 0 || quantity.ends_with(" untransferred") || quantity.ends_with(", all runs"))
    return {};
  return e.train_runs;
}

std::vector<PaperValue> read_paper(const Config& config, const Experiment& e) {
  const auto known = quantities(e);
  const auto section = config.section("paper");
  std::vector<PaperValue> values;
  for (const auto& quantity : section.keys()) {
    if (std::find(known.begin(), known.end(), quantity) == known.end()) {
      const auto near = nearest(quantity, known);
      section.fail(quantity,
                   fmt::format("this is nothing that the experiment measures; {}",
                               near.empty() ? fmt::format("it measures '{}'", fmt::join(known, "', '"))
                                            : fmt::format("did you mean '{}'?", near)));
    }
    values.push_back({quantity, section.number(quantity, Range::any()), usual_runs(e, quantity)});
  }
  const auto runs = config.section("paper_runs");
  for (const auto& quantity : runs.keys()) {
    const auto value = std::ranges::find(values, quantity, &PaperValue::quantity);
    if (value == values.end()) runs.fail(quantity, "paper has no such value");
    value->runs = static_cast<std::size_t>(runs.integer(quantity, 1, most_runs));
  }
  return values;
}

}  // namespace

std::vector<std::string> experiment_kinds() {
  std::vector<std::string> names;
  for (const auto& kind : kinds)
    names.emplace_back(kind.second);
  return names;
}

std::string to_string(ExperimentKind kind) {
  return std::find_if(kinds.begin(), kinds.end(), [&](const auto& known) { return known.first == kind; })
      ->second;
}

Experiment Experiment::from_config(const Config& config) {
  Experiment e;
  e.kind = kind_of(config.choice("kind", experiment_kinds()));
  config.expect_keys(keys_of(e.kind));
  e.name = read_name(config, "name");
  e.title = read_line(config, "title");
  e.section = read_line(config, "section");
  e.data = read_name(config, "data");
  read_of_kind(config, e);
  e.figures = read_figures(config, e);
  e.paper = read_paper(config, e);
  config.expect_all_known();
  return e;
}

std::string Experiment::settings() const {
  nlohmann::ordered_json json{{"name", name}, {"kind", to_string(kind)}, {"data", data}};
  if (!recipe.empty()) json.update({{"recipe", recipe}, {"set", set}});
  switch (kind) {
    case ExperimentKind::train:
      json.update({{"train_runs", train_runs}, {"tests", tests}});
      if (!with.empty()) json["with"] = with;
      break;
    case ExperimentKind::mean:
      json["of"] = of;
      break;
    case ExperimentKind::transfer:
      json.update({{"train_runs", train_runs},
                   {"model", model},
                   {"freeze", freeze},
                   {"fresh_layers", fresh_layers},
                   {"scratch", scratch},
                   {"scratch_recipe", scratch_recipe}});
      break;
    case ExperimentKind::learning_curve:
      json.update({{"samples", samples}, {"target_mae", target_mae}});
      if (!with.empty()) json["with"] = with;
      break;
    case ExperimentKind::baseline:
      json.update({{"method", method}, {"train_runs", train_runs}, {"tests", tests}});
      if (!with.empty()) json["with"] = with;
      break;
    case ExperimentKind::dictionary:
      json.update({{"model", model},
                   {"method", bondscope::to_string(dictionary.method)},
                   {"images_per_cell", dictionary.images_per_cell},
                   {"choices", dictionary.choices},
                   {"intensity_bands", dictionary.intensity_bands},
                   {"threshold", dictionary.threshold},
                   {"threshold_of", dictionary.threshold_of},
                   {"likeness", bondscope::to_string(dictionary.likeness)},
                   {"fill", bondscope::to_string(dictionary.fill)},
                   {"mask", dictionary.mask},
                   {"stride", dictionary.stride},
                   {"random_tests", dictionary.random_tests}});
      break;
  }
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::optional<std::filesystem::path> find_data(const std::filesystem::path& folder, const std::string& name) {
  std::error_code status;
  if (!std::filesystem::is_directory(folder, status))
    throw FileError(
        fmt::format("{}: is not a folder; expected one with data sets, as {}.h5", folder.string(), name));
  for (const char* ending : {".h5", "-images.h5"})
    if (const auto file = folder / (name + ending); std::filesystem::is_regular_file(file, status))
      return file;
  return {};
}

}  // namespace bondscope::ml
