#include "libml/baselines/kernel_ridge.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "libml/arrays/rounded.hpp"
#include "libml/baselines/kernel_reduction.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/threads/for_each_index.hpp"

namespace bondscope::ml {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Eigen::VectorXd;

class KernelRidge : public Baseline {
 public:
  explicit KernelRidge(const BaselineSettings& settings)
      : Baseline(settings.threads),
        mirrors_(settings.mirrors),
        signs_(settings.signs),
        copies_(copies(settings.mirrors)) {}

  std::string chosen_settings() const override {
    std::string text;
    for (std::size_t t = 0; t < kernels_.size(); ++t) {
      const auto& k = kernels_[t];
      text += fmt::format(
          "{}{}: {} components, blur {:g} and {:g} pixels, gamma {:.3g}, lambda {:.0e}, leave-one-out error "
          "{:.4g}",
          t > 0 ? "; " : "", targets()[t], k.components, k.blur.kx, k.blur.ky, k.gamma, k.lambda,
          k.leave_one_out);
    }
    return text;
  }

 private:
  bool takes_floats() const override { return true; }

  void learn(const SampleSet& samples, std::span<const std::size_t> train, const std::vector<double>& truth,
             const LoadMonitor& monitor) override {
    if (train.size() > most_kernel_samples)
      throw ConfigError(
          fmt::format("{}: a kernel cannot learn from {} runs; expected at most {} "
                      "(split.train_runs)",
                      samples.source.store, train.size(), most_kernel_samples));
    components_ = PrincipalComponents(samples, train, mirrors_, component_numbers.back(), threads());
    known_ = components_.project(samples, train, threads());
    const auto left_out = left_out_together(samples, train);
    std::vector<bool> judged;
    for (const auto i : train)
      judged.push_back(!samples.samples[i].added);
    const KernelSamples known{known_, components_, samples.image, copies_, left_out, judged};
    // What changes its sign is 0 on average over the copies.
    MatrixXd values = Eigen::Map<const RowMajor>(truth.data(), std::ssize(train), std::ssize(targets()));
    kernels_.assign(targets().size(), {});
    for (std::size_t t = 0; t < targets().size(); ++t) {
      auto column = values.col(static_cast<Index>(t));
      kernels_[t].mean = std::ranges::count(signs_of(t), -1.0) > 0 ? 0 : column.mean();
      column.array() -= kernels_[t].mean;
    }
    if (components_.size() == 0) {  // all images are the same: the mean is all that there is to say
      for (std::size_t t = 0; t < targets().size(); ++t) {
        kernels_[t].leave_one_out = values.col(static_cast<Index>(t)).cwiseAbs().mean();
        kernels_[t].weights.resize(train.size());
      }
      return;
    }
    std::vector<KernelTask> tasks(targets().size());
    for (const auto& group : groups()) {
      const auto signs = signs_of(group.front());
      const MatrixXd of_group = values(Eigen::all, group);
      KernelSearch search(known, signs, of_group, threads(), monitor);
      for (std::size_t g = 0; g < group.size(); ++g) {
        auto found = search.best(static_cast<Index>(g));
        found.mean = kernels_[group[g]].mean;
        tasks[group[g]] = {std::move(found), signs, of_group.col(static_cast<Index>(g))};
      }
    }
    auto small = fewest_components(samples, train, mirrors_, known, tasks, threads(), monitor);
    components_ = std::move(small.components);
    known_ = std::move(small.known);
    kernels_ = std::move(small.kernels);
  }

