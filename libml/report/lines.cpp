#include "libml/report/lines.hpp"

#include <fmt/format.h>

#include "libpmd/base/text/duration.hpp"

namespace bondscope::ml {
namespace {

std::string maes(const std::vector<std::string>& targets, const std::vector<double>& values) {
  std::string line;
  for (std::size_t t = 0; t < values.size(); ++t)
    line += fmt::format("{}{} {:.4f}", t == 0 ? "" : ", ", targets[t], values[t]);
  return line;
}

}  // namespace

std::string describe(const SampleSet& samples, double seconds) {
  const auto& source = samples.source;
  auto text = fmt::format("{} {}: data set '{}', preset '{}', {} runs; {} used", source.kind, source.store,
                          source.dataset, source.preset, source.runs, samples.size());
  if (source.pending + source.failed + source.repeated > 0)
    text += fmt::format("; left out: {} pending, {} failed, {} with the parameters of an earlier run",
                        source.pending, source.failed, source.repeated);
  return fmt::format("{} ({})", text, format_duration(seconds));
}

std::string describe_start(const ModelDescription& model) {
  return fmt::format(
      "split: {} to train, {} to validate, {} to test; best epoch by {}\n"
      "network: {} parameters, on {} with {} thread{}, LibTorch {}",
      model.train.size(), model.validation.size(), model.test_runs, model.selection, model.parameter_count,
      model.device, model.threads, model.threads == 1 ? "" : "s", model.libtorch);
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
                     epoch.best ? "  (best so far)" : "");
}

}  // namespace bondscope::ml
