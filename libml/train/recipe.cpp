#include "libml/train/recipe.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <functional>
#include <numbers>
#include <tuple>
#include <type_traits>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libml/baselines/baseline.hpp"
#include "libml/baselines/instrument.hpp"
#include "libml/data/samples.hpp"
#include "libpmd/base/config/config_fields.hpp"
#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/json_fields.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {
namespace {

using Json = nlohmann::ordered_json;

using Names = std::vector<std::string>;

Names method_names() {
  auto names = baseline_names();
  names.insert(names.begin(), "network");
  return names;
}

bool has_augmentation(const std::string& method) {
  const auto* baseline = find_baseline(method);
  return !baseline || baseline->mirrors;
}

const Range fraction{.min = 0, .max = 1, .max_open = true};

/// All keys of a recipe, in their order, with what they may be.
template <class Fields, class RecipeOrConst>
void visit_recipe(Fields& all, RecipeOrConst& r) {
  constexpr int many = 1'000'000;
  all.field("name", r.name);
  all.field("method", r.method, method_names());
  all.field("seed", r.seed, 0, largest_seed);
  all.field("targets", r.targets);
  if (r.is_network()) all.field("classes", r.classes, 1001);
  all.section("image", [&](Fields& image) { visit_image_settings(image, r.image); });
  // One that is read begins as what it was before there were two.
  if constexpr (!std::is_const_v<RecipeOrConst>) r.split_seed = r.seed;
  all.section("split", [&](Fields& split) {
    split.field("seed", r.split_seed, 0, largest_seed);
    split.field("train_fraction", r.train_fraction,
                Range{.min = 0, .max = 1, .min_open = true, .max_open = true});
    if (r.is_network()) split.field("validation_fraction", r.validation_fraction, fraction);
    split.field("train_runs", r.train_runs, 0, 1'000'000'000);
  });
  if (const auto* method = find_baseline(r.method); method && method->effects)
    all.field("effects", r.effects, effect_names());
  if (!has_augmentation(r.method)) return;
  all.section("augmentation", [&](Fields& augmentation) {
    augmentation.field("flip_kx", r.augmentation.flip_kx);
    augmentation.field("flip_ky", r.augmentation.flip_ky);
    if (!r.is_network()) return;
    augmentation.field("at_prediction", r.augmentation.at_prediction);
    augmentation.field("rotation_deg", r.augmentation.rotation_deg, Range{.min = 0, .max = 45});
  });
  if (!r.is_network()) return;
  all.section("preprocessing", [&](Fields& preprocessing) {
    auto& p = r.preprocessing;
    preprocessing.field("pixel_max", p.pixel_max, Range::positive_up_to(1e4));
    preprocessing.field("subtract_mean_image", p.subtract_mean_image);
    preprocessing.field("target_scaling", p.target_scaling, Names{"none", "standard"});
  });
  all.section("network", [&](Fields& network) {
    auto& n = r.network;
    network.field("kind", n.kind, Names{"cnn", "dense"});
    network.field("blocks", n.blocks, 1, 10);
    network.field("filters", n.filters, 1, 1024);
    network.field("kernel", n.kernel, 1, 31);
    network.field("units", n.units, 1, 65536);
    network.field("hidden", n.hidden, 0, 65536);
    network.field("extent", n.extent);
    network.field("additive", n.additive);
    network.field("members", n.members, 1, 64);
    network.field("dropout", n.dropout, fraction);
    network.field("initialisation", n.initialisation, Names{"glorot", "he"});
  });
  all.section("training", [&](Fields& training) {
    auto& t = r.training;
    training.field("loss", t.loss,
                   r.classes.empty() ? Names{"half_mse", "mse", "mae"} : Names{"cross_entropy"});
    training.field("optimiser", t.optimiser, Names{"sgd", "adam", "adamw"});
    training.field("learning_rate", t.learning_rate, Range::positive_up_to(10));
    training.field("momentum", t.momentum, fraction);
    training.field("weight_decay", t.weight_decay, Range::between(0, 10));
    training.field("gradient_clip", t.gradient_clip, Range::at_least(0));
    training.field("batch_size", t.batch_size, 2, 65536);
    training.field("drop_last", t.drop_last);
    training.field("epochs", t.epochs, 1, many);
    training.field("precision", t.precision, Names{"single", "mixed"});
    training.section("schedule", [&](Fields& schedule) {
      auto& s = t.schedule;
      schedule.field("kind", s.kind, Names{"constant", "step", "cosine"});
      schedule.field("factor", s.factor, Range::positive_up_to(1));
      schedule.field("every_epochs", s.every_epochs, 1, many);
      schedule.field("warmup_epochs", s.warmup_epochs, Range::between(0, many));
    });
  });
}

void check_classes(const Config& config, const Recipe& recipe) {
  if (!recipe.is_network() && config.has("classes"))
    config.fail("classes", fmt::format("the method {} tells numbers, no classes", recipe.method));
  const auto& edges = recipe.classes;
  if (edges.empty()) return;
  if (recipe.targets.size() != 1)
    config.fail("classes",
                fmt::format("classes are of one target, but targets has {}", recipe.targets.size()));
  if (edges.size() < 3 ||
      std::adjacent_find(edges.begin(), edges.end(), std::greater_equal<>()) != edges.end())
    config.fail("classes", "expected the edges of at least two classes, each larger than the one before");
}

/// A fixed window must be its own mirror image if images are mirrored, and what is turned a plane.
void check_augmentation(const Config& config, const Recipe& recipe) {
  const auto& image = recipe.image;
  if (recipe.augmentation.rotation_deg > 0 && image.view != View::plane)
    config.section("augmentation")
        .fail("rotation_deg", fmt::format("image.view {} cannot be turned; expected 0, or the view plane",
                                          to_string(image.view)));
  const auto symmetric = [](const Interval& range) { return range.min == -range.max; };
  const bool along_kx =
      image.view <= View::dp_dkx && image.view != View::first_quadrant && symmetric(image.kx);
  const bool along_ky = image.view == View::plane && symmetric(image.ky);
  if (image.window != Window::fixed) return;
  for (const auto& [key, wanted, possible] : {std::tuple{"flip_kx", recipe.augmentation.flip_kx, along_kx},
                                              std::tuple{"flip_ky", recipe.augmentation.flip_ky, along_ky}})
    if (wanted && !possible)
      config.section("augmentation")
          .fail(key, fmt::format("the window of image.view {} is not its own mirror image; expected false",
                                 to_string(image.view)));
}

Json as_json(const Recipe& recipe) {
  JsonFields writer;
  visit_recipe(writer, recipe);
  return writer.json;
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
  r.method = config.choice("method", method_names(), r.method);  // says which keys there are
  if (config.has("classes") && !config.numbers("classes", 0, 1001, Range::any()).empty())
    r.training.loss = "cross_entropy";
  ConfigKeys keys(config);
  visit_recipe(keys, r);
  keys.expect();
  ConfigFields reader(config);
  visit_recipe(reader, r);
  config.expect_all_known();
  check_classes(config, r);
  check_augmentation(config, r);
  if (r.network.kernel % 2 == 0)
    config.section("network").fail("kernel",
                                   "an even kernel cannot keep the image's size; expected an odd number");
  if (r.image.width * r.image.height > most_pixels_per_image)
    config.fail("image", fmt::format("width × height, {} × {}, is too large; expected at most {} pixels",
                                     r.image.width, r.image.height, most_pixels_per_image));
  r.network.width = r.image.width;
  r.network.height = r.image.height;
  r.network.classes = !r.classes.empty();
  r.network.outputs = static_cast<int>(r.classes.empty() ? r.targets.size() : r.classes.size() - 1);
  check_image_settings(r.image);
  if (r.is_network())
    check(r.network);
  else if (r.image.values == PixelValues::floats && !find_baseline(r.method)->floats)
    config.section("image").fail("values", fmt::format("the method {} works with bytes only", r.method));
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
