#include "libml/baselines/kernel_ridge.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "libml/baselines/kernel_search.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/threads/for_each_index.hpp"

namespace bondscope::ml {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// In pixels, along kx and ky. Kernels of before have neither.
std::pair<double, double> blurs_from(const Learned& from, const std::string& target) {
  const auto along_kx = target + ".blur_kx", along_ky = target + ".blur_ky";
  if (!from.settings.contains(along_kx) && !from.settings.contains(along_ky)) return {0, 0};
  const auto blur = [&](const std::string& name) {
    const double value = from.setting(name);
    constexpr double widest = 1e4;
    if (!(value >= 0 && value <= widest))
      throw DataError(fmt::format("the setting '{}' is {}; expected 0 to {}", name, value, widest));
    return value;
  };
  return {blur(along_kx), blur(along_ky)};
}

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
          t > 0 ? "; " : "", targets()[t], k.components, k.blur_kx, k.blur_ky, k.gamma, k.lambda,
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
    kernels_.assign(targets().size(), {});
    for (const auto& group : groups()) {
      MatrixXd values(static_cast<Index>(train.size()), static_cast<Index>(group.size()));
      for (std::size_t g = 0; g < group.size(); ++g)
        for (std::size_t i = 0; i < train.size(); ++i)
          values(static_cast<Index>(i), static_cast<Index>(g)) = truth[i * targets().size() + group[g]];
      // What changes its sign is 0 on average over the copies.
      const auto signs = signs_of(group.front());
      const bool changes = std::ranges::count(signs, -1.0) > 0;
      const Eigen::RowVectorXd means = values.colwise().mean() * (changes ? 0.0 : 1.0);
      values.rowwise() -= means;
      if (components_.size() == 0) {  // all images are the same: the mean is all that there is to say
        for (std::size_t g = 0; g < group.size(); ++g)
          kernels_[group[g]] = {.mean = means(static_cast<Index>(g)),
                                .leave_one_out = values.col(static_cast<Index>(g)).cwiseAbs().mean(),
                                .weights = std::vector<double>(train.size())};
        continue;
      }
      KernelSearch search(known, signs, values, threads(), monitor);
      for (std::size_t g = 0; g < group.size(); ++g) {
        kernels_[group[g]] = search.best(static_cast<Index>(g));
        kernels_[group[g]].mean = means(static_cast<Index>(g));
      }
    }
    keep_what_is_used();
  }

  /// Of components that no target looks at nothing is kept: most of a model's size.
  void keep_what_is_used() {
    std::size_t used = 0;
    for (const auto& kernel : kernels_)
      used = std::max(used, kernel.components);
    components_.keep(used);
    auto fewer = make_features(known_.rows, components_.size());
    for (std::size_t i = 0; i < known_.rows; ++i)
      std::ranges::copy(known_.row(i).first(fewer.columns), fewer.row(i).begin());
    known_ = std::move(fewer);
  }

  std::vector<double> answer(const SampleSet& samples, std::span<const std::size_t> chosen,
                             const LoadMonitor& monitor) const override {
    const auto asked = components_.project(samples, chosen, threads());
    std::vector<double> answers(chosen.size() * targets().size());
    for (std::size_t t = 0; t < targets().size(); ++t) {
      const auto& k = kernels_[t];
      const auto known = leading(known_, all_rows(known_.rows), k.components);
      const auto z = leading(asked, all_rows(asked.rows), k.components);
      const auto metric = metric_of(components_, k.components, k.blur_kx, k.blur_ky, image());
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
    into.add("known", {static_cast<std::int64_t>(known_.rows), static_cast<std::int64_t>(known_.columns)},
             known_.values);
    if (mirrors_.any()) into.settings = settings_of(signs_, targets());
    for (std::size_t t = 0; t < targets().size(); ++t) {
      const auto& k = kernels_[t];
      const auto& name = targets()[t];
      into.settings.insert({{name + ".components", static_cast<double>(k.components)},
                            {name + ".blur_kx", k.blur_kx},
                            {name + ".blur_ky", k.blur_ky},
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
    known_.values = from.values<float>("known", {Learned::any, columns});
    kernels_.clear();
    for (const auto& name : targets()) {
      const double count = from.setting(name + ".components");
      if (!(count >= 0 && count <= static_cast<double>(components_.size())))
        throw DataError(fmt::format("the setting '{}.components' is {}; expected 0 to {}", name, count,
                                    components_.size()));
      const auto [blur_kx, blur_ky] = blurs_from(from, name);
      kernels_.push_back(
          {.components = static_cast<std::size_t>(count),
           .blur_kx = blur_kx,
           .blur_ky = blur_ky,
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
