#include "libpmd/base/config/find_config.hpp"

#include <cstdlib>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/nearest.hpp"

extern "C" {
/// Only in programs of other projects: cmake/installed_configs.cpp.in.
extern const char* const bondscope_installed_configs __attribute__((weak));
}

namespace bondscope {
namespace {

/// share/bondscope/NAME beside the folder of the running program: an installation can be moved as a whole.
/// In a build tree it is a link to the source tree's.
std::filesystem::path folder_of_program(const char* name) {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::filesystem::path() : program.parent_path().parent_path() / "share" / "bondscope" / name;
}

/// Where configurations are looked for, the first that has one first.
std::vector<std::filesystem::path> places_of_configs() {
  std::vector<std::filesystem::path> places;
  if (const char* configs = std::getenv("PMD_CONFIGS")) places.emplace_back(configs);
  places.emplace_back("configs");
  places.push_back(folder_of_program("configs"));
  if (&bondscope_installed_configs) places.emplace_back(bondscope_installed_configs);
  return places;
}

std::vector<std::filesystem::path> places_of_models() {
  std::vector<std::filesystem::path> places;
  if (const char* models = std::getenv("PMD_MODELS")) places.emplace_back(models);
  places.emplace_back("models");
  places.push_back(folder_of_program("models"));
  return places;
}

bool is_model(const std::filesystem::path& folder) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(folder / "model.json", ignored);
}

}  // namespace

std::vector<std::string> config_names(const std::string& kind) {
  std::set<std::string> names;
  for (const auto& place : places_of_configs()) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(place / kind, ignored))
      if (entry.path().extension() == ".yaml") names.insert(entry.path().stem().string());
  }
  return {names.begin(), names.end()};
}

std::filesystem::path find_config(const std::string& kind, const std::string& name_or_file) {
  namespace fs = std::filesystem;
  if (fs::is_regular_file(name_or_file)) return name_or_file;
  const bool looks_like_file = name_or_file.find('/') != std::string::npos ||
                               fs::path(name_or_file).extension() == ".yaml" ||
                               fs::path(name_or_file).extension() == ".yml";
  if (looks_like_file) throw FileError(name_or_file + ": no such file");
  for (const auto& place : places_of_configs())
    if (fs::is_regular_file(place / kind / (name_or_file + ".yaml")))
      return place / kind / (name_or_file + ".yaml");
  const auto all = config_names(kind);
  const auto near = nearest(name_or_file, all);
  throw ConfigError(fmt::format("'{}' is neither a file nor one of the {} ({}){}", name_or_file, kind,
                                join(all), near.empty() ? "" : "; did you mean '" + near + "'?"));
}

std::filesystem::path find_model(const std::string& name_or_folder) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (fs::exists(name_or_folder, ignored) || name_or_folder.find('/') != std::string::npos)
    return name_or_folder;
  std::set<std::string> names;
  for (const auto& place : places_of_models()) {
    if (is_model(place / name_or_folder)) return place / name_or_folder;
    for (const auto& entry : fs::directory_iterator(place, ignored))
      if (is_model(entry.path())) names.insert(entry.path().filename().string());
  }
  const std::vector<std::string> all(names.begin(), names.end());
  throw FileError(
      fmt::format("{}: there is no such model folder, and none of that name among those that come "
                  "along ({})",
                  name_or_folder, all.empty() ? "none found" : join(all)));
}

}  // namespace bondscope
