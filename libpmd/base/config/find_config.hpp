#pragma once

// Where configurations, and models that come along, are found by their names.

#include <filesystem>
#include <string>
#include <vector>

namespace bondscope {

/// Finds configs/KIND/NAME.yaml (kind: presets, datasets, recipes, experiments, molecules): a path that
/// exists is taken as it is; otherwise a name is looked up in $PMD_CONFIGS, ./configs and
/// ../share/bondscope/configs as seen from the folder of the running program. A program of another project
/// that was built with find_package(Bondscope) looks into that installation, too. Throws ConfigError that
/// lists the names there are.
std::filesystem::path find_config(const std::string& kind, const std::string& name_or_file);
/// The names that find_config() finds, in alphabetical order.
std::vector<std::string> config_names(const std::string& kind);

/// Finds a model folder: a path that exists, or that has a slash, is taken as it is; otherwise a name is
/// looked up in $PMD_MODELS, ./models and ../share/bondscope/models as seen from the folder of the running
/// program. Throws FileError that lists the names there are.
std::filesystem::path find_model(const std::string& name_or_folder);

}  // namespace bondscope
