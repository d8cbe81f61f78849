#pragma once

// What the commands of pmd_train show.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/shared/progress.hpp"
#include "libml/experiments/error_curves.hpp"
#include "libml/experiments/limits.hpp"
#include "libml/experiments/listener.hpp"
#include "libml/report/evaluation.hpp"

/// Prints what a listener hears: lines to stdout, warnings, errors and progress to stderr.
class Console {
 public:
  bondscope::ml::Listener listener();

 private:
  void clear();

  std::optional<bondscope::Progress> images_, training_;
};

/// An evaluation as lines.
void print(const bondscope::ml::Evaluation& evaluation);

/// To standard error, each as a warning.
void print_warnings(const std::vector<std::string>& warnings);

/// "KIND: FOLDER (this took 12 min 5 s)"
void print_end(const std::string& kind, const std::filesystem::path& folder,
               const bondscope::ml::Limits& limits);

/// Prints the curves and writes them into `folder` under that name.
void report_curves(const bondscope::ml::ErrorCurves& errors, const std::filesystem::path& folder,
                   const std::string& name, const bondscope::ml::Limits& limits);
