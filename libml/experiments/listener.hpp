#pragma once

// Whom trainings and experiments tell how they go: libraries do not print.

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace bondscope::ml {

/// All must be set.
struct Listener {
  std::function<void(const std::string&)> line;  ///< what was begun, what came out
  /// Gets lines for the user.
  std::function<void(const std::string&)> warning;
  std::function<void(const std::string&)> error;  ///< of one of several, after which the others go on
  /// So many images of so many were made.
  std::function<void(std::size_t made, std::size_t all)> images;
  /// Where a training is; called often, the text is made only when it is shown.
  std::function<void(const std::function<std::string()>& text)> progress;

  /// Each of them.
  void warnings(const std::vector<std::string>& all) const {
    for (const auto& one : all)
      warning(one);
  }
};

}  // namespace bondscope::ml
