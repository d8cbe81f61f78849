#include "libml/report/tables.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libpmd/base/text/duration.hpp"
#include "libpmd/base/text/json.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {
namespace {

constexpr std::int64_t most_runs = std::int64_t{1} << 40;

std::string csv_cell(const std::string& words) {
  if (words.find_first_of(",\"\n\r") == std::string::npos) return words;
  std::string cell = "\"";
  for (const char c : words)
    cell += c == '"' ? std::string("\"\"") : std::string(1, c);
  return cell + "\"";
}

void append(std::vector<std::string>& cells, const std::vector<double>& numbers) {
  for (const double number : numbers)
    cells.push_back(format_number(number));
}

std::vector<std::string> parts(const std::string& text, char separator) {
  std::vector<std::string> all;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);)
    all.push_back(std::move(part));
  return all;
}

std::string maes(const std::vector<std::string>& targets, const std::vector<double>& values) {
  std::string line;
  for (std::size_t t = 0; t < values.size(); ++t)
    line += fmt::format("{}{} {:.4f}", t == 0 ? "" : ", ", targets[t], values[t]);
  return line;
}

}  // namespace

std::string csv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (const auto& cell : cells) {
    if (&cell != &cells.front()) line += ',';
    line += csv_cell(cell);
  }
  return line + "\n";
}

void write_learning_curve_csv(const std::filesystem::path& file, const Recipe& recipe,
                              const std::vector<Epoch>& curve) {
  const auto& targets = recipe.targets;
  const std::string error = recipe.classes.empty() ? "mae_" : "error_rate_";
  std::vector<std::string> header{"epoch", "learning_rate", "train_loss"};
  for (const auto& name : targets)
    header.push_back("train_" + error + name);
  header.push_back("validation_loss");
  for (const auto& name : targets)
    header.push_back("validation_" + error + name);
  header.insert(header.end(), {"best", "seconds"});
  auto text = csv_line(header);
  for (const auto& e : curve) {
    std::vector<std::string> cells{std::to_string(e.epoch)};
    append(cells, {e.learning_rate, e.train_loss});
    append(cells, e.train_mae);
    if (e.validation_loss) {
      append(cells, {*e.validation_loss});
      append(cells, e.validation_mae);
    } else {
      cells.resize(cells.size() + 1 + targets.size());
    }
    cells.push_back(e.best ? "1" : "0");
    append(cells, {e.seconds});
    text += csv_line(cells);
  }
  write_file(file, text);
}

void write_predictions_csv(const std::filesystem::path& file, const Evaluation& evaluation) {
  std::vector<std::string> header{"run", "molecule"};
  for (const auto& parameter : all_parameters(evaluation.declared))
    header.push_back(parameter.name);
  header.insert(header.end(), {"kx_min", "kx_max", "ky_min", "ky_max"});
  const auto* classes = evaluation.classification ? &evaluation.classification->names : nullptr;
  for (const auto& name : evaluation.targets)
    if (classes)
      header.insert(header.end(), {"true_class_of_" + name, "predicted_class_of_" + name});
    else
      header.insert(header.end(), {"true_" + name, "predicted_" + name, "error_" + name});
  auto text = csv_line(header);
  for (const auto& [sample, truth, predicted] : evaluation.predictions) {
    const auto& p = sample.parameters;
    const auto& extent = sample.extent;
    std::vector<std::string> cells{std::to_string(sample.number), p.molecule};
    for (const auto& parameter : all_parameters(evaluation.declared))
      append(cells, {parameter.of(p)});
    append(cells, {extent.kx_min, extent.kx_max, extent.ky_min, extent.ky_max});
    for (std::size_t t = 0; t < truth.size(); ++t)
      if (classes)
        for (const double number : {truth[t], predicted[t]})
          cells.push_back(classes->at(static_cast<std::size_t>(number)));
      else
        append(cells, {truth[t], predicted[t], predicted[t] - truth[t]});
    text += csv_line(cells);
  }
  write_file(file, text);
}

std::map<std::uint64_t, double> read_errors(const std::filesystem::path& folder, const std::string& target) {
  return read_predictions(folder, "error_" + target);
}

std::map<std::uint64_t, double> read_predictions(const std::filesystem::path& folder,
                                                 const std::string& name) {
  const auto text = read_model_file(folder, read_description(folder / "model.json"), "predictions.csv");
  const auto wrong = [&](const std::string& what) {
    return DataError(fmt::format("{}: {}", (folder / "predictions.csv").string(), what));
  };
  const auto lines = parts(text, '\n');
  if (lines.empty()) throw wrong("it is empty");
  const auto header = parts(lines.front(), ',');
  const auto column = std::ranges::find(header, name) - header.begin();
  if (column == std::ssize(header)) throw wrong("there is no column " + name);
  std::map<std::uint64_t, double> values;
  for (std::size_t i = 1; i < lines.size() && !lines[i].empty(); ++i) {
    const auto cells = parts(lines[i], ',');
    const auto run = read_number(cells.front());
    const auto value =
        cells.size() == header.size() ? read_number(cells[static_cast<std::size_t>(column)]) : std::nullopt;
    if (!run || !value) throw wrong(fmt::format("line {} has no number and {} of a run", i + 1, name));
    values[static_cast<std::uint64_t>(*run)] = *value;
  }
  return values;
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
                              {"method", model.recipe.method},
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
  if (const auto& c = e.classification)
    result.metrics.push_back({"accuracy", "", c->accuracy, c->accuracy_95});
  for (std::size_t t = 0; t < e.scores.size(); ++t) {
    result.metrics.push_back({e.targets[t], e.target_of(t).unit, e.scores[t].mae, e.scores[t].mae_95});
    for (const auto& [sample, truth, predicted] : e.predictions)
      result.metrics.back().errors[sample.number] = std::abs(predicted[t] - truth[t]);
  }
  return result;
}

