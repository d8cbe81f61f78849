#include "libml/train/recipe.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libml/data/samples.hpp"
#include "libml/data/targets.hpp"
#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {
namespace {

using Json = nlohmann::ordered_json;

int integer(const Config& config, const char* key, int min, int max, int fallback) {
  return static_cast<int>(config.integer(key, min, max, fallback));
}

PreprocessingRecipe read_preprocessing(const Config& config) {
  PreprocessingRecipe p;
  p.pixel_max = config.number("pixel_max", Range::positive_up_to(1e4), p.pixel_max);
  p.subtract_mean_image = config.flag("subtract_mean_image", p.subtract_mean_image);
  p.target_scaling = config.choice("target_scaling", {"none", "standard"}, p.target_scaling);
  return p;
}

NetworkSpec read_network(const Config& config) {
  NetworkSpec n;
  n.kind = config.choice("kind", {"cnn", "dense"}, n.kind);
  n.blocks = integer(config, "blocks", 1, 10, n.blocks);
  n.filters = integer(config, "filters", 1, 1024, n.filters);
  n.kernel = integer(config, "kernel", 1, 31, n.kernel);
  if (n.kernel % 2 == 0)
    config.fail("kernel", "an even kernel cannot keep the image's size; expected an odd number");
  n.units = integer(config, "units", 1, 65536, n.units);
  n.hidden = integer(config, "hidden", 0, 65536, n.hidden);
  n.extent = config.flag("extent", n.extent);
  n.members = integer(config, "members", 1, 64, n.members);
  n.dropout = config.number("dropout", Range{.min = 0, .max = 1, .max_open = true}, n.dropout);
  n.initialisation = config.choice("initialisation", {"glorot", "he"}, n.initialisation);
  return n;
}

AugmentationRecipe read_augmentation(const Config& config) {
  AugmentationRecipe a;
  a.flip_kx = config.flag("flip_kx", a.flip_kx);
  a.flip_ky = config.flag("flip_ky", a.flip_ky);
  return a;
}

ScheduleRecipe read_schedule(const Config& config) {
  ScheduleRecipe s;
  s.kind = config.choice("kind", {"constant", "step", "cosine"}, s.kind);
  s.factor = config.number("factor", Range::positive_up_to(1), s.factor);
  s.every_epochs = integer(config, "every_epochs", 1, 1000000, s.every_epochs);
  s.warmup_epochs = config.number("warmup_epochs", Range::between(0, 1e6), s.warmup_epochs);
  return s;
}

TrainingRecipe read_training(const Config& config, bool classes) {
  TrainingRecipe t;
  if (classes)
    t.loss = config.choice("loss", {"cross_entropy"}, "cross_entropy");
  else
    t.loss = config.choice("loss", {"half_mse", "mse", "mae"}, t.loss);
  t.optimiser = config.choice("optimiser", {"sgd", "adam", "adamw"}, t.optimiser);
  t.learning_rate = config.number("learning_rate", Range::positive_up_to(10), t.learning_rate);
  t.momentum = config.number("momentum", Range{.min = 0, .max = 1, .max_open = true}, t.momentum);
  t.weight_decay = config.number("weight_decay", Range::between(0, 10), t.weight_decay);
  t.gradient_clip = config.number("gradient_clip", Range::at_least(0), t.gradient_clip);
  t.batch_size = integer(config, "batch_size", 2, 65536, t.batch_size);
  t.drop_last = config.flag("drop_last", t.drop_last);
  t.epochs = integer(config, "epochs", 1, 1000000, t.epochs);
  t.precision = config.choice("precision", {"single", "mixed"}, t.precision);
  t.schedule = read_schedule(config.section("schedule"));
  return t;
}

std::vector<double> read_classes(const Config& config, const std::vector<std::string>& targets) {
  if (!config.has("classes")) return {};
  const auto edges = config.numbers("classes", 0, 1001, Range::any());
  if (edges.empty()) return {};
  if (targets.size() != 1)
    config.fail("classes", "classes are of one target, but targets has " + std::to_string(targets.size()));
  if (edges.size() < 3 ||
      std::adjacent_find(edges.begin(), edges.end(), std::greater_equal<>()) != edges.end())
    config.fail("classes", "expected the edges of at least two classes, each larger than the one before");
  return edges;
}

Json as_json(const Recipe& r) {
  const auto& p = r.preprocessing;
  const auto& a = r.augmentation;
  const auto& n = r.network;
  const auto& t = r.training;
  return {
      {"name", r.name},
      {"seed", r.seed},
      {"targets", r.targets},
      {"classes", r.classes},
      {"image",
       {{"view", to_string(r.image.view)},
        {"floor", r.image.floor},
        {"width", r.image.width},
        {"height", r.image.height}}},
      {"split",
       {{"train_fraction", r.train_fraction},
        {"validation_fraction", r.validation_fraction},
        {"train_runs", r.train_runs}}},
      {"preprocessing",
       {{"pixel_max", p.pixel_max},
        {"subtract_mean_image", p.subtract_mean_image},
        {"target_scaling", p.target_scaling}}},
      {"augmentation", {{"flip_kx", a.flip_kx}, {"flip_ky", a.flip_ky}}},
      {"network",
       {{"kind", n.kind},
        {"blocks", n.blocks},
        {"filters", n.filters},
        {"kernel", n.kernel},
        {"units", n.units},
        {"hidden", n.hidden},
        {"extent", n.extent},
        {"members", n.members},
        {"dropout", n.dropout},
        {"initialisation", n.initialisation}}},
      {"training",
       {{"loss", t.loss},
        {"optimiser", t.optimiser},
        {"learning_rate", t.learning_rate},
        {"momentum", t.momentum},
        {"weight_decay", t.weight_decay},
        {"gradient_clip", t.gradient_clip},
        {"batch_size", t.batch_size},
        {"drop_last", t.drop_last},
        {"epochs", t.epochs},
        {"precision", t.precision},
        {"schedule",
         {{"kind", t.schedule.kind},
          {"factor", t.schedule.factor},
          {"every_epochs", t.schedule.every_epochs},
          {"warmup_epochs", t.schedule.warmup_epochs}}}}},
  };
}

/// JSON's scalars and lists are YAML already; only mappings are laid out anew.
void append_yaml(std::string& text, const Json& mapping, const std::string& indent) {
  for (const auto& [key, value] : mapping.items()) {
    text += indent + key + ":";
    if (value.is_object()) {
      text += "\n";
      append_yaml(text, value, indent + "  ");
    } else {
      text += " ";
      text += value.is_number_float() ? format_number(value.get<double>()) : value.dump();
      text += "\n";
    }
  }
}

}  // namespace

