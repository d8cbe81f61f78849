#include "libml/baselines/maximum_likelihood.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "libml/baselines/likelihood.hpp"
#include "libml/data/targets.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {
namespace {

/// What of the cells counts.
class CellShares {
 public:
  CellShares(const ImageSettings& image, bool folded) : image_(image), folded_(folded) {
    const bool plane = image.view == View::plane, half = image.view == View::upper_half;
    if (!(plane || half) || image.window != Window::fixed || image.scale != Scale::power ||
        image.values != PixelValues::floats || image.normalisation == Normalisation::maximum)
      throw ConfigError(
          fmt::format("images of {}: a likelihood needs the electrons of cells; expected image.view plane or "
                      "upper_half, window fixed, scale power, values floats, normalisation sum or none",
                      to_string(image)));
    if (folded && (!plane || image.height % 2 != 0))
      throw ConfigError(
          "augmentation.flip_ky: both halves count together; expected image.view plane with an even height");
  }

  /// Of images of the roots of these shares.
  ImageSettings roots() const {
    auto roots = image_;
    roots.height = static_cast<int>(height());
    roots.exponent = 0.5;
    return roots;
  }
  Instrument instrument() const { return {image_, folded_ || image_.view == View::upper_half}; }

  /// How many there are.
  std::size_t size() const { return static_cast<std::size_t>(image_.width) * height(); }
  /// Of one image, [kx][ky], adding up to 1. `name` is its run's, for errors.
  std::vector<double> operator()(std::span<const float> image, const std::string& name) const {
    const auto columns = static_cast<std::size_t>(image_.height);
    std::vector<double> shares(image.size() / columns * height());
    double sum = 0;
    for (std::size_t i = 0; i < image.size(); ++i) {
      const double value = image[i];
      const double share = image_.exponent == 1 || value <= 0 ? value : std::pow(value, 1 / image_.exponent);
      const auto y = i % columns;
      const auto column = !folded_ ? y : y < height() ? height() - 1 - y : y - height();
      shares[i / columns * height() + column] += share;
      sum += share;
    }
    if (!(sum > 0)) throw DataError(name + ": no electrons in the window of the image");
    for (auto& share : shares)
      share /= sum;
    return shares;
  }

 private:
  std::size_t height() const { return static_cast<std::size_t>(folded_ ? image_.height / 2 : image_.height); }

  ImageSettings image_;
  bool folded_;
};

std::string name_of(const SampleSet& samples, std::size_t i) {
  return fmt::format("{}: run {}", samples.source.store, samples.samples[i].number);
}

/// What differs between the runs and is not asked for would be taken for a target.
void expect_complete(const SampleSet& samples, std::span<const std::size_t> train,
                     const std::vector<std::string>& names) {
  std::vector<std::string> asked;
  for (const auto& wanted : targets(names, samples.source.declared)) {
    if (wanted.part != Part::itself)
      throw ConfigError(fmt::format("targets: a likelihood finds parameters themselves; expected {} for {}",
                                    wanted.parameter.title, wanted.name));
    asked.push_back(wanted.parameter.name);
  }
  const auto& first = samples.samples[train.front()].parameters;
  for (const auto& parameter : all_parameters(samples.source.declared)) {
    if (std::ranges::find(asked, parameter.name) != asked.end()) continue;
    for (const auto i : train)
      if (const auto& run = samples.samples[i].parameters; parameter.of(run) != parameter.of(first))
        throw ConfigError(
            fmt::format("{}: its {} differs as well, and a distribution depends on it; expected it among the "
                        "targets",
                        name_of(samples, i), parameter.title));
  }
}

/// What is not counted still tells no more than what is interpolated: so many electrons, at most.
double telling_electrons(double counted) {
  constexpr double most = 1e7;
  return counted > 0 ? std::min(counted, most) : most;
}

std::vector<Peak> as_peaks(const std::vector<Likelihood::Estimate>& estimates,
                           std::span<const Effect> effects, double electrons) {
  std::vector<Peak> peaks;
  for (const auto& estimate : estimates) {
    auto& peak = peaks.emplace_back(Peak{.values = estimate.parameters, .covariance = {}});
    peak.misfit = estimate.misfit;
    peak.deficit = electrons * (estimates.front().log_likelihood - estimate.log_likelihood);
    for (const double element : estimate.covariance.reshaped())
      peak.covariance.push_back(element / electrons);
    for (std::size_t e = 0; e < effects.size(); ++e) {
      auto& found = peak.effects.emplace_back(FoundEffect{effects[e].name, {}});
      if (const double amount = estimate.effects[e]; amount > 0) found.value = effects[e].setting(amount);
    }
  }
  return peaks;
}

class MaximumLikelihood : public Baseline {
 public:
  explicit MaximumLikelihood(const BaselineSettings& settings)
      : Baseline(settings.threads), mirrors_(settings.mirrors), effects_(find_effects(settings.effects)) {
    if (mirrors_.along_kx)
      throw ConfigError("augmentation.flip_kx: a likelihood knows no mirror along kx; expected false");
    if (std::ranges::count(settings.signs.along_ky, -1.0) > 0)
      throw ConfigError("augmentation.flip_ky: a target changes its sign; expected false");
  }

