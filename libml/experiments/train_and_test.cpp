#include "libml/experiments/train_and_test.hpp"

#include <fmt/format.h>

#include "libml/predict/calibrate_model.hpp"
#include "libml/predict/coverage_text.hpp"
#include "libml/report/card.hpp"
#include "libml/report/figures.hpp"
#include "libml/report/training_report.hpp"
#include "libml/train/checkpoint.hpp"
#include "libml/train/identity.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/base/process/build_info.hpp"

namespace bondscope::ml {

namespace {

constexpr const char* about_coverage =
    "The runs of the test calibrate the intervals of the answers. Counted on the same runs, each fifth of "
    "them with "
    "intervals that were calibrated with the others.";

void expect_same_program(const std::filesystem::path& folder) {
  const auto version = read_description(folder / "model.json").code_version;
  if (version != build_identity())
    throw FileError(fmt::format("{}: holds a model of another version of the program: {} there, {} here",
                                folder.string(), version, build_identity()));
}

}  // namespace

std::optional<TestResult> find_result(const TrainingJob& job, const SampleSet& samples, bool same_program) {
  std::optional<Origin> origin;
  if (job.start) origin = origin_of(*job.start);
  const auto identity = training_identity(job.recipe, samples, origin);
  if (holds_model(job.folder, identity)) {
    if (same_program) expect_same_program(job.folder);
    return read_test_result(job.folder);
  }
  read_checkpoint(checkpoint_file(job.folder), identity);  // refuses another's before the work begins
  return {};
}

std::vector<std::string> train_and_test(const TrainingJob& job, const SampleSet& samples,
                                        const Machine& machine, const JobHooks& hooks, bool overwrite) {
  auto session = train_model(job.recipe, samples, job.folder, machine.device, machine.threads, hooks.session,
                             overwrite, job.start ? &*job.start : nullptr);
  if (hooks.trained) hooks.trained(session);
  auto model = best_model(session, job.folder, machine.device);
  const auto evaluation = evaluate(model, samples);
  if (hooks.tested) hooks.tested(evaluation);
  std::vector<TargetCoverage> coverages;
  std::string intervals;
  if (can_calibrate(model.description, samples)) {
    const auto report = calibrate_model(model, {&samples, 1}, &samples, machine.threads);
    coverages = report.within.front().coverages;
    intervals = intervals_of_card(report);
    session.description.calibration = model.description.calibration;
    if (hooks.calibrated) hooks.calibrated(coverages);
  }
  write_file(job.folder / "card.md", card(session.description, test_result(evaluation), intervals));
  const auto missing = write_test(job.folder, session.description, evaluation, &session, coverages);
  // Last: from here on the folder holds a model, and who waits for one finds everything else there.
  finish(session, job.folder);
  return missing;
}

std::vector<std::string> write_test(const std::filesystem::path& folder, const ModelDescription& model,
                                    const Evaluation& evaluation, const Session* training,
                                    const std::vector<TargetCoverage>& coverages) {
  const auto curve = training ? training->curve : std::vector<Epoch>();
  std::vector<std::string> missing;
  // Pictures show what the tables hold; a machine without gnuplot does without.
  const auto draw = [&](const auto& picture) {
    try {
      picture();
    } catch (const FileError& error) {
      missing.push_back(fmt::format("a picture is missing: {}", error.what()));
    }
  };
  const auto& recipe = model.recipe;
  write_predictions_csv(folder / "predictions.csv", evaluation);
  if (!curve.empty()) write_learning_curve_csv(folder / "learning_curve.csv", recipe, curve);
  const auto title = fmt::format("{} on {}", recipe.name, evaluation.dataset);
  if (const auto& c = evaluation.classification) {
    draw([&] { draw_confusion(folder / "confusion.png", title, c->names, c->confusion); });
  } else {
    draw([&] { draw_scatter(folder / "scatter.png", title, evaluation); });
    draw([&] { draw_error_by_parameters(folder / "error_by_parameters.png", title, evaluation); });
    draw([&] { draw_error_histogram(folder / "error_histogram.png", title, evaluation); });
  }
  if (!curve.empty())
    draw([&] {
      draw_learning_curve(folder / "learning_curve.png",
                          fmt::format("Learning curve, recipe {}", recipe.name), recipe.targets, curve,
                          !recipe.classes.empty(), model.data.declared);
    });
  write_metrics_json(folder / "metrics.json", evaluation, model);
  std::vector<HtmlSection> more;
  if (!coverages.empty()) {
    const auto picture = folder / "coverage.png";
    draw([&] { draw_coverage(picture, title, coverages); });
    more.push_back(coverage_section(coverages, about_coverage, picture));
  }
  if (training) write_training_report(folder, model, evaluation, curve, more);
  return missing;
}

}  // namespace bondscope::ml
