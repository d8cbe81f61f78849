#pragma once

// A model's answer about distributions that nobody knows the truth of: values with intervals, whether they
// are to be trusted, and why not.

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libml/predict/calibration.hpp"
#include "libml/predict/told_targets.hpp"
#include "libpmd/base/statistics/quantile.hpp"

namespace bondscope::ml {

/// Of one target.
struct AnsweredTarget {
  Target target;     ///< what was asked for
  double value = 0;  ///< the answer, in the target's unit
  double scale = 0;  ///< σ, the mean absolute error of similar answers
  /// That hold the truth with the shown levels' probabilities; none: too few runs to say.
  std::array<std::optional<ConfidenceInterval>, shown_levels.size()> intervals{};
  /// Where there may be more than one answer, the intervals' parts that are held; else each the whole of it.
  std::array<std::vector<ConfidenceInterval>, shown_levels.size()> parts{};
  /// Values of which each is as probable as any other to be the truth, increasing: the density.
  std::vector<double> draws{};

  /// Half of the part about the value, of one of the shown levels; the scale if there is none.
  double reach(std::size_t level) const;
};

/// A known run near a distribution.
struct NearRun {
  RunParameters parameters;  ///< of the run
  double distance = 0;       ///< of the distributions, in the space of features (KnownRuns)
};

/// One of which there is a picture.
struct KnownBeside {
  NearRun run;                 ///< what it is
  KnownRuns::Reference image;  ///< a picture of it
};

/// About one distribution.
struct Answer {
  Sample sample;                          ///< what was asked about
  std::vector<AnsweredTarget> targets{};  ///< in the recipe's order, angles as such (ToldTargets)
  std::vector<Peak> peaks{};              ///< of a method that knows of them
  std::vector<FoundEffect> effects{};     ///< what an experiment did, by a method that finds it
  /// Of the first two targets together, with the shown levels' probabilities; empty: not known.
  std::array<std::vector<Ellipse>, shown_levels.size()> joint{};
  Alarm::Verdict alarm{};               ///< whether it is like what was learned from
  std::vector<std::string> distrust{};  ///< why the answer is not to be trusted; empty: it is
  std::vector<std::string> hints{};     ///< what may be the reason
  std::vector<std::string> notes{};     ///< what else is to be known
  std::vector<float> picture{};         ///< picture_of() the image's thumbnail, [kx][ky]
  std::vector<NearRun> nearest{};       ///< the nearest of all known runs, the nearest first
  std::vector<KnownBeside> beside{};    ///< the nearest known runs that can be shown

  /// Whether nothing speaks against it.
  bool trusted() const { return distrust.empty(); }
};

/// What answers of this model take for granted, because all that it learned from was so: key and value, as
/// "molecule", "H2+".
std::vector<std::pair<std::string, std::string>> assumptions(const ModelDescription& model);

/// A calibrated model, ready to be asked.
class Answerer {
 public:
  /// Throws what read_calibration() throws.
  Answerer(Model model, int threads);

  /// What was asked.
  const Model& model() const { return model_; }
  /// The evidence behind the intervals.
  const ConformalIntervals& intervals() const { return intervals_; }
  /// How many runs it knows.
  std::size_t known_runs() const { return known_.size(); }
  /// Of how many of them it has a picture.
  std::size_t known_pictures() const { return known_.references(); }
  /// Settings of the thumbnails.
  const ImageSettings& thumbnail() const { return known_.image(); }

  /// About each of these samples; of those that are `incomplete` (by position; empty: none) it is not asked
  /// whether what was found explains the counts. Throws what Method::predict() throws.
  std::vector<Answer> operator()(const SampleSet& samples, const std::vector<std::size_t>& chosen,
                                 const std::vector<bool>& incomplete = {}) const;

 private:
  Answerer(Model model, CalibrationContent content, int threads);
  AnsweredTarget answer(const Target& target, std::size_t number, const Evidence::Asked& asked) const;
  void judge(Answer& answer, const KnownRuns::Place& place, bool incomplete) const;
  static void note_effects(Answer& answer);
  void note_other_peaks(Answer& answer) const;
  void note_other_answers(Answer& answer, const KnownRuns::Place& place) const;

  Model model_;
  int threads_;
  ToldTargets told_;
  std::vector<Target> targets_;              ///< that are told
  std::vector<ConfidenceInterval> learned_;  ///< range of each target among the runs trained on
  ConformalIntervals intervals_;
  Alarm alarm_;
  std::vector<Traits> traits_;
  KnownRuns known_;
};

}  // namespace bondscope::ml