  std::vector<double> answer(const SampleSet& samples, std::span<const std::size_t> chosen,
                             const LoadMonitor& monitor) const override {
    const auto asked = components_.project(samples, chosen, threads());
    std::vector<double> answers(chosen.size() * targets().size());
    for (std::size_t t = 0; t < targets().size(); ++t) {
      const auto& k = kernels_[t];
      const auto known = leading(known_, all_rows(known_.rows), k.components);
      const auto z = leading(asked, all_rows(asked.rows), k.components);
      const auto metric = metric_of(components_, k.components, k.blur, image());
      const Eigen::Map<const VectorXd> weights(k.weights.data(), static_cast<Index>(k.weights.size()));
      // Pieces of a fixed size: memory for thousands of answers, and the same bits on any number of threads.
      constexpr std::size_t piece = 64;
      for_each_index((chosen.size() + piece - 1) / piece, threads(),
                     [&](std::size_t p) {
                       const auto first = static_cast<Index>(p * piece);
                       const auto rows = std::min(static_cast<Index>(piece), z.rows() - first);
                       const auto distances = distances_to_copies(z.middleRows(first, rows), known, metric,
                                                                  components_, copies_);
                       const VectorXd values = symmetric_kernel(distances, signs_of(t), k.gamma) * weights;
                       for (Index i = 0; i < rows; ++i)
                         answers[static_cast<std::size_t>(first + i) * targets().size() + t] =
                             k.mean + values(i);
                     },
                     monitor);
    }
    return answers;
  }

  void save(Learned& into) const override {
    components_.save(into, image());
    add_rounded(into, "known",
                {static_cast<std::int64_t>(known_.rows), static_cast<std::int64_t>(known_.columns)},
                known_.values, Scaled::columns);
    if (mirrors_.any()) into.settings.merge(settings_of(signs_, targets()));
    for (std::size_t t = 0; t < targets().size(); ++t) {
      const auto& k = kernels_[t];
      const auto& name = targets()[t];
      into.settings.insert({{name + ".components", static_cast<double>(k.components)},
                            {name + ".blur_kx", k.blur.kx},
                            {name + ".blur_ky", k.blur.ky},
                            {name + ".gamma", k.gamma},
                            {name + ".lambda", k.lambda},
                            {name + ".mean", k.mean},
                            {name + ".leave_one_out", k.leave_one_out}});
      into.add(name + ".weights", {static_cast<std::int64_t>(k.weights.size())}, k.weights);
    }
  }

  void load(const Learned& from) override {
    components_ = PrincipalComponents(from, image());
    const auto columns = static_cast<std::int64_t>(components_.size());
    known_.rows = from.rows("known", {Learned::any, columns});
    known_.columns = components_.size();
    known_.values = rounded_values(from, "known", {Learned::any, columns}, Scaled::columns);
    kernels_.clear();
    for (const auto& name : targets()) {
      const double count = from.setting(name + ".components");
      if (!(count >= 0 && count <= static_cast<double>(components_.size())))
        throw DataError(fmt::format("the setting '{}.components' is {}; expected 0 to {}", name, count,
                                    components_.size()));
      kernels_.push_back(
          {.components = static_cast<std::size_t>(count),
           .blur = blur_from(from, name + "."),  // kernels of before have none
           .gamma = from.setting(name + ".gamma"),
           .lambda = from.setting(name + ".lambda"),
           .mean = from.setting(name + ".mean"),
           .leave_one_out = from.setting(name + ".leave_one_out"),
           .weights = from.values<double>(name + ".weights", {static_cast<std::int64_t>(known_.rows)})});
    }
  }

  /// Of a target, by copy.
  std::vector<double> signs_of(std::size_t target) const {
    std::vector<double> signs;
    for (const auto& copy : copies_)
      signs.push_back(mirrors_.any() ? signs_.of(target, copy) : 1);
    return signs;
  }

  /// Targets with the same signs share their matrices.
  std::vector<std::vector<std::size_t>> groups() const {
    std::map<std::vector<double>, std::vector<std::size_t>> by_signs;
    for (std::size_t t = 0; t < targets().size(); ++t)
      by_signs[signs_of(t)].push_back(t);
    std::vector<std::vector<std::size_t>> all;
    for (auto& [signs, group] : by_signs)
      all.push_back(std::move(group));
    return all;
  }

  Mirrors mirrors_;
  TargetSigns signs_;
  std::vector<Mirrors> copies_;
  PrincipalComponents components_;
  Features known_;  ///< of the images that were learned from
  std::vector<TargetKernel> kernels_;
};

}  // namespace

std::unique_ptr<Baseline> make_kernel_ridge(const BaselineSettings& settings) {
  return std::make_unique<KernelRidge>(settings);
}

}  // namespace bondscope::ml
