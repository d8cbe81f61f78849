#include "libml/experiments/mean_of_methods.hpp"

#include <cmath>

#include <fmt/format.h>

#include "libml/report/tables.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/statistics/average.hpp"

namespace bondscope::ml {

std::map<std::uint64_t, double> errors_of_mean(const std::vector<std::filesystem::path>& models,
                                               const std::string& target) {
  std::map<std::uint64_t, std::vector<double>> errors;
  for (const auto& model : models)
    for (const auto& [run, error] : read_errors(model, target))
      errors[run].push_back(error);
  std::map<std::uint64_t, double> means;
  for (const auto& [run, of_run] : errors)
    if (of_run.size() == models.size()) means[run] = std::abs(mean(of_run));  // the truth is the same
  if (means.empty())
    throw DataError(fmt::format("{}: no run tested all models that are to answer together", target));
  return means;
}

}  // namespace bondscope::ml
