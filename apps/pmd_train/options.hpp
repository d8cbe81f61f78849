#pragma once

// Options that several commands of pmd_train have, each declared once.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/shared/command_line.hpp"
#include "libml/experiments/limits.hpp"
#include "libml/experiments/train_and_test.hpp"

/// --device, --threads
struct MachineOptions {
  std::string device = "auto";
  int threads = 1;

  void declare(bondscope::CommandLine& command_line);
  /// Also sets up this process to use it.
  bondscope::ml::Machine prepare() const;
};

/// --time-limit, --checkpoint-interval
struct LimitOptions {
  std::optional<double> time_limit;
  double checkpoint_interval = 600;

  void declare(bondscope::CommandLine& command_line);
  bondscope::ml::Limits limits() const { return {time_limit, checkpoint_interval}; }
};

/// --recipe, --set
struct RecipeOptions {
  std::string recipe;
  std::vector<std::string> set;

  void declare(bondscope::CommandLine& command_line, const std::string& help);
  bondscope::ml::Recipe read() const { return bondscope::ml::Recipe::load(recipe, set); }
};

/// --model, --weights, --force
struct ModelOptions {
  std::string folder, weights = "best";
  bool force = false;

  void declare(bondscope::CommandLine& command_line);
  /// Before there are threads: open_in_child.hpp.
  void open_in_child() const;
  bondscope::ml::Model load(bondscope::ml::Device device) const;
};

void add_store(bondscope::CommandLine& command_line, std::string& store);
void add_output(bondscope::CommandLine& command_line, std::filesystem::path& output, const std::string& help);
void add_overwrite(bondscope::CommandLine& command_line, bool& overwrite);
void add_seeds(bondscope::CommandLine& command_line, std::vector<std::uint64_t>& seeds,
               const std::string& help);
/// Numbers of runs to train on.
bondscope::Option& add_samples(bondscope::CommandLine& command_line, std::vector<std::size_t>& samples,
                               const std::string& help);
