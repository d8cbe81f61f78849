#pragma once

// What a kernel does best with, by the error on samples that were left out.

#include <array>
#include <compare>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "libml/baselines/kernel_matrix.hpp"
#include "libml/baselines/leave_out.hpp"
#include "libml/data/mirrors.hpp"

namespace bondscope::ml {

/// How many components a kernel may look at.
inline constexpr std::array<std::size_t, 4> component_numbers{30, 100, 300, 600};

/// What was found for one target.
struct TargetKernel {
  std::size_t components = 0;        ///< the first of all
  Blur blur = {};                    ///< of images, before distances are taken
  double gamma = 0, lambda = 0;      ///< of the kernel and the penalty
  double mean = 0;                   ///< of the target
  double leave_one_out = 0;          ///< mean absolute error
  std::vector<double> weights = {};  ///< of the samples
};

/// The metric of so many components with that blur; empty if they have all of it.
Eigen::MatrixXd metric_of(const PrincipalComponents& components, std::size_t count, Blur blur,
                          const ImageSettings& image);

/// What a search is among.
struct KernelSamples {
  const Features& features;               ///< their components
  const PrincipalComponents& components;  ///< of which features
  const ImageSettings& image;             ///< of what they were made
  const std::vector<Mirrors>& copies;     ///< by which the kernel is symmetric
  const LeftOut& left_out;                ///< together
  const std::vector<bool>& judged;        ///< whether the error on a sample counts: not on added ones
};

/// Looks for the settings of targets that have the same signs in all copies: step by step from the best place
/// of a coarse grid. Of many samples it looks at a part of them first, and goes on from there with all.
class KernelSearch {
 public:
  /// `truth` is [sample][target]. What it is given must outlive it.
  KernelSearch(const KernelSamples& samples, std::vector<double> signs, const Eigen::MatrixXd& truth,
               int threads, const LoadMonitor& monitor);

  /// Throws NumericsError if no setting gives weights that are numbers.
  TargetKernel best(Eigen::Index target);

 private:
  /// Places on a grid.
  struct Place {
    int components = 0;            ///< in component_numbers
    int blur_kx = 0, blur_ky = 0;  ///< in blurs
    int width = 0;                 ///< γ = 2^width/typical squared distance
    int penalty = 0;               ///< λ = 10^penalty
    auto operator<=>(const Place&) const = default;
    /// What distances depend on.
    std::array<int, 3> seen() const { return {components, blur_kx, blur_ky}; }
  };
  /// All samples, or a part of them.
  struct Part {
    std::vector<std::size_t> rows;
    std::vector<Eigen::Index> judged;  ///< positions in rows
    LeftOut left_out;
    Eigen::MatrixXd truth;
    std::map<Place, std::optional<Eigen::VectorXd>> errors = {};  ///< that are known, by target
  };
  Part part_of(std::vector<std::size_t> rows, const Eigen::MatrixXd& truth) const;
  std::vector<std::size_t> some_rows() const;

  std::vector<Place> coarse_grid() const;
  std::vector<Place> neighbours(const Place& place, int step, bool of_seen) const;
  bool inside(const Place& place) const;
  Place key(Place place) const;
  std::size_t number(int components) const;
  Place improve(Part& part, Place from, int step, Eigen::Index target);
  Place smallest(Part& part, const std::vector<Place>& places, Eigen::Index target);
  void try_all(Part& part, const std::vector<Place>& places);
  Eigen::VectorXd mean_error(const Part& part, const RidgeSolution& solution) const;
  std::optional<RidgeSolution> attempt(const Part& part, const Place& place) const;
  void prepare(const Part& part, const Place& place);
  double gamma(const Place& place) const;
  static Blur blur_of(const Place& place);

  const KernelSamples& samples_;
  std::vector<double> signs_;
  int threads_;
  const LoadMonitor& monitor_;
  Part all_;
  std::optional<Part> some_;

  const Part* prepared_part_ = nullptr;  ///< whose distances are ready …
  std::array<int, 3> prepared_{};        ///< … with these
  std::vector<Eigen::MatrixXd> distances_;
  double typical_ = 1;                                      ///< squared distance
  std::map<std::pair<int, int>, Eigen::MatrixXd> metrics_;  ///< of all components, by place of the blur
};

}  // namespace bondscope::ml
