#include "benchmarks/solver/grid_times.hpp"

#include <algorithm>
#include <cmath>

#include "benchmarks/solver/timing.hpp"
#include "libtdse/fourier/chosen_kernels.hpp"
#include "libtdse/fourier/line_transform.hpp"
#include "libtdse/solver/split_step.hpp"

namespace bondscope::tdse::bench {
namespace {

constexpr double batch_seconds = 0.03;
constexpr int batches = 8;
constexpr int longest_batch = 40;  // FftwTransform::refill()

/// Forward and backward transforms of all lines of a grid, always in the same tile. The backward kernel is
/// only there together with the factors of a step; its operations are those of the forward one.
template <class Real>
class BareTransforms {
 public:
  explicit BareTransforms(const Grid& grid)
      : kernels_(chosen_kernels<Real>()),
        along_x_(grid.nx),
        along_y_(grid.ny),
        tile_(static_cast<std::size_t>(std::max(grid.nx, grid.ny)), BasicBlock<Real>{}) {}

  void run() {
    for (int g = 0; g < along_x_.length() / lanes; ++g)
      there_and_back(along_y_);
    for (int g = 0; g < along_y_.length() / lanes; ++g)
      there_and_back(along_x_);
  }

 private:
  void there_and_back(const BasicLineTransform<Real>& transform) {
    kernels_.forward(transform.passes(), tile_.data());
    kernels_.forward(transform.passes(), tile_.data());
  }

  const BasicKernels<Real>& kernels_;
  BasicLineTransform<Real> along_x_, along_y_;
  AlignedVector<BasicBlock<Real>> tile_;
};

/// A wave packet whose values are ordinary numbers for long.
template <class Real>
BasicField<Real> packet(const Grid& grid) {
  BasicField<Real> psi(grid);
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j)
      psi.set(i, j, std::exp(-0.001 * (std::pow(grid.x(i), 2) + std::pow(grid.y(j), 2))));
  return psi;
}

template <class Task>
class Batch {
 public:
  explicit Batch(Task task) : task_(std::move(task)) {
    task_();
    const double begin = now();
    task_();
    count_ = std::clamp(static_cast<int>(batch_seconds / (now() - begin)), 1, longest_batch);
  }
  void measure() {
    task_();
    const double begin = now();
    for (int i = 0; i < count_; ++i)
      task_();
    best_.take((now() - begin) / count_);
  }
  double best() const { return best_.value; }

 private:
  Task task_;
  int count_ = 1;
  Best best_;
};

template <class Real>
GridTimes measure(const Grid& grid, Yardstick& yardstick) {
  Discretisation numerics;
  numerics.spacing = grid.spacing;
  auto stepper = BasicSplitStep<Real>::real_time(grid, Potential({}, {}), numerics, true);
  auto psi = packet<Real>(grid);
  FftwTransform fftw(grid.nx, grid.ny, FftwTransform::Planning::measured, true);
  BareTransforms<Real> bare(grid);
  Batch step([&] { stepper.advance(psi, 1e-3); });
  Batch fourier([&] {
    fftw.forward();
    fftw.backward();
  });
  Batch own([&] { bare.run(); });
  Best unit;
  for (int i = 0; i < batches; ++i) {
    step.measure();
    fftw.refill();
    fourier.measure();
    own.measure();
    unit.take(yardstick.measure());
  }
  return {step.best(), fourier.best(), own.best(), unit.value};
}

}  // namespace

double step_operations(const Grid& grid) {
  const auto points = static_cast<double>(grid.points());
  return 2 * 5 * points * std::log2(points);
}

double step_traffic(const Grid& grid) {
  constexpr int passages = 5;  // two sweeps that read and write the field, and the kick
  return passages * sizeof(Complex) * static_cast<double>(grid.points());
}

const GridTimes& GridTimetable::of(const Grid& grid, bool single_precision) {
  const auto key = std::tuple(grid.nx, grid.ny, grid.even, single_precision);
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;
  const auto times = single_precision ? measure<float>(grid, yardstick_) : measure<double>(grid, yardstick_);
  return known_.emplace(key, times).first->second;
}

}  // namespace bondscope::tdse::bench
