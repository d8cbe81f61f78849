#include "libml/report/training_report.hpp"

#include <fmt/format.h>

#include "libml/report/html_report.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libpmd/base/text/nearest.hpp"

namespace bondscope::ml {
namespace {

/// Of Fig. 1 with one output, as its sizes say.
constexpr std::int64_t paper_network_parameters = 38657;

std::string digits(double value) {
  return fmt::format("{:.4g}", value);
}

std::string digits(const ConfidenceInterval& interval) {
  return fmt::format("{:.4g} to {:.4g}", interval.low, interval.high);
}

std::vector<std::pair<std::string, std::string>> facts(const ModelDescription& model, const Evaluation& e) {
  const auto& data = model.data;
  std::string began = "random start values";
  if (const auto& origin = model.origin)
    began = fmt::format("{} (recipe {}, data set {}), {} blocks frozen", origin->model, origin->recipe,
                        origin->dataset, origin->frozen_blocks);
  std::string settings;
  for (const auto& [name, value] : model.settings)
    settings += fmt::format("{}{} {:.4g}", settings.empty() ? "" : ", ", name, value);
  const bool network = model.recipe.is_network();
  if (!network) began = "nothing: it learns in one go";
  return {{"recipe", model.recipe.name},
          {"method", model.recipe.method},
          {"settings", settings.empty() ? "none" : settings},
          {"targets", join(e.targets)},
          {"seed", std::to_string(model.recipe.seed)},
          {"began as", began},
          {"trained on",
           fmt::format("{} ({}, data set {}, preset {})", data.store, data.kind, data.dataset, data.preset)},
          {"tested on", e.store},
          {"n train", std::to_string(e.train_runs)},
          {"n validation", std::to_string(e.validation_runs)},
          {"n test", std::to_string(e.predictions.size())},
          {"left out, seen in training", std::to_string(e.left_out)},
          {"left out, for training only", std::to_string(e.for_training_only)},
          {"weights", network ? fmt::format("{} epoch, {} of {}; best by {}", e.weights,
                                            e.weights == "best" ? model.best_epoch : model.epochs_done,
                                            model.epochs_done, model.selection)
                              : "all that was learned"},
          {"device", fmt::format("{}, {} thread{}, LibTorch {}", model.device, model.threads,
                                 model.threads == 1 ? "" : "s", model.libtorch)},
          {"machine", model.machine},
          {"trained", fmt::format("{} by version {}", model.created, model.code_version)},
          {"data made by", fmt::format("version {}", data.code_version)}};
}

HtmlSection results(const std::filesystem::path& folder, const Classification& c) {
  HtmlTable table;
  table.header = {"", "accuracy", "95 % interval", "of the commonest class", "test runs"};
  table.rows.push_back({"classifier", digits(c.accuracy), digits(c.accuracy_95),
                        digits(c.accuracy_of_commonest), std::to_string(c.count)});
  return {
      .title = "Test",
      .paragraphs =
          {"Accuracy: the fraction of test runs, which had no part in the training, whose class has "
           "the highest score. Of the commonest class: of always answering the class that most "
           "training runs belong to."},
      .tables = {table},
      .pictures = {{folder / "confusion.png",
                    "True and predicted classes: numbers of test runs, coloured by the fraction of the true "
                    "class."}}};
}

HtmlSection results(const Evaluation& e) {
  HtmlTable table;
  table.header = {"target", "unit",           "MAE", "95 % interval of the MAE", "RMSE", "s.d. of |error|",
                  "bias",   "MAE of the mean"};
  for (std::size_t t = 0; t < e.targets.size() && t < e.scores.size(); ++t) {
    const auto& s = e.scores[t];
    table.rows.push_back({e.targets[t], e.target_of(t).unit, digits(s.mae), digits(s.mae_95), digits(s.rmse),
                          digits(s.absolute_error_sd), digits(s.bias), digits(s.mae_of_mean)});
  }
  return {
      .title = "Test",
      .paragraphs = {"Mean absolute error (MAE) on runs that had no part in the training. The interval is a "
                     "bootstrap over the test runs: it says how much other test runs would change the MAE "
                     "of this network, not how much another training would. MAE of the mean: of always "
                     "answering the mean of the training runs. Bias: mean of predicted - true."},
      .tables = {table}};
}

std::string about_parameters(const ModelDescription& model) {
  const auto images = model.train.size();
  auto text = fmt::format(
      "The network has {} parameters: the weights and biases that the training adjusts, here on {} images",
      model.parameter_count, images);
  if (images > 0)
    text += fmt::format(", {:.4g} parameters for each",
                        static_cast<double>(model.parameter_count) / static_cast<double>(images));
  text += ".";
  const auto& network = model.recipe.network;
  if (parameter_count(network) == paper_network_parameters)
    text +=
        " The paper counts 37 857 with 384 weights in the last layer; images of 256 x 128 pixels leave "
        "8 x 4 x 32 = 1024 after five poolings, and the biases of the convolutions are 160 more.";
  return text;
}

HtmlSection course(const std::filesystem::path& folder, const ModelDescription& model,
                   const std::vector<Epoch>& curve) {
  HtmlSection section{
      .title = "Training",
      .paragraphs = {about_parameters(model)},
      .pictures = {{folder / "learning_curve.png",
                    "Loss and MAE per epoch. Training values are means over the epoch's batches, "
                    "with dropout; validation values are taken after the epoch without it."}}};
  if (curve.empty()) return section;
  HtmlTable table;
  table.header = {"", "epoch", "learning rate", "training loss", "validation loss"};
  const auto row = [&](const std::string& name, const Epoch& e) {
    table.rows.push_back({name, std::to_string(e.epoch), digits(e.learning_rate), digits(e.train_loss),
                          e.validation_loss ? digits(*e.validation_loss) : "none"});
  };
  row("first epoch", curve.front());
  for (const auto& epoch : curve)
    if (epoch.epoch == model.best_epoch) row("best epoch", epoch);
  row("last epoch", curve.back());
  section.tables.push_back(table);
  double seconds = 0;
  for (const auto& epoch : curve)
    seconds += epoch.seconds;
  section.paragraphs.push_back(fmt::format("The {} epochs took {:.4g} s.", curve.size(), seconds));
  return section;
}

HtmlReport training_report(const std::filesystem::path& folder, const ModelDescription& model,
                           const Evaluation& evaluation, const std::vector<Epoch>& curve,
                           const std::vector<HtmlSection>& more) {
  HtmlReport report{.title = fmt::format("Training of {}: {}", model.recipe.name, join(evaluation.targets)),
                    .facts = facts(model, evaluation)};
  auto test = evaluation.classification ? results(folder, *evaluation.classification) : results(evaluation);
  if (!evaluation.classification)
    test.pictures = {{folder / "scatter.png",
                      "Predicted against true values of the test runs, and their differences below. "
                      "Colour: density of points where there are enough of them."},
                     {folder / "error_by_parameters.png",
                      "Absolute errors against the parameters of the test runs, with means in bins and their "
                      "standard errors."},
                     {folder / "error_histogram.png", "How often absolute errors of which size occur."}};
  report.sections.push_back(std::move(test));
  report.sections.insert(report.sections.end(), more.begin(), more.end());
  if (!curve.empty()) report.sections.push_back(course(folder, model, curve));
  report.sections.push_back({.title = "Recipe",
                             .paragraphs = {"As resolved, with all defaults."},
                             .preformatted = model.recipe.to_yaml()});
  report.sources = {{"trained on", model.data.store}};
  if (evaluation.store != model.data.store) report.sources.push_back({"tested on", evaluation.store});
  for (const auto& [what, file] : {std::pair{"the model", "model.json"},
                                   {"its card", "card.md"},
                                   {"its recipe", "recipe.yaml"},
                                   {"the test's numbers", "metrics.json"},
                                   {"each answer", "predictions.csv"}})
    report.sources.push_back({what, folder / file});
  if (!curve.empty()) report.sources.push_back({"the course of the training", folder / "learning_curve.csv"});
  report.footer = {fmt::format("Written {} by version {}.", utc_now(), code_version())};
  return report;
}

}  // namespace

void write_training_report(const std::filesystem::path& folder, const ModelDescription& model,
                           const Evaluation& evaluation, const std::vector<Epoch>& curve,
                           const std::vector<HtmlSection>& more) {
  write_file(folder / "report.html",
             to_html(training_report(folder, model, evaluation, curve, more), folder));
}

}  // namespace bondscope::ml
