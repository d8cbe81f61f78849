#include "libml/train/running_sums.hpp"

#include <algorithm>

#include <torch/torch.h>

namespace bondscope::ml {
namespace {

torch::Tensor tensor_of(const std::vector<double>& values) {
  auto tensor = torch::empty({static_cast<std::int64_t>(values.size())}, torch::kFloat64);
  std::copy(values.begin(), values.end(), tensor.data_ptr<double>());
  return tensor;
}

}  // namespace

RunningSums::RunningSums(torch::Device device, const std::vector<TargetScaling>& scaling) {
  std::vector<double> units{1};
  for (const auto& target : scaling)
    units.push_back(target.scale);
  units_ = tensor_of(units).to(device);
  sums_ = torch::zeros_like(units_);
}

void RunningSums::start(const Sums& from) {
  std::vector<double> values{from.loss};
  values.insert(values.end(), from.absolute_errors.begin(), from.absolute_errors.end());
  samples_ = from.samples;
  sums_ = tensor_of(values).to(units_.device());
}

void RunningSums::add(const torch::Tensor& loss, const torch::Tensor& errors, std::int64_t samples) {
  const auto whole_loss = loss.to(torch::kFloat64).mul(static_cast<double>(samples)).reshape({1});
  sums_ += torch::cat({whole_loss, errors.to(torch::kFloat64)}) * units_;
  samples_ += static_cast<std::uint64_t>(samples);
}

Sums RunningSums::read() const {
  const auto values = sums_.to(torch::kCPU);
  const double* first = values.data_ptr<double>();
  Sums sums;
  sums.loss = *first;
  sums.absolute_errors.assign(first + 1, first + values.numel());
  sums.samples = samples_;
  return sums;
}

}  // namespace bondscope::ml
