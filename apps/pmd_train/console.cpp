#include "apps/pmd_train/console.hpp"

#include <chrono>
#include <iostream>

#include <fmt/format.h>

#include "libml/report/tables.hpp"
#include "libpmd/base/text/duration.hpp"

using namespace bondscope;

void Console::clear() {
  images_.reset();
  training_.reset();
}

ml::Listener Console::listener() {
  return {.line =
              [this](const std::string& text) {
                clear();
                std::cout << text << std::endl;
              },
          .warning =
              [this](const std::string& text) {
                clear();
                print_warnings({text});
              },
          .error =
              [this](const std::string& text) {
                clear();
                std::cerr << "error: " << text << '\n';
              },
          .images =
              [this](std::size_t made, std::size_t all) {
                if (!images_) images_.emplace("load", "images");
                (*images_)(made, all);
              },
          .progress =
              [this](const std::function<std::string()>& text) {
                if (!training_) training_.emplace("", "", std::chrono::seconds(30));
                training_->show(text);
              }};
}

void print(const ml::Evaluation& evaluation) {
  if (evaluation.left_out > 0)
    std::cout << fmt::format("held-out runs only: {} of this store's runs had a part in the training\n",
                             evaluation.left_out);
  if (evaluation.for_training_only > 0)
    std::cout << fmt::format("left out: {} runs that are marked for training only\n",
                             evaluation.for_training_only);
  std::cout << ml::summary(evaluation) << std::flush;
}

void print_warnings(const std::vector<std::string>& warnings) {
  for (const auto& warning : warnings)
    std::cerr << "warning: " << warning << '\n';
}

void print_end(const std::string& kind, const std::filesystem::path& folder, const ml::Limits& limits) {
  std::cout << fmt::format("{}: {} (this took {})\n", kind, folder.string(), format_duration(limits.now()));
}

void report_curves(const ml::ErrorCurves& errors, const std::filesystem::path& folder,
                   const std::string& name, const ml::Limits& limits) {
  const auto curves = ml::summarise(errors);
  std::cout << '\n' << ml::describe(curves, errors);
  print_warnings(ml::write_error_curves(folder, name, errors, curves));
  print_end("results", folder, limits);
}
