#include "libml/report/metrics.hpp"

#include <cmath>
#include <vector>

#include "libpmd/base/error.hpp"
#include "libpmd/base/statistics/average.hpp"
#include "libpmd/base/statistics/bootstrap.hpp"

namespace bondscope::ml {

Classification classify(std::span<const double> predicted, std::span<const double> truth,
                        std::vector<std::string> names, std::size_t commonest, std::uint64_t seed) {
  const std::size_t classes = names.size();
  Classification c{.names = std::move(names),
                   .confusion = std::vector(classes, std::vector<std::size_t>(classes, 0)),
                   .count = truth.size(),
                   .accuracy_95 = {}};
  if (truth.empty() || predicted.size() != truth.size())
    throw DataError("a classification needs as many predictions as true classes, at least one");
  std::vector<double> right, guessed;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const auto is_class = [&](double v) { return v >= 0 && v < static_cast<double>(classes); };
    if (!is_class(truth[i]) || !is_class(predicted[i]))
      throw DataError("a classification holds something that is no class");
    const auto t = static_cast<std::size_t>(truth[i]), p = static_cast<std::size_t>(predicted[i]);
    ++c.confusion[t][p];
    right.push_back(t == p ? 1.0 : 0.0);
    guessed.push_back(t == commonest ? 1.0 : 0.0);
  }
  c.accuracy = mean(right);
  c.accuracy_95 = bootstrap_mean_95(right, seed);
  c.accuracy_of_commonest = mean(guessed);
  return c;
}

Score score(std::span<const double> predicted, std::span<const double> truth, double training_mean,
            std::uint64_t seed) {
  if (predicted.empty() || predicted.size() != truth.size()) throw DataError("there is nothing to test on");
  std::vector<double> errors, of_mean;
  double squares = 0, signed_sum = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    const double error = predicted[i] - truth[i];
    if (!std::isfinite(error)) throw DataError("a prediction is not finite: the weights cannot be of use");
    errors.push_back(std::abs(error));
    of_mean.push_back(std::abs(training_mean - truth[i]));
    squares += error * error;
    signed_sum += error;
  }
  const double n = static_cast<double>(errors.size());
  const auto absolute = average(errors);
  return {.count = errors.size(),
          .mae = absolute.mean,
          .mae_95 = bootstrap_mean_95(errors, seed),
          .rmse = std::sqrt(squares / n),
          .absolute_error_sd = absolute.sd.value_or(0),
          .bias = signed_sum / n,
          .mae_of_mean = mean(of_mean)};
}

}  // namespace bondscope::ml