Recipe Recipe::load(const std::string& name_or_file, const std::vector<std::string>& assignments) {
  auto config = Config::from_file(find_config("recipes", name_or_file));
  for (const auto& assignment : assignments)
    config.set(assignment);
  return from_config(config);
}

Recipe Recipe::from_config(const Config& config) {
  Recipe r;
  r.name = config.text("name");
  r.seed = static_cast<std::uint64_t>(config.integer("seed", 0, largest_seed, 1));
  r.targets = config.texts("targets");
  r.classes = read_classes(config, r.targets);
  const auto image = config.section("image");
  r.image.view = view_of(image.choice("view", view_names(), to_string(r.image.view)));
  r.image.floor = image.number("floor", Range{.min = -30, .max = 0, .max_open = true}, r.image.floor);
  r.image.width = integer(image, "width", 1, most_pixels_per_side, r.image.width);
  r.image.height = integer(image, "height", 1, most_pixels_per_side, r.image.height);
  if (r.image.width * r.image.height > most_pixels_per_image)
    config.fail("image", fmt::format("width × height, {} × {}, is too large; expected at most {} pixels",
                                     r.image.width, r.image.height, most_pixels_per_image));
  const auto split = config.section("split");
  const Range inner{.min = 0, .max = 1, .min_open = true, .max_open = true};
  r.train_fraction = split.number("train_fraction", inner, r.train_fraction);
  r.validation_fraction =
      split.number("validation_fraction", Range{.min = 0, .max = 1, .max_open = true}, r.validation_fraction);
  r.train_runs = static_cast<std::size_t>(split.integer("train_runs", 0, 1'000'000'000, 0));
  r.preprocessing = read_preprocessing(config.section("preprocessing"));
  r.augmentation = read_augmentation(config.section("augmentation"));
  r.network = read_network(config.section("network"));
  r.network.width = r.image.width;
  r.network.height = r.image.height;
  r.network.classes = !r.classes.empty();
  r.network.outputs = static_cast<int>(r.classes.empty() ? r.targets.size() : r.classes.size() - 1);
  r.training = read_training(config.section("training"), !r.classes.empty());
  config.expect_all_known();
  check_image_settings(r.image);
  check(r.network);
  return r;
}

std::string Recipe::to_json() const {
  return as_json(*this).dump();
}

std::string Recipe::to_yaml() const {
  std::string text;
  append_yaml(text, as_json(*this), "");
  return text;
}

double learning_rate(const TrainingRecipe& training, double epoch) {
  const auto& schedule = training.schedule;
  if (epoch < schedule.warmup_epochs) return training.learning_rate * epoch / schedule.warmup_epochs;
  if (schedule.kind == "step")
    return training.learning_rate * std::pow(schedule.factor, std::floor(epoch / schedule.every_epochs));
  if (schedule.kind == "cosine") {
    const double after_warmup = std::max(training.epochs - schedule.warmup_epochs, 1e-9);
    const double progress = std::min((epoch - schedule.warmup_epochs) / after_warmup, 1.0);
    return training.learning_rate * 0.5 * (1 + std::cos(std::numbers::pi * progress));
  }
  return training.learning_rate;
}

}  // namespace bondscope::ml
