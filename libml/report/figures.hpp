#pragma once

// Pictures of a training and of a test. All throw what Gnuplot::write() throws, FileError above all
// where there is no gnuplot.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "libml/report/evaluation.hpp"
#include "libml/report/power_law.hpp"
#include "libml/train/trainer.hpp"

namespace bondscope::ml {

/// Loss (and per target the mean absolute error) against the epoch, the best epoch marked; the learning rate
/// on an axis of its own if it changes. `classes`: the errors are a classifier's error rates.
void draw_learning_curve(const std::filesystem::path& png, const std::string& title,
                         const std::vector<std::string>& targets, const std::vector<Epoch>& curve,
                         bool classes = false, std::span<const Parameter> declared = {});

/// Predicted against true value, one panel per target, with the diagonal and the residuals below. The colour
/// is the density of points around each point, relative to the highest. Throws DataError if there are
/// no predictions.
void draw_scatter(const std::filesystem::path& png, const std::string& title, const Evaluation& evaluation);

/// |error| against R and peak intensity, and against phase and angle if they vary among the test runs:
/// points, and means in bins with their standard errors; one row per target. Throws DataError if there
/// are no predictions.
void draw_error_by_parameters(const std::filesystem::path& png, const std::string& title,
                              const Evaluation& evaluation);

/// Histogram of |error| with mean and median marked, one panel per target; after Figs. 3 and 6(c) of
/// Shvetsov-Shilovski & Lein, Phys. Rev. A 107, 033106 (2023). Throws DataError if there are no
/// predictions.
void draw_error_histogram(const std::filesystem::path& png, const std::string& title,
                          const Evaluation& evaluation);

inline constexpr std::size_t most_classes_drawn = 40;  ///< a picture with more would not be readable

/// Confusion matrix: counts[true class][predicted class], as numbers, and as colours the fraction of the true
/// class. Throws DataError if `counts` is not classes x classes, for no class or more than
/// most_classes_drawn.
void draw_confusion(const std::filesystem::path& png, const std::string& title,
                    const std::vector<std::string>& classes,
                    const std::vector<std::vector<std::size_t>>& counts);

/// One way of training in draw_error_against_samples().
struct ErrorCurve {
  std::string name;                  ///< the way of training
  std::vector<ErrorsAtSize> sizes;   ///< by number of runs; none of a law that somebody else has found
  std::optional<PowerLaw> fit = {};  ///< drawn too, dashed where it leaves the measured N
};

/// Mean over seeds of the MAE of a target against the number of training samples, bars of the standard
/// deviation over seeds, both axes logarithmic. With `target_mae` a line there, and fits go on to the N at
/// which they reach it (at most a hundred times the largest measured N). Throws DataError for no curve
/// with points, more than eight, one with neither points nor fit, or values that are not positive and finite.
void draw_error_against_samples(const std::filesystem::path& png, const std::string& title, const Target& of,
                                const std::vector<ErrorCurve>& curves, std::optional<double> target_mae = {});

/// One of many tests in draw_tests().
struct TestPanel {
  std::string title, note;   ///< one line each
  Target x_of, y_of;         ///< what is along the axes
  std::vector<double> x, y;  ///< by test run: truths and answers, or the errors of two targets
  bool errors = false;       ///< the latter, as a histogram in the plane, relative to its maximum
};

/// Answers against truths of many tests, four panels in a row. Throws DataError for no panel, more than a
/// hundred, or one without points or of different lengths.
void draw_tests(const std::filesystem::path& png, const std::string& title,
                const std::vector<TestPanel>& panels);

}  // namespace bondscope::ml
