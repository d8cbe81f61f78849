#include "apps/pmd_train/explain_layers.hpp"

#include <algorithm>
#include <iostream>

#include <fmt/format.h>

#include "apps/pmd_train/console.hpp"
#include "apps/shared/progress.hpp"
#include "libml/explain/layers_report.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"

using namespace bondscope;

namespace {

/// Whether its filters are of the plane; those of a line, and a network without any, have no picture.
bool has_filters(const ml::Model& model) {
  const auto& recipe = model.description.recipe;
  return recipe.network.kind != "dense" && recipe.image.height > 1;
}

void draw(const LayersWish& wish) {
  std::vector<ml::Model> models{wish.model};
  models.insert(models.end(), wish.others.begin(), wish.others.end());
  std::vector<std::string> names{wish.model.folder.filename().string()};
  for (const auto& name : wish.names)
    names.push_back(std::filesystem::path(name).filename().string());
  const auto& images = wish.groups.front();
  if (std::ranges::all_of(models, has_filters)) ml::draw_filters(wish.output / "filters.png", models, names);
  ml::draw_feature_maps(wish.output / "feature_maps.png", models, names, images.samples, images.chosen);
}

}  // namespace

void explain_layers(const LayersWish& wish) {
  StoppableProgress progress("layers", "layers");
  const auto found =
      ml::compare_layers(wish.model, wish.others, wish.groups, [&](std::size_t done, std::size_t all) {
        if (!progress(done, all)) throw Interrupted("interrupted; nothing was written");
      });
  progress.end();
  auto text = ml::layers_summary(found, wish.names);
  if (has_filters(wish.model)) text += ml::filters_summary(ml::filter_power(wish.model, 1));
  std::cout << text;
  if (wish.output.empty()) return;
  std::filesystem::create_directories(wish.output);
  write_file(wish.output / "layers.csv", ml::layers_csv(found, wish.names));
  write_file(wish.output / "components.csv", ml::components_csv(found));
  try {
    draw(wish);
  } catch (const FileError& error) {
    print_warnings({std::string("no pictures: ") + error.what()});
  }
  write_file(wish.output / "report.html",
             ml::layers_page(wish.output, wish.model, wish.groups.front().samples, text));
  std::cout << fmt::format("layers: {}\n", (wish.output / "report.html").string());
}
