#include "libml/explain/layers_report.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "libml/report/html_report.hpp"
#include "libpmd/base/process/build_info.hpp"

namespace bondscope::ml {
namespace {

/// The largest size of a quantity's correlation among the components.
double strongest(const LayerFound& layer, std::size_t quantity) {
  double most = 0;
  for (const auto& correlation : layer.correlations)
    most = std::max(most, std::abs(correlation[quantity]));
  return most;
}

}  // namespace

std::string layers_summary(const LayersFound& found, const std::vector<std::string>& others) {
  std::string text = fmt::format(
      "  how alike layers are, {} images (linear CKA; 1: the same up to rotation and scale, 0: unrelated)\n  "
      "  {:<10}",
      found.images, "");
  for (std::size_t i = 0; i <= others.size(); ++i)
    text += fmt::format("{:>14}", i < others.size() ? fmt::format("beside {}", i + 1) : "untrained");
  text += "\n";
  for (const auto& layer : found.layers) {
    text += fmt::format("    {:<10}", layer.layer);
    for (const double likeness : layer.likeness)
      text += fmt::format("{:>14.3f}", likeness);
    text += "\n";
  }
  for (std::size_t i = 0; i < others.size(); ++i)
    text += fmt::format("    beside {}: {}\n", i + 1, others[i]);
  if (found.quantities.empty() || found.layers.empty()) return text;
  text +=
      "  by what layers order images: the strongest rank correlation of their first components with\n    " +
      fmt::format("{:<10}", "");
  for (const auto& name : found.quantities)
    text += fmt::format("{:>14}", name);
  text += "\n";
  for (const auto& layer : found.layers) {
    text += fmt::format("    {:<10}", layer.layer);
    for (std::size_t quantity = 0; quantity < found.quantities.size(); ++quantity)
      text += fmt::format("{:>14.3f}", strongest(layer, quantity));
    text += "\n";
  }
  const auto& last = found.layers.back();
  text += fmt::format("  components of {}: share of the variance, rank correlation with {}\n", last.layer,
                      fmt::join(found.quantities, ", "));
  for (std::size_t i = 0; i < last.shares.size(); ++i)
    text += fmt::format("    {}  {:>5.1f} %  {:>6.3f}\n", i + 1, 100 * last.shares[i],
                        fmt::join(last.correlations[i], "  "));
  return text;
}

std::string filters_summary(const FilterPower& power) {
  return fmt::format(
      "  filters of block1: {:.0f} % of their power is brightness, {:.0f} % edges, {:.0f} % spots and lines "
      "(drawn at random: 11, 44, 44)\n",
      100 * power.brightness, 100 * power.edges, 100 * power.spots);
}

std::string layers_csv(const LayersFound& found, const std::vector<std::string>& others) {
  std::string text = "layer";
  for (std::size_t i = 0; i < others.size(); ++i)
    text += fmt::format(",beside {}", i + 1);
  text += ",untrained\n";
  for (const auto& layer : found.layers)
    text += fmt::format("{},{:.4f}\n", layer.layer, fmt::join(layer.likeness, ","));
  return text;
}

std::string components_csv(const LayersFound& found) {
  auto text = "layer,component,share" + std::string(found.quantities.empty() ? "" : ",") +
              fmt::format("{}\n", fmt::join(found.quantities, ","));
  for (const auto& layer : found.layers)
    for (std::size_t i = 0; i < layer.shares.size(); ++i)
      text += fmt::format("{},{},{:.5f}{}{:.4f}\n", layer.layer, i + 1, layer.shares[i],
                          found.quantities.empty() ? "" : ",", fmt::join(layer.correlations[i], ","));
  return text;
}

std::string layers_page(const std::filesystem::path& folder, const Model& model, const SampleSet& samples,
                        const std::string& findings) {
  const auto& description = model.description;
  HtmlReport report{.title = fmt::format("The layers of {}", model.folder.filename().string())};
  report.facts = {{"model", model.folder.string()},
                  {"recipe", description.recipe.name},
                  {"trained on", fmt::format("{} runs of data set {}, preset {}", description.train.size(),
                                             description.data.dataset, description.data.preset)},
                  {"images", samples.source.store}};
  report.sections = {
      {.title = "Likeness and order",
       .paragraphs =
           {"An untrained network says how alike layers are that have learned nothing: they keep much of an "
            "image. A training that differs by the seed says how alike they can be expected to be."},
       .preformatted = findings},
      {.title = "Filters",
       .paragraphs = {"Each square is a filter's weights for one channel: red positive, blue negative."},
       .pictures = {{folder / "filters.png", "Filters of the blocks"}}},
      {.title = "What the blocks make of an image",
       .paragraphs = {"The channels that differ most from image to image; of two networks the same ones."},
       .pictures = {{folder / "feature_maps.png", "Outputs of the blocks, in momentum coordinates"}}}};
  report.sources = {{"the model", model.folder / "report.html"},
                    {"likeness", folder / "layers.csv"},
                    {"components", folder / "components.csv"}};
  report.footer = {fmt::format("pmd_train {}", code_version())};
  return to_html(report, folder);
}

}  // namespace bondscope::ml
