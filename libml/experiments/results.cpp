#include "libml/experiments/results.hpp"

#include <cmath>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libml/train/recipe.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/base/text/json.hpp"

namespace bondscope::ml {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* format = "pmd_train results";
constexpr int version = 1;
constexpr std::size_t most_bytes = 64u << 20, longest_listed_name = 200, longest_identity = 1u << 20;
constexpr std::size_t most_results = 10000;
constexpr std::int64_t most_counted_runs = 1'000'000'000'000;

/// Throws DataError with what is wrong, but not where.
void check(const std::string& identity, const std::vector<Result>& results) {
  if (identity.size() > longest_identity) throw DataError("the identity is too long");
  if (results.empty() || results.size() > most_results)
    throw DataError(fmt::format("{} results; expected 1 to {}", results.size(), most_results));
  std::set<std::string> quantities;
  for (const auto& r : results) {
    const auto& first = results.front();
    if (r.experiment != first.experiment || r.seed != first.seed)
      throw DataError("the results are not of one experiment and seed");
    for (const auto& name : {r.experiment, r.quantity})
      if (name.empty() || name.size() > longest_listed_name)
        throw DataError(
            fmt::format("a name has {} bytes; expected 1 to {}", name.size(), longest_listed_name));
    if (!quantities.insert(r.quantity).second)
      throw DataError(fmt::format("the quantity '{}' is there twice", r.quantity));
    if (!std::isfinite(r.value))
      throw NotFinite(fmt::format("the value of '{}' is not a number", r.quantity));
    if (!(std::isfinite(r.seconds) && r.seconds >= 0))
      throw NotFinite(fmt::format("the seconds of '{}' are not a time", r.quantity));
    for (const auto& [run, error] : r.errors)
      if (!(std::isfinite(error) && error >= 0))
        throw NotFinite(fmt::format("an error of '{}' is not a number", r.quantity));
    if (std::max(r.train_runs, r.test_runs) > std::size_t{most_counted_runs})
      throw DataError(fmt::format("a number of runs of '{}' is too large", r.quantity));
  }
}

std::size_t count(const nlohmann::json& object, const char* key) {
  return static_cast<std::size_t>(whole_member(object, key, 0, most_counted_runs));
}

/// [[run, error], …]
std::map<std::uint64_t, double> errors_of(const nlohmann::json& list) {
  std::map<std::uint64_t, double> errors;
  for (const auto& pair : list) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number_unsigned() || !pair[1].is_number())
      throw DataError("'errors' has an entry that is not [run, error]");
    errors[pair[0].get<std::uint64_t>()] = pair[1].get<double>();
  }
  return errors;
}

ResultsFile decode(const nlohmann::json& json) {
  if (text_member(json, "format") != format) throw DataError(fmt::format("'format' is not '{}'", format));
  if (const auto found = whole_member(json, "version", 0, 1000); found != version)
    throw DataError(fmt::format("version {}, this program reads version {}", found, version));
  ResultsFile file{text_member(json, "identity"), {}};
  const auto experiment = text_member(json, "experiment");
  const auto seed = static_cast<std::uint64_t>(whole_member(json, "seed", 0, largest_seed));
  for (const auto& item : list_member(json, "results")) {
    file.results.push_back({experiment, text_member(item, "quantity"), seed, number_member(item, "value"),
                            count(item, "train_runs"), count(item, "test_runs"),
                            number_member(item, "seconds")});
    if (item.contains("errors")) file.results.back().errors = errors_of(list_member(item, "errors"));
  }
  check(file.identity, file.results);
  return file;
}

}  // namespace

void write_results(const std::filesystem::path& file, const std::string& identity,
                   const std::vector<Result>& results) {
  try {
    check(identity, results);
  } catch (const NotFinite& error) {
    throw NotFinite(fmt::format("{}: not written: {}", file.string(), error.what()));
  } catch (const DataError& error) {
    throw DataError(fmt::format("{}: not written: {}", file.string(), error.what()));
  }
  Json list = Json::array();
  for (const auto& r : results) {
    list.push_back({{"quantity", r.quantity},
                    {"value", r.value},
                    {"train_runs", r.train_runs},
                    {"test_runs", r.test_runs},
                    {"seconds", r.seconds}});
    for (const auto& [run, error] : r.errors)
      list.back()["errors"].push_back({run, error});
  }
  const Json json{{"format", format},
                  {"version", version},
                  {"experiment", results.front().experiment},
                  {"seed", results.front().seed},
                  {"identity", identity},
                  {"results", list}};
  write_file(file, json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

ResultsFile read_results(const std::filesystem::path& file) {
  const auto bytes = read_text_file(file, most_bytes);
  try {
    return decode(parse_json(bytes));
  } catch (const Error& error) {
    throw DataError(file.string() + ": not a file of results that this program can read: " + error.what() +
                    "; remove it, and it is measured again");
  }
}

std::optional<std::vector<Result>> current_results(const std::filesystem::path& file,
                                                   const std::string& experiment, std::uint64_t seed,
                                                   const std::string& identity) {
  std::error_code status;
  if (!std::filesystem::exists(file, status)) return {};
  auto [there, results] = read_results(file);
  if (there != identity || results.front().experiment != experiment || results.front().seed != seed)
    return {};
  return std::move(results);
}

}  // namespace bondscope::ml
