// What descriptions and recipes need of the rooms with LibTorch and OpenCV: a version and names.

#include <array>

#include "libml/baselines/baseline.hpp"
#include "libml/nets/network.hpp"
#include "libml/train/process.hpp"

namespace bondscope::ml {

std::string libtorch_version() {
  return "none";
}

const char* to_string(Device) {
  return "cpu";
}

std::span<const BaselineKind> baselines() {
  static const std::array<BaselineKind, 7> kinds{{{"kernel", "", nullptr, true, true},
                                                  {"likelihood", "", nullptr, true, true, false, true},
                                                  {"mse", "", nullptr},
                                                  {"sift", "", nullptr},
                                                  {"svm_hog", "", nullptr},
                                                  {"tree_hog", "", nullptr},
                                                  {"svm_sift", "", nullptr}}};
  return kinds;
}

}  // namespace bondscope::ml
