#include "libml/baselines/kernel_reduction.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "libml/arrays/rounded.hpp"
#include "libpmd/base/threads/for_each_index.hpp"

namespace bondscope::ml {
namespace {

using Eigen::Index;

constexpr std::array<std::size_t, 10> numbers{15, 30, 45, 60, 100, 150, 200, 300, 450, 600};
constexpr double allowed = 1.01;

Blur common_blur(std::span<const KernelTask> tasks) {
  auto blur = tasks.front().kernel.blur;
  for (const auto& task : tasks)
    blur = {std::min(blur.kx, task.kernel.blur.kx), std::min(blur.ky, task.kernel.blur.ky)};
  return blur;
}

/// The task's kernel with so many of these components; nothing if its error is too large.
std::optional<TargetKernel> with_components(const KernelSamples& known, const KernelTask& task,
                                            std::size_t count) {
  const auto z = leading(known.features, all_rows(known.features.rows), count);
  const auto metric = metric_of(known.components, count, task.kernel.blur, known.image);
  // One copy at a time: matrices of many samples are large.
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Zero(z.rows(), z.rows());
  for (std::size_t copy = 0; copy < known.copies.size(); ++copy) {
    auto distances = distances_to_copies(z, z, metric, known.components, {known.copies[copy]});
    distances.front() = (0.5 * (distances.front() + distances.front().transpose())).eval();
    matrix += symmetric_kernel(distances, {task.signs[copy]}, task.kernel.gamma) /
              static_cast<double>(known.copies.size());
  }
  matrix.diagonal().array() += task.kernel.lambda;
  const auto solution = solve_ridge(std::move(matrix), task.truth, known.left_out);
  if (!solution) return {};
  double sum = 0, judged = 0;
  for (std::size_t i = 0; i < known.judged.size(); ++i)
    if (known.judged[i]) {
      sum += std::abs(solution->errors(static_cast<Index>(i), 0));
      ++judged;
    }
  if (!(sum <= allowed * task.kernel.leave_one_out * judged)) return {};
  auto kernel = task.kernel;
  kernel.components = count;
  kernel.leave_one_out = sum / judged;
  const auto weights = solution->weights.col(0);
  kernel.weights.assign(weights.begin(), weights.end());
  return kernel;
}

/// With the fewest, taken to be enough from some number on.
std::optional<TargetKernel> with_fewest(const KernelSamples& known, const KernelTask& task) {
  std::vector<std::size_t> tried;
  for (const auto number : numbers)
    if (number < known.components.size()) tried.push_back(number);
  tried.push_back(known.components.size());
  std::optional<TargetKernel> best;
  for (std::size_t low = 0, high = tried.size(); low < high;) {
    const auto middle = (low + high) / 2;
    if (auto found = with_components(known, task, tried[middle])) {
      best = std::move(found);
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return best;
}

Features first_columns(const Features& features, std::size_t count) {
  auto fewer = make_features(features.rows, count);
  for (std::size_t i = 0; i < features.rows; ++i)
    std::ranges::copy(features.row(i).first(count), fewer.row(i).begin());
  return fewer;
}

std::size_t most_used(std::span<const TargetKernel> kernels) {
  return std::ranges::max(kernels, {}, &TargetKernel::components).components;
}

}  // namespace

SmallKernels fewest_components(const SampleSet& samples, std::span<const std::size_t> train, Mirrors mirrors,
                               const KernelSamples& found, std::span<const KernelTask> tasks, int threads,
                               const LoadMonitor& monitor) {
  const auto blur = common_blur(tasks);
  const auto components =
      blur.any() ? PrincipalComponents(samples, train, mirrors, component_numbers.back(), threads, blur)
                 : found.components;
  const auto exact = blur.any() ? components.project(samples, train, threads) : found.features;
  for (const bool rounded : {true, false}) {
    auto known = exact;
    if (rounded) round_to_16_bits(known.values, known.rows, Scaled::columns);
    const KernelSamples seen{known, components, found.image, found.copies, found.left_out, found.judged};
    std::vector<std::optional<TargetKernel>> kernels(tasks.size());
    constexpr std::size_t most_at_once = 4000;  // samples, of which several matrices fit into the memory
    for_each_index(
        tasks.size(), known.rows > most_at_once ? 1 : threads,
        [&](std::size_t t) { kernels[t] = with_fewest(seen, tasks[t]); }, monitor);
    if (!std::ranges::all_of(kernels, [](const auto& kernel) { return kernel.has_value(); })) continue;
    SmallKernels small{components, {}, {}};
    for (auto& kernel : kernels)
      small.kernels.push_back(std::move(*kernel));
    small.components.keep(most_used(small.kernels));
    small.known = first_columns(known, small.components.size());
    return small;
  }
  // None is good enough: as they were found.
  SmallKernels same{found.components, {}, {}};
  for (const auto& task : tasks)
    same.kernels.push_back(task.kernel);
  same.components.keep(most_used(same.kernels));
  same.known = first_columns(found.features, same.components.size());
  return same;
}

}  // namespace bondscope::ml
