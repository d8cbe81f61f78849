#include "libml/report/lines.hpp"

#include <cstdarg>
#include <cstdio>

#include "libpmd/base/text/duration.hpp"

namespace bondscope::ml {
namespace {

[[gnu::format(printf, 1, 2)]] std::string format(const char* pattern, ...) {
  char text[256];
  std::va_list values;
  va_start(values, pattern);
  std::vsnprintf(text, sizeof text, pattern, values);
  va_end(values);
  return text;
}

std::string maes(const std::vector<std::string>& targets, const std::vector<double>& values) {
  std::string line;
  for (std::size_t t = 0; t < values.size(); ++t)
    line += (t == 0 ? "" : ", ") + targets[t] + format(" %.4f", values[t]);
  return line;
}

}  // namespace

std::string describe(const SampleSet& samples, double seconds) {
  const auto& source = samples.source;
  std::string text = source.kind + " " + source.store + ": data set '" + source.dataset + "', preset '" +
                     source.preset + "', " + std::to_string(source.runs) + " runs; " +
                     std::to_string(samples.size()) + " used";
  if (source.pending + source.failed + source.repeated > 0)
    text += "; left out: " + std::to_string(source.pending) + " pending, " + std::to_string(source.failed) +
            " failed, " + std::to_string(source.repeated) + " with the parameters of an earlier run";
  return text + " (" + format_duration(seconds) + ")";
}

std::string describe_start(const ModelDescription& model) {
  return "split: " + std::to_string(model.train.size()) + " to train, " +
         std::to_string(model.validation.size()) + " to validate, " + std::to_string(model.test_runs) +
         " to test; best epoch by " + model.selection +
         "\nnetwork: " + std::to_string(model.parameter_count) + " parameters, on " + model.device +
         " with " + std::to_string(model.threads) + (model.threads == 1 ? " thread" : " threads") +
         ", LibTorch " + model.libtorch;
}

std::string progress_line(const BatchDone& batch, const Recipe& recipe, double seconds_left) {
  return "epoch " + std::to_string(batch.epoch) + "/" + std::to_string(recipe.training.epochs) + "  batch " +
         std::to_string(batch.batch) + "/" + std::to_string(batch.batches) +
         format("  loss %.4g  ", batch.loss) + format_duration(seconds_left) + " left";
}

std::string progress_line(const Epoch& epoch, const Recipe& recipe, double seconds_left) {
  const auto epochs = std::to_string(recipe.training.epochs);
  const char* error = recipe.classes.empty() ? "MAE " : "error rate ";
  std::string line = format("epoch %*d/%s  rate %.2e  loss %.4g  ", static_cast<int>(epochs.size()),
                            epoch.epoch, epochs.c_str(), epoch.learning_rate, epoch.train_loss) +
                     error;
  line += maes(recipe.targets, epoch.train_mae);
  if (epoch.validation_loss)
    line += format("  validation: loss %.4g, ", *epoch.validation_loss) + error +
            maes(recipe.targets, epoch.validation_mae);
  return line + "  " + format_duration(seconds_left) + " left" + (epoch.best ? "  (best so far)" : "");
}

}  // namespace bondscope::ml