  std::string chosen_settings() const override {
    const auto& emulator = likelihood_.emulator();
    std::string text = fmt::format("emulator of {} runs, leave-one-out error {:.3g}, lengths",
                                   emulator.size(), emulator.leave_one_out());
    for (std::size_t t = 0; t < targets().size(); ++t)
      text += fmt::format(" {:.3g} ({})", emulator.lengths()[t], targets()[t]);
    return text;
  }

 private:
  bool takes_floats() const override { return true; }

  void learn(const SampleSet& samples, std::span<const std::size_t> train, const std::vector<double>& truth,
             const LoadMonitor& monitor) override {
    const CellShares cells(image(), mirrors_.along_ky);
    if (train.size() > most_emulated_runs)
      throw ConfigError(
          fmt::format("{}: a likelihood cannot learn from {} runs; expected at most {} "
                      "(split.train_runs)",
                      samples.source.store, train.size(), most_emulated_runs));
    expect_complete(samples, train, targets());
    SampleSet roots{
        .image = cells.roots(), .source = samples.source, .samples = {}, .pixels = {}, .floats = {}};
    std::vector<std::size_t> chosen;
    for (const auto i : train) {
      for (const double share : cells(samples.floats_of(i), name_of(samples, i)))
        roots.floats.push_back(static_cast<float>(std::sqrt(std::max(share, 0.0))));
      chosen.push_back(roots.size());
      roots.samples.push_back(samples.samples[i]);
    }
    likelihood_ = {Emulator(roots, chosen, truth, targets().size(), threads(), monitor), cells.instrument(),
                   effects_, targets()};
  }

  std::vector<double> answer(const SampleSet& samples, std::span<const std::size_t> chosen,
                             const LoadMonitor& monitor) const override {
    std::vector<double> answers;
    for (const auto& peaks : find_peaks(samples, chosen, monitor))
      answers.insert(answers.end(), peaks.front().values.begin(), peaks.front().values.end());
    return answers;
  }

  std::vector<std::vector<Peak>> find_peaks(const SampleSet& samples, std::span<const std::size_t> chosen,
                                            const LoadMonitor& monitor) const override {
    const CellShares cells(image(), mirrors_.along_ky);
    std::vector<std::vector<Peak>> all;
    // A part at a time, so that memory and the time to the next word of progress stay small.
    constexpr std::size_t together = 256;
    for (std::size_t begin = 0; begin < chosen.size(); begin += together) {
      const auto part = chosen.subspan(begin, std::min(together, chosen.size() - begin));
      Eigen::MatrixXd shares(static_cast<Eigen::Index>(cells.size()), std::ssize(part));
      std::vector<double> electrons;
      for (std::size_t i = 0; i < part.size(); ++i) {
        std::ranges::copy(cells(samples.floats_of(part[i]), name_of(samples, part[i])),
                          shares.col(static_cast<Eigen::Index>(i)).begin());
        electrons.push_back(telling_electrons(samples.samples[part[i]].electrons));
      }
      const auto found = likelihood_(shares, electrons, threads());
      for (std::size_t i = 0; i < part.size(); ++i)
        all.push_back(as_peaks(found[i], likelihood_.effects(), electrons[i]));
      if (monitor) monitor(begin + part.size(), chosen.size());
    }
    return all;
  }

  void save(Learned& into) const override {
    likelihood_.emulator().save(into, CellShares(image(), mirrors_.along_ky).roots());
  }

  void load(const Learned& from) override {
    const CellShares cells(image(), mirrors_.along_ky);
    Emulator emulator(from, cells.roots(), targets().size());
    try {
      likelihood_ = {std::move(emulator), cells.instrument(), effects_, targets()};
    } catch (const ConfigError& error) {
      throw DataError(error.what());
    }
  }

  Mirrors mirrors_;
  std::vector<Effect> effects_;
  Likelihood likelihood_;
};

}  // namespace

std::unique_ptr<Baseline> make_maximum_likelihood(const BaselineSettings& settings) {
  return std::make_unique<MaximumLikelihood>(settings);
}

}  // namespace bondscope::ml
