#include "libtdse/fit/estimate.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"

namespace bondscope::tdse {
namespace {

constexpr std::size_t most_parameters = 64, most_bytes = 16u << 20;

[[noreturn]] void bad(const std::filesystem::path& file, const std::string& key,
                      const std::string& expected) {
  throw DataError(fmt::format("{}: {}: expected {}", file.string(), key, expected));
}

std::vector<double> numbers(const nlohmann::json& list, std::size_t count, const std::filesystem::path& file,
                            const std::string& key) {
  if (!list.is_array() || list.size() != count) bad(file, key, fmt::format("a list of {} numbers", count));
  std::vector<double> values;
  for (const auto& value : list) {
    if (!value.is_number() || !std::isfinite(value.get<double>())) bad(file, key, "finite numbers");
    values.push_back(value.get<double>());
  }
  return values;
}

}  // namespace

std::size_t Estimate::place_of(const std::string& parameter) const {
  return static_cast<std::size_t>(std::ranges::find(parameters, parameter) - parameters.begin());
}

Estimate Estimate::part(const std::vector<std::string>& wanted) const {
  Estimate some;
  std::vector<Eigen::Index> places;
  for (const auto& parameter : wanted) {
    const auto place = place_of(parameter);
    if (place == parameters.size()) continue;
    some.parameters.push_back(parameter);
    some.values.push_back(values[place]);
    places.push_back(static_cast<Eigen::Index>(place));
  }
  if (covariance.size() > 0) some.covariance = covariance(places, places);
  return some;
}

Estimate read_estimate(const std::filesystem::path& file) {
  const auto json = nlohmann::json::parse(read_text_file(file, most_bytes), nullptr, false);
  if (!json.is_object()) throw DataError(file.string() + ": expected a JSON object");
  const auto names = json.value("parameters", nlohmann::json());
  if (!names.is_array() || names.empty() || names.size() > most_parameters)
    bad(file, "parameters", "a list of names");
  Estimate estimate;
  for (const auto& name : names) {
    if (!name.is_string()) bad(file, "parameters", "a list of names");
    estimate.parameters.push_back(name.get<std::string>());
    if (estimate.place_of(estimate.parameters.back()) + 1 != estimate.parameters.size())
      bad(file, "parameters", "each name once");
  }
  const auto count = estimate.parameters.size();
  estimate.values = numbers(json.value("values", nlohmann::json()), count, file, "values");
  if (!json.contains("covariance")) return estimate;
  const auto& rows = json.at("covariance");
  if (!rows.is_array() || rows.size() != count) bad(file, "covariance", fmt::format("{} rows", count));
  const auto n = static_cast<Eigen::Index>(count);
  estimate.covariance.resize(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const auto row = numbers(rows.at(static_cast<std::size_t>(i)), count, file, "covariance");
    for (Eigen::Index j = 0; j < n; ++j)
      estimate.covariance(i, j) = row[static_cast<std::size_t>(j)];
    if (!(estimate.covariance(i, i) > 0)) bad(file, "covariance", "positive numbers on the diagonal");
  }
  return estimate;
}

nlohmann::json to_json(const Estimate& estimate) {
  nlohmann::json covariance = nlohmann::json::array();
  for (Eigen::Index i = 0; i < estimate.covariance.rows(); ++i) {
    covariance.push_back(nlohmann::json::array());
    for (Eigen::Index j = 0; j < estimate.covariance.cols(); ++j)
      covariance.back().push_back(estimate.covariance(i, j));
  }
  nlohmann::json json{{"parameters", estimate.parameters}, {"values", estimate.values}};
  if (!covariance.empty()) json["covariance"] = covariance;
  return json;
}

}  // namespace bondscope::tdse
