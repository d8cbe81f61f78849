#pragma once

// Which runs of a store failed and why, and which were begun and never ended.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "libpmd/store/store.hpp"

namespace bondscope {

struct FailedRun {
  std::size_t run = 0;
  FailureKind kind = FailureKind::other;
  std::uint32_t attempts = 0;
  std::string reason;  ///< empty if it is damaged
};

/// Pending, and running now or its process died under it.
struct BegunRun {
  std::size_t run = 0;
  std::uint32_t begun = 0;  ///< times without an end being known
};

struct FailureList {
  std::vector<FailedRun> failed;
  std::vector<BegunRun> begun;
};

FailureList list_failures(const Store& store);

}  // namespace bondscope
