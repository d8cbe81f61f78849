#include "apps/pmd_train/console.hpp"

#include <iostream>

#include <unistd.h>

#include "apps/pmd_train/watcher.hpp"
#include "libml/report/lines.hpp"
#include "libml/report/tables.hpp"

using namespace bondscope;

ml::SampleSet load(const std::string& store, const ImageSettings& image, int threads,
                   const ml::LoadMonitor& check) {
  const auto start = Clock::now();
  auto last = start;
  const auto progress = [&](std::size_t made, std::size_t all) {
    if (check) check(made, all);
    if (seconds_since(last) < 3) return;
    last = Clock::now();
    std::cout << "images: " << made << " of " << all << std::endl;
  };
  auto samples = ml::load_samples(store, image, threads, progress);
  std::cout << ml::describe(samples, seconds_since(start)) << std::endl;
  return samples;
}

void print(const ml::Evaluation& evaluation) {
  if (evaluation.left_out > 0)
    std::cout << "held-out runs only: " << evaluation.left_out
              << " of this store's runs had a part in the training\n";
  if (evaluation.for_training_only > 0)
    std::cout << "left out: " << evaluation.for_training_only << " runs that are marked for training only\n";
  std::cout << ml::summary(evaluation) << std::flush;
}

void print_warnings(const std::vector<std::string>& warnings) {
  for (const auto& warning : warnings)
    std::cerr << "warning: " << warning << '\n';
}

NewFolders::NewFolders(const std::filesystem::path& folder) {
  std::error_code status;
  for (auto path = std::filesystem::absolute(folder);
       path.has_relative_path() && !std::filesystem::exists(path, status); path = path.parent_path())
    folders_.push_back(path);
}

NewFolders::~NewFolders() {
  for (const auto& folder : folders_)
    ::rmdir(folder.c_str());  // refuses a folder that is not empty
}
