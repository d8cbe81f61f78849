#pragma once

// What a method has answered for runs held back for it, and what was true: what intervals are made of.

#include <cstddef>
#include <span>
#include <vector>

#include "libml/data/method.hpp"
#include "libpmd/model/run_parameters.hpp"

namespace bondscope::ml {

/// Answers of a method for runs that it has not learned from, and what was true.
struct Evidence {
  std::size_t targets = 0;              ///< per run
  std::vector<double> periods;          ///< by target; 0: none
  std::vector<double> answers, truths;  ///< [run][target]
  std::vector<double> electrons;        ///< [run]; 0: a density
  std::vector<double> distances;        ///< [run], to what was learned from (KnownRuns::Place)
  /// [run][output] of the model, if answers are made of them (ToldTargets): whose are alike is told by these,
  /// which know more, such as how sure of an angle the model is
  std::vector<double> outputs{};
  /// [run], what was computed: equal ones are one run, seen by several detectors; empty: all are different
  std::vector<RunParameters> runs{};
  /// [run], of a method that knows more than an answer (Method::peaks()), the first one the answer; else
  /// empty
  std::vector<std::vector<Peak>> peaks{};

  /// Number of runs.
  std::size_t size() const { return electrons.size(); }
  /// Answer - truth, of a target with a period the shorter way round.
  double error(std::size_t run, std::size_t target) const;
  /// The same about the peak from which the truth is least surprising, by the method's own account.
  double error_of_nearest(std::size_t run, std::size_t target) const;
  /// Of one run.
  std::span<const double> answers_of(std::size_t run) const {
    return std::span(answers).subspan(run * targets, targets);
  }
  /// Of one run; empty if there are none.
  std::span<const double> outputs_of(std::size_t run) const {
    const auto of_run = outputs.size() / size();
    return std::span(outputs).subspan(run * of_run, of_run);
  }
  /// What intervals are asked with.
  struct Asked {
    std::span<const double> answers;    ///< of all targets
    double electrons = 0;               ///< 0: a density
    double distance = 1;                ///< to what was learned from
    std::span<const Peak> peaks{};      ///< empty: the answers alone
    std::span<const double> outputs{};  ///< Evidence::outputs; empty: there are none
  };
  /// Of one run.
  Asked asked(std::size_t run) const {
    return {answers_of(run), electrons[run], distances[run],
            peaks.empty() ? std::span<const Peak>() : std::span<const Peak>(peaks[run]), outputs_of(run)};
  }
  /// These runs alone.
  Evidence of(std::span<const std::size_t> rows) const;
};

/// The answers [run][target] that these are about.
std::vector<double> first_peaks(const std::vector<std::vector<Peak>>& peaks);

/// Throws DataError unless all sizes fit, all numbers are finite, and there are at least least_evidence runs.
void check(const Evidence& evidence);
inline constexpr std::size_t least_evidence = 10;  ///< runs that a calibration needs

/// a - b, of values with a period (0: none) the shorter way round.
double shorter_way(double a, double b, double period);
/// What `value` is next to `answer`: of values with a period less than half of it away.
double beside(double answer, double value, double period);

}  // namespace bondscope::ml