TestResult read_test_result(const std::filesystem::path& folder) {
  const auto model = read_description(folder / "model.json");
  const auto text = read_model_file(folder, model, "metrics.json");
  try {
    const auto json = parse_json(text);
    const auto count = [&](const char* key) {
      return static_cast<std::size_t>(whole_member(json, key, 0, most_runs));
    };
    TestResult result{.metrics = {}, .train_runs = count("n_train"), .test_runs = count("n_test")};
    const auto add = [&](const std::string& name, const std::string& unit, const nlohmann::json& of,
                         const std::string& key) {
      const auto& interval = list_member(of, key + "_95");
      result.metrics.push_back(
          {name, unit, number_member(of, key), {interval.at(0).get<double>(), interval.at(1).get<double>()}});
    };
    if (model.training_seconds > 0) result.training_seconds = model.training_seconds;
    if (json.contains("classes"))
      add("accuracy", "", json.at("classes"), "accuracy");
    else
      for (const auto& [name, of] : member(json, "targets").items())
        add(name, text_member(of, "unit"), of, "mae");
    return result;
  } catch (const nlohmann::json::exception& error) {
    throw DataError(
        fmt::format("{}: not the result of a test: {}", (folder / "metrics.json").string(), error.what()));
  } catch (const DataError& error) {
    throw DataError(fmt::format("{}: {}", (folder / "metrics.json").string(), error.what()));
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
        fmt::format("  (always answering the training set's mean; {:.4g} times the model's)",
                    s.mae_of_mean / s.mae));
    row("RMSE", s.rmse);
    row("s.d. of |error|", s.absolute_error_sd);
    row("bias", s.bias);
  }
  return text + fmt::format("n train {}, n validation {}, n test {}, seed {}\n", e.train_runs,
                            e.validation_runs, e.predictions.size(), e.seed);
}

std::string describe(const SampleSet& samples, double seconds) {
  const auto& source = samples.source;
  auto text = fmt::format("{} {}: data set '{}', preset '{}', {} runs; {} used", source.kind, source.store,
                          source.dataset, source.preset, source.runs, samples.size());
  if (source.pending + source.failed + source.repeated > 0)
    text += fmt::format("; left out: {} pending, {} failed, {} with the parameters of an earlier run",
                        source.pending, source.failed, source.repeated);
  return fmt::format("{} ({})", text, format_duration(seconds));
}

std::string about(const ModelDescription& model, const std::string& weights) {
  if (!model.recipe.is_network()) return fmt::format("method {}", model.recipe.method);
  return fmt::format("{} parameters, {} of {} epochs", model.parameter_count, weights, model.epochs_done);
}

std::string describe_start(const ModelDescription& model) {
  if (!model.recipe.is_network())
    return fmt::format("split: {} to train, {} to test\nmethod: {}, with {}", model.train.size(),
                       model.test_runs, model.recipe.method, counted(model.threads, "thread"));
  return fmt::format(
      "split: {} to train, {} to validate, {} to test; {}\n"
      "network: {} parameters, on {} with {} thread{}, LibTorch {}",
      model.train.size(), model.validation.size(), model.test_runs,
      model.selection == last_epoch ? "the last epoch counts" : "best epoch by " + model.selection,
      model.parameter_count, model.device, model.threads, model.threads == 1 ? "" : "s", model.libtorch);
}

std::string progress_line(const BatchDone& batch, const Recipe& recipe, double seconds_left) {
  return fmt::format("epoch {}/{}  batch {}/{}  loss {:.4g}  {} left", batch.epoch, recipe.training.epochs,
                     batch.batch, batch.batches, batch.loss, format_duration(seconds_left));
}

std::string progress_line(const Epoch& epoch, const Recipe& recipe, double seconds_left) {
  const auto epochs = std::to_string(recipe.training.epochs);
  const char* error = recipe.classes.empty() ? "MAE" : "error rate";
  auto line =
      fmt::format("epoch {:{}}/{}  rate {:.2e}  loss {:.4g}  {} {}", epoch.epoch, epochs.size(), epochs,
                  epoch.learning_rate, epoch.train_loss, error, maes(recipe.targets, epoch.train_mae));
  if (epoch.validation_loss)
    line += fmt::format("  validation: loss {:.4g}, {} {}", *epoch.validation_loss, error,
                        maes(recipe.targets, epoch.validation_mae));
  return fmt::format("{}  {} left{}", line, format_duration(seconds_left),
                     epoch.best && epoch.validation_loss ? "  (best so far)" : "");
}

}  // namespace bondscope::ml
