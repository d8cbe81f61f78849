#include "libml/train/identity.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <span>

#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/hash.hpp"
#include "libpmd/base/text/json.hpp"

namespace bondscope::ml {
namespace {

constexpr std::size_t most_bytes_of_identity = 64u << 10;

/// Dotted key to value, both as text; lists are one value.
void flatten(const nlohmann::json& json, const std::string& prefix,
             std::map<std::string, std::string>& leaves) {
  for (const auto& [key, value] : json.items())
    if (value.is_object())
      flatten(value, prefix + key + ".", leaves);
    else
      leaves[prefix + key] = value.is_string() ? value.get<std::string>() : value.dump();
}

std::map<std::string, std::string> parse(const std::string& text) {
  if (text.size() > most_bytes_of_identity) throw DataError("its description is too long");
  const auto json = parse_json(text);
  if (!json.is_object()) throw DataError("it does not describe a training");
  std::map<std::string, std::string> leaves;
  flatten(json, "", leaves);
  return leaves;
}

}  // namespace

std::string data_checksum(const SampleSet& samples) {
  Hash hash;
  for (const auto& sample : samples.samples) {
    const auto& p = sample.parameters;
    hash.add(std::span<const char>(p.molecule));
    for (const auto& [name, value] : values_of(p))
      hash.add(value);
    for (const auto& [name, value] : p.declared)
      hash.add(std::span<const char>(name));
    hash.add(sample.checksum).add(std::span<const Use>(&sample.use, 1));
    if (sample.added) hash.add(sample.added);
    if (sample.roots != std::vector{sample.checksum}) hash.add(std::span<const std::uint64_t>(sample.roots));
  }
  return hash.wide_text();
}

std::string training_identity(const Recipe& recipe, const SampleSet& samples,
                              const std::optional<Origin>& origin) {
  return training_identity(recipe, samples.source, samples.size(), data_checksum(samples), origin);
}

std::string training_identity(const Recipe& recipe, const Source& data, std::size_t runs,
                              const std::string& checksum, const std::optional<Origin>& origin) {
  auto json = nlohmann::json::parse(recipe.to_json());
  json["data"] = {{"dataset", data.dataset}, {"preset", data.preset}, {"runs", runs}, {"checksum", checksum}};
  if (origin) json["origin"] = {{"weights", origin->weights}, {"frozen_blocks", origin->frozen_blocks}};
  if (origin && origin->fresh_layers) json["origin"]["fresh_layers"] = true;
  return json.dump();
}

std::vector<Difference> compare_identities(const std::string& there, const std::string& here) {
  auto left = parse(there), right = parse(here);
  std::vector<Difference> differences;
  for (const auto& [key, value] : right)
    if (left[key] != value) differences.push_back({key, left[key], value});
  for (const auto& [key, value] : left)
    if (!right.contains(key)) differences.push_back({key, value, ""});
  return differences;
}

std::string describe(const std::vector<Difference>& differences) {
  const auto text = [](const std::string& value) { return value.empty() ? "none" : value; };
  std::string list;
  for (const auto& [key, left, right] : differences)
    list += (list.empty() ? "" : ", ") + key + " (" + text(left) + " there, " + text(right) + " here)";
  return list;
}

}  // namespace bondscope::ml
