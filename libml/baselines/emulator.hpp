#pragma once

// Distributions between those that were computed: the electrons' shares of momentum cells as a function of
// the runs' parameters.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "libml/baselines/principal_components.hpp"

namespace bondscope::ml {

/// Runs that an emulator may be made of: its matrices grow with their square.
inline constexpr std::size_t most_emulated_runs = 8000;

/// The root of the share of each cell as a sum of principal components whose sizes are interpolated between
/// the runs,
///
///   √s(θ) = mean + Σ_c a_c(θ) component_c,    a_c(θ) = Σ_j w_jc m(|x(θ) - x_j|),
///   m(r) = (1 + √5 r + 5r²/3) exp(-√5 r)      (Matérn's function of order 5/2),
///   Σ_j (m(|x_i - x_j|) + λ δ_ij) w_jc = a_ic.
///
/// θ are parameters of a run (R, the intensity). x has for each of them θ/length, or of one that is positive
/// in all runs ln θ/length. The lengths are those of the smallest mean leave-one-out error
/// |√s(θ_i) - √s_i|, which is known without leaving any out; noise of N counted electrons has 1/(4N) as its
/// square in every cell that is bright enough. ln Y of the runs' yields Y (Sample::yield) is interpolated in
/// the same way: averages over several θ need it. They are of all electrons, so the images' window should
/// hold nearly all.
class Emulator {
 public:
  Emulator() = default;
  /// From images of roots of shares, [chosen] of `roots`, with the parameters `truth` [chosen][parameter].
  /// Yields are not known if one is not positive. `monitor` is told how many of the settings were tried.
  /// Throws NumericsError if none gives numbers, DataError if a parameter is the same in all of them.
  Emulator(const SampleSet& roots, std::span<const std::size_t> chosen, std::vector<double> truth,
           std::size_t parameters, int threads, const LoadMonitor& monitor);

  /// Number of parameters.
  std::size_t parameters() const { return lengths_.size(); }
  /// Number of runs that it knows.
  std::size_t size() const { return static_cast<std::size_t>(places_.rows()); }
  /// Least and largest value of a parameter in them.
  Interval range(std::size_t parameter) const;
  /// A parameter of a run.
  double truth(std::size_t run, std::size_t parameter) const {
    return truth_[run * parameters() + parameter];
  }
  /// Whether it knows yields.
  bool has_yields() const { return yield_weights_.size() > 0; }
  /// Mean leave-one-out error.
  double leave_one_out() const { return leave_one_out_; }
  /// Lengths, by parameter.
  const std::vector<double>& lengths() const { return lengths_; }

  /// Roots of the shares at these parameters, and their derivatives.
  struct Roots {
    Eigen::VectorXd values;               ///< [cell]
    Eigen::MatrixXd slopes;               ///< [cell][parameter], per unit of the parameter
    double log_yield = 0;                 ///< ln Y; 0 if yields are not known
    Eigen::RowVectorXd log_yield_slopes;  ///< [parameter]
  };
  /// The parameters must be as many as those that runs differ in.
  Roots at(std::span<const double> parameters) const;
  /// What the components make of the roots of each known run, [cell][run].
  Eigen::MatrixXf known_roots() const;
  /// |x - x'| of two sets of parameters.
  double distance(std::span<const double> a, std::span<const double> b) const;

  /// As mean_image, components and odd (principal_components.hpp), known [run][component] (add_rounded()),
  /// truth [run][parameter] and weights [run][component] float64, and the settings length_1 …, penalty and
  /// leave_one_out; of one that knows yields also yield_weights [run] float64 and mean_log_yield.
  void save(Learned& into, const ImageSettings& roots) const;
  /// As it was when save() was called. Throws DataError if that cannot be.
  Emulator(const Learned& from, const ImageSettings& roots, std::size_t parameters);

 private:
  /// x(θ)
  Eigen::RowVectorXd place(std::span<const double> parameters) const;
  /// What is derived.
  void derive();

  PrincipalComponents components_;
  Features known_;               ///< [run][component]
  std::vector<double> truth_;    ///< [run][parameter]
  std::vector<double> lengths_;  ///< [parameter]
  double penalty_ = 0;           ///< λ
  double leave_one_out_ = 0;     ///< mean error
  Eigen::MatrixXd weights_;      ///< [run][component]
  double mean_log_yield_ = 0;
  Eigen::VectorXd yield_weights_;  ///< [run], of ln Y about its mean; none if yields are not known
  // Derived:
  std::vector<bool> logarithmic_;  ///< [parameter]
  Eigen::MatrixXd places_;         ///< [run][parameter], x
  Eigen::MatrixXd directions_;     ///< [cell][component]
  Eigen::VectorXd mean_;           ///< [cell]
};

}  // namespace bondscope::ml
