#pragma once

// What several commands of pmd_train show.

#include <filesystem>
#include <string>
#include <vector>

#include "libml/data/samples.hpp"
#include "libml/report/evaluation.hpp"

/// load_samples() with a line of progress now and then and one about the result. `check` is called now and
/// then; what it throws ends the loading.
bondscope::ml::SampleSet load(const std::string& store, const bondscope::ImageSettings& image, int threads,
                              const bondscope::ml::LoadMonitor& check = {});

/// An evaluation as lines.
void print(const bondscope::ml::Evaluation& evaluation);

/// To standard error, each as a warning.
void print_warnings(const std::vector<std::string>& warnings);

/// The folders that a path still needs. In the end, those that nothing was put into are removed again.
class NewFolders {
 public:
  explicit NewFolders(const std::filesystem::path& folder);
  NewFolders(const NewFolders&) = delete;
  NewFolders& operator=(const NewFolders&) = delete;
  ~NewFolders();

 private:
  std::vector<std::filesystem::path> folders_;  ///< innermost first
};
