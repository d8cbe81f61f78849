#include "libml/report/tables.hpp"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {
namespace {

constexpr std::size_t most_metrics_bytes = 16u << 20;

/// Cells separated by commas; names and numbers of ours need no quotes.
class Csv {
 public:
  Csv& operator<<(const std::string& cell) {
    if (!first_) text_ += ',';
    text_ += cell;
    first_ = false;
    return *this;
  }
  Csv& operator<<(double number) { return *this << format_number(number); }
  void end_line() {
    text_ += '\n';
    first_ = true;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  bool first_ = true;
};

}  // namespace

void write_learning_curve_csv(const std::filesystem::path& file, const Recipe& recipe,
                              const std::vector<Epoch>& curve) {
  const auto& targets = recipe.targets;
  const std::string error = recipe.classes.empty() ? "mae_" : "error_rate_";
  Csv csv;
  csv << "epoch"
      << "learning_rate"
      << "train_loss";
  for (const auto& name : targets)
    csv << "train_" + error + name;
  csv << "validation_loss";
  for (const auto& name : targets)
    csv << "validation_" + error + name;
  csv << "best"
      << "seconds";
  csv.end_line();
  for (const auto& e : curve) {
    csv << std::to_string(e.epoch) << e.learning_rate << e.train_loss;
    for (const double mae : e.train_mae)
      csv << mae;
    if (e.validation_loss) {
      csv << *e.validation_loss;
      for (const double mae : e.validation_mae)
        csv << mae;
    } else {
      for (std::size_t cell = 0; cell < 1 + targets.size(); ++cell)
        csv << "";
    }
    csv << (e.best ? "1" : "0") << e.seconds;
    csv.end_line();
  }
  write_file(file, csv.text());
}

void write_predictions_csv(const std::filesystem::path& file, const Evaluation& evaluation) {
  Csv csv;
  csv << "run"
      << "molecule";
  for (const auto& parameter : all_parameters(evaluation.declared))
    csv << parameter.name;
  for (const char* edge : {"kx_min", "kx_max", "ky_min", "ky_max"})
    csv << edge;
  const auto* classes = evaluation.classification ? &evaluation.classification->names : nullptr;
  for (const auto& name : evaluation.targets)
    if (classes)
      csv << "true_class_of_" + name << "predicted_class_of_" + name;
    else
      csv << "true_" + name << "predicted_" + name << "error_" + name;
  csv.end_line();
  for (const auto& [sample, truth, predicted] : evaluation.predictions) {
    const auto& p = sample.parameters;
    const auto& extent = sample.extent;
    csv << std::to_string(sample.number) << p.molecule;
    for (const auto& parameter : all_parameters(evaluation.declared))
      csv << parameter.of(p);
    csv << extent.kx_min << extent.kx_max << extent.ky_min << extent.ky_max;
    for (std::size_t t = 0; t < truth.size(); ++t)
      if (classes)
        csv << classes->at(static_cast<std::size_t>(truth[t]))
            << classes->at(static_cast<std::size_t>(predicted[t]));
      else
        csv << truth[t] << predicted[t] << predicted[t] - truth[t];
    csv.end_line();
  }
  write_file(file, csv.text());
}

void write_metrics_json(const std::filesystem::path& file, const Evaluation& e,
                        const ModelDescription& model) {
  nlohmann::ordered_json targets;
  for (std::size_t t = 0; t < e.scores.size(); ++t) {
    const auto& s = e.scores[t];
    targets[e.targets[t]] = {{"unit", e.target_of(t).unit},
                             {"mae", s.mae},
                             {"mae_95", {s.mae_95.low, s.mae_95.high}},
                             {"mae_of_training_mean", s.mae_of_mean},
                             {"rmse", s.rmse},
                             {"absolute_error_sd", s.absolute_error_sd},
                             {"bias", s.bias}};
  }
  nlohmann::ordered_json json{{"model", e.model},
                              {"weights", e.weights},
                              {"epoch", e.weights == "best" ? model.best_epoch : model.epochs_done},
                              {"store", e.store},
                              {"recipe", model.recipe.name},
                              {"seed", e.seed},
                              {"n_train", e.train_runs},
                              {"n_validation", e.validation_runs},
                              {"n_test", e.predictions.size()},
                              {"left_out_as_seen_in_training", e.left_out},
                              {"left_out_as_marked_for_training", e.for_training_only},
                              {"parameter_count", model.parameter_count},
                              {"interval", "bootstrap over the test samples, 95 %"},
                              {"code_version", code_version()},
                              {"targets", targets}};
  if (e.classification) {
    const auto& c = *e.classification;
    json.erase("targets");
    json["classes"] = {{"of", e.targets.front()},
                       {"names", c.names},
                       {"accuracy", c.accuracy},
                       {"accuracy_95", {c.accuracy_95.low, c.accuracy_95.high}},
                       {"accuracy_of_commonest", c.accuracy_of_commonest},
                       {"confusion", c.confusion}};
  }
  write_file(file, json.dump(1) + "\n");
}

TestResult test_result(const Evaluation& e) {
  TestResult result{.metrics = {}, .train_runs = e.train_runs, .test_runs = e.predictions.size()};
  if (e.classification) result.metrics.push_back({"accuracy", "", e.classification->accuracy});
  for (std::size_t t = 0; t < e.scores.size(); ++t)
    result.metrics.push_back({e.targets[t], e.target_of(t).unit, e.scores[t].mae});
  return result;
}

TestResult read_test_result(const std::filesystem::path& metrics_json) {
  const auto text = read_text_file(metrics_json, most_metrics_bytes);
  try {
    const auto json = nlohmann::json::parse(text);
    TestResult result{.metrics = {},
                      .train_runs = json.at("n_train").get<std::size_t>(),
                      .test_runs = json.at("n_test").get<std::size_t>()};
    const auto add = [&](const std::string& name, const std::string& unit, const nlohmann::json& value) {
      result.metrics.push_back({name, unit, value.get<double>()});
      if (!std::isfinite(result.metrics.back().value)) throw DataError(name + " is not finite");
    };
    if (json.contains("classes"))
      add("accuracy", "", json.at("classes").at("accuracy"));
    else
      for (const auto& [name, of] : json.at("targets").items())
        add(name, of.at("unit").get<std::string>(), of.at("mae"));
    return result;
  } catch (const nlohmann::json::exception& error) {
    throw DataError(fmt::format("{}: not the result of a test: {}", metrics_json.string(), error.what()));
  } catch (const Error& error) {
    throw DataError(fmt::format("{}: {}", metrics_json.string(), error.what()));
  }
}

std::string summary(const Evaluation& e) {
  std::string text;
  const auto row = [&](const char* name, double value, const std::string& note = "") {
    text += fmt::format("  {:<17} {:.4g}{}\n", name, value, note);
  };
  const auto interval = [](const ConfidenceInterval& i, std::size_t runs) {
    return fmt::format("  [{:.4g}, {:.4g}] (95 %, bootstrap over {} test runs)", i.low, i.high, runs);
  };
  if (e.classification) {
    const auto& c = *e.classification;
    text += fmt::format("classes of {}\n", e.targets.front());
    row("test accuracy", c.accuracy, interval(c.accuracy_95, c.count));
    row("of the commonest", c.accuracy_of_commonest,
        "  (always answering the training set's commonest class)");
  }
  for (std::size_t t = 0; t < e.scores.size(); ++t) {
    const auto& s = e.scores[t];
    const auto of = e.target_of(t);
    text += fmt::format("{}, in {}\n", of.label, of.unit);
    row("test MAE", s.mae, interval(s.mae_95, s.count));
    row("MAE of the mean", s.mae_of_mean,
        fmt::format("  (always answering the training set's mean; {:.4g} times the network's)",
                    s.mae_of_mean / s.mae));
    row("RMSE", s.rmse);
    row("s.d. of |error|", s.absolute_error_sd);
    row("bias", s.bias);
  }
  return text + fmt::format("n train {}, n validation {}, n test {}, seed {}\n", e.train_runs,
                            e.validation_runs, e.predictions.size(), e.seed);
}

}  // namespace bondscope::ml
