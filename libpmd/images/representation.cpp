#include "libpmd/images/representation.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "libpmd/base/config/config_fields.hpp"
#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"

namespace bondscope {

void check_representations(std::span<const Representation> all) {
  if (all.empty() || all.size() > most_representations)
    throw ConfigError(fmt::format("{} representations; expected 1 to {}", all.size(), most_representations));
  for (auto one = all.begin(); one != all.end(); ++one) {
    const auto& name = one->name;
    const auto is_fit = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    if (name.empty() || name.size() > 40 || !std::ranges::all_of(name, is_fit))
      throw ConfigError(fmt::format(
          "representation '{}': expected a name of letters, digits and underscores, at most 40", name));
    if (std::any_of(all.begin(), one, [&](const auto& other) { return other.name == name; }))
      throw ConfigError(fmt::format("representation {} is there twice", name));
    try {
      check_image_settings(one->image);
    } catch (const ConfigError& error) {
      throw ConfigError(fmt::format("representation {}: {}", name, error.what()));
    }
  }
}

Representation load_representation(const std::string& name_or_file) {
  const auto file = find_config("representations", name_or_file);
  const auto config = Config::from_file(file);
  Representation made{file.stem().string(), {}};
  ConfigKeys keys(config);
  visit_image_settings(keys, made.image);
  keys.expect();
  ConfigFields fields(config);
  visit_image_settings(fields, made.image);
  config.expect_all_known();
  check_representations({&made, 1});
  return made;
}

const Representation* find_representation(std::span<const Representation> all, const ImageSettings& image) {
  const auto same = [&](const auto& one) { return significant(one.image) == significant(image); };
  const auto found = std::ranges::find_if(all, same);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace bondscope
