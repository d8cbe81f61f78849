#include "libml/experiments/work_folder.hpp"

#include <unistd.h>

#include "libml/train/model_folder.hpp"

namespace bondscope::ml {
namespace {

void remove_empty(const std::vector<std::filesystem::path>& folders) {
  for (const auto& folder : folders)
    ::rmdir(folder.c_str());  // refuses a folder that is not empty
}

}  // namespace

WorkFolder::WorkFolder(const std::filesystem::path& folder) {
  std::error_code status;
  for (auto path = std::filesystem::absolute(folder);
       path.has_relative_path() && !std::filesystem::exists(path, status); path = path.parent_path())
    made_.push_back(path);
  try {
    prepare_folder(folder);
    lock_.emplace(folder);
  } catch (...) {
    remove_empty(made_);
    throw;
  }
}

WorkFolder::~WorkFolder() {
  lock_.reset();
  remove_empty(made_);
}

}  // namespace bondscope::ml
