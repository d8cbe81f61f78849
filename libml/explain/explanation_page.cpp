#include "libml/explain/explanation_page.hpp"

#include <fmt/format.h>

#include "libml/report/html_report.hpp"
#include "libpmd/base/process/build_info.hpp"

namespace bondscope::ml {
namespace {

const char* meaning_of(ExplanationMethod method) {
  switch (method) {
    case ExplanationMethod::occlusion:
      return "A mask that shows the mean image of the training slides over each image. The map at its centre "
             "is by how "
             "much the answer drops.";
    case ExplanationMethod::grad_cam:
      return "The activations of the last block, each weighted by the mean of the answer's gradient with "
             "respect "
             "to it, and added. As coarse as the block is.";
    case ExplanationMethod::lime:
      return "Copies of each image show a random half of its cells, and the mean image of the training "
             "elsewhere. "
             "The map is what each cell adds, by the linear model that fits the answers.";
    case ExplanationMethod::integrated_gradients:
      return "The answer's gradient, integrated along the straight way from the mean image of the training "
             "to each image. "
             "The map sums up to the difference of the two answers.";
    case ExplanationMethod::additive:
      return "The network's answer is a constant and a sum over cells of the image. The map is what each "
             "cell "
             "contributes, beside what it contributes to the answer for the mean image of the training: "
             "exact.";
  }
  return "";
}

HtmlSection findings_section(const std::string& title, const std::string& paragraph,
                             const std::string& found) {
  return {.title = title, .paragraphs = {paragraph}, .preformatted = found};
}

}  // namespace

std::string explanation_page(const std::filesystem::path& folder, const Model& model,
                             const SampleSet& samples, ExplanationMethod method,
                             const ExplanationFindings& findings) {
  const auto& description = model.description;
  HtmlReport report{.title = fmt::format("What {} looks at", model.folder.filename().string())};
  report.facts = {{"model", model.folder.string()},
                  {"recipe", description.recipe.name},
                  {"trained on", fmt::format("{} runs of data set {}, preset {}", description.train.size(),
                                             description.data.dataset, description.data.preset)},
                  {"method", bondscope::to_string(method)},
                  {"images", samples.source.store},
                  {"answers", findings.answers}};
  report.sections = {
      {.title = "Images and maps",
       .paragraphs = {meaning_of(method),
                      "Red raises the answer, blue lowers it. Dashed: where direct electrons end, 2√Up. "
                      "Dotted: where the two "
                      "nuclei interfere destructively, an odd multiple of π/R along the molecule."},
       .pictures = {{folder / "sheet.png", "Images, and beside each its map"}}},
      {.title = "By distance and intensity",
       .pictures = {{folder / "averages.png", "Mean maps"},
                    {folder / "attention.png",
                     "Mean sizes of the maps, each divided by its integral: where the attention is"}}}};
  if (!findings.faithfulness.empty())
    report.sections.push_back(findings_section(
        "Is it faithful?", "A map that fails here shows something else than what the network goes by.",
        findings.faithfulness));
  if (!findings.agreement.empty())
    report.sections.push_back(findings_section(
        "Other models", "Trainings that differ by chance should look at the same.", findings.agreement));
  if (!findings.laws.empty())
    report.sections.push_back(findings_section(
        "Laws",
        "Direct electrons carry most of the signal, and the network should go by them. Of a sum of local "
        "contributions, cells far apart do nothing together. Two centres at a distance R make fringes of the "
        "period "
        "2π/R: planted at a wrong distance, they should pull the answer there, and across the molecule they "
        "should do "
        "nothing.",
        findings.laws));
  if (!findings.information.empty())
    report.sections.push_back(findings_section(
        "Against the physics",
        "Where information about R lies is a property of the distribution, whoever reads it.",
        findings.information));
  report.sources = {{"the model", model.folder / "report.html"},
                    {"all numbers", folder / "explanations.csv"},
                    {"all maps", folder / "maps.safetensors"}};
  report.footer = {fmt::format("pmd_train {}", code_version())};
  return to_html(report, folder);
}

}  // namespace bondscope::ml
