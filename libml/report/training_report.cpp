#include "libml/report/training_report.hpp"

#include <cstdio>

#include "libml/data/targets.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libpmd/base/text/utc_time.hpp"

namespace bondscope::ml {
namespace {

/// Of Fig. 1 with one output, as its sizes say.
constexpr std::int64_t paper_network_parameters = 38657;

std::string digits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

std::string list(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::vector<std::pair<std::string, std::string>> facts(const ModelDescription& model, const Evaluation& e) {
  const auto& data = model.data;
  return {{"recipe", model.recipe.name},
          {"targets", list(e.targets)},
          {"seed", std::to_string(model.recipe.seed)},
          {"began as", model.origin ? model.origin->model + " (recipe " + model.origin->recipe +
                                          ", data set " + model.origin->dataset + "), " +
                                          std::to_string(model.origin->frozen_blocks) + " blocks frozen"
                                    : "random start values"},
          {"trained on",
           data.store + " (" + data.kind + ", data set " + data.dataset + ", preset " + data.preset + ")"},
          {"tested on", e.store},
          {"n train", std::to_string(e.train_runs)},
          {"n validation", std::to_string(e.validation_runs)},
          {"n test", std::to_string(e.predictions.size())},
          {"left out, seen in training", std::to_string(e.left_out)},
          {"left out, for training only", std::to_string(e.for_training_only)},
          {"weights", e.weights + " epoch, " +
                          std::to_string(e.weights == "best" ? model.best_epoch : model.epochs_done) +
                          " of " + std::to_string(model.epochs_done) + "; best by " + model.selection},
          {"device", model.device + ", " + std::to_string(model.threads) +
                         (model.threads == 1 ? " thread" : " threads") + ", LibTorch " + model.libtorch},
          {"machine", model.machine},
          {"trained", model.created + " by version " + model.code_version},
          {"data made by", "version " + data.code_version}};
}

HtmlSection results(const std::filesystem::path& folder, const Classification& c) {
  HtmlTable table;
  table.header = {"", "accuracy", "95 % interval", "of the commonest class", "test runs"};
  table.rows.push_back({"classifier", digits(c.accuracy),
                        digits(c.accuracy_95.low) + " to " + digits(c.accuracy_95.high),
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
    table.rows.push_back({e.targets[t], target(e.targets[t]).unit, digits(s.mae),
                          digits(s.mae_95.low) + " to " + digits(s.mae_95.high), digits(s.rmse),
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
  const auto count = std::to_string(model.parameter_count);
  std::string text = "The network has " + count +
                     " parameters: the weights and biases that the training adjusts, "
                     "here on " +
                     std::to_string(images) + " images";
  if (images > 0)
    text += ", " + digits(static_cast<double>(model.parameter_count) / static_cast<double>(images)) +
            " parameters for each";
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
  section.paragraphs.push_back("The " + std::to_string(curve.size()) + " epochs took " + digits(seconds) +
                               " s.");
  return section;
}

}  // namespace

HtmlReport training_report(const std::filesystem::path& folder, const ModelDescription& model,
                           const Evaluation& evaluation, const std::vector<Epoch>& curve) {
  HtmlReport report{.title = "Training of " + model.recipe.name + ": " + list(evaluation.targets),
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
  report.sections.push_back(course(folder, model, curve));
  report.sections.push_back({.title = "Recipe",
                             .paragraphs = {"As resolved, with all defaults."},
                             .preformatted = model.recipe.to_yaml()});
  report.footer = {"Written " + utc_now() + " by version " + code_version() + "."};
  return report;
}

void write_training_report(const std::filesystem::path& folder, const ModelDescription& model,
                           const Evaluation& evaluation, const std::vector<Epoch>& curve) {
  write_html(folder / "report.html", training_report(folder, model, evaluation, curve));
}

}  // namespace bondscope::ml
