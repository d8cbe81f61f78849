#include "libml/explain/tables.hpp"

#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "libpmd/base/statistics/average.hpp"

namespace bondscope::ml {
namespace {

constexpr std::array accuracy_columns{std::pair{"parts", &DictionaryAccuracies::parts},
                                      std::pair{"random patches", &DictionaryAccuracies::patches},
                                      std::pair{"random rectangle", &DictionaryAccuracies::rectangle},
                                      std::pair{"whole images", &DictionaryAccuracies::whole},
                                      std::pair{"permuted classes", &DictionaryAccuracies::permuted},
                                      std::pair{"commonest class", &DictionaryAccuracies::most_frequent}};

struct NamedAverage {
  const char* name;
  Average average;
};

std::vector<NamedAverage> averages_of(std::span<const Dictionary> made, std::size_t pixels_per_image) {
  std::vector<NamedAverage> all;
  const auto add = [&](const char* name, auto&& of) {
    std::vector<double> values;
    for (const auto& one : made)
      values.push_back(of(one));
    all.push_back({name, average(values)});
  };
  for (const auto& [name, member] : accuracy_columns)
    add(name, [member = member](const Dictionary& one) { return one.accuracies.*member; });
  add("parts kept", [](const Dictionary& one) { return static_cast<double>(one.entries.size()); });
  add("share of the area", [&](const Dictionary& one) {
    return static_cast<double>(one.area) / static_cast<double>(one.entries.size() * pixels_per_image);
  });
  return all;
}

}  // namespace

std::string dictionary_summary(std::span<const Dictionary> made, std::size_t pixels_per_image) {
  std::string text;
  for (const auto& [name, value] : averages_of(made, pixels_per_image))
    text += fmt::format("  {:<18}{}\n", name, describe(value));
  return text;
}

std::string dictionary_means(std::span<const Dictionary> made, std::size_t pixels_per_image) {
  std::string text;
  for (const auto& [name, value] : averages_of(made, pixels_per_image))
    text.append(text.empty() ? "" : ",").append(describe(value));
  return text;
}

std::string dictionary_means_header() {
  std::string text;
  for (const auto& column : accuracy_columns)
    text += fmt::format("{},", column.first);
  return text + "parts kept,share of the area";
}

std::string dictionary_csv(std::span<const Dictionary> made) {
  std::string text = "choice,images,parts,pixels,tested";
  for (const auto& column : accuracy_columns)
    text += fmt::format(",{}", column.first);
  text += "\n";
  for (std::size_t choice = 0; choice < made.size(); ++choice) {
    const auto& one = made[choice];
    text +=
        fmt::format("{},{},{},{},{}", choice, one.chosen, one.entries.size(), one.area, one.tested.size());
    for (const auto& [name, member] : accuracy_columns)
      text += fmt::format(",{:.4f}", one.accuracies.*member);
    text += "\n";
  }
  return text;
}

}  // namespace bondscope::ml
