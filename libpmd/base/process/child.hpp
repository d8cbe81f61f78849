#pragma once

// Work that may crash, hang or ask for all memory there is, as reading a file from a stranger through a
// library may, done in a child process first: then that is an error message here.

#include <cstdint>
#include <functional>
#include <string>

namespace bondscope {

/// What a child process may use.
struct ChildLimits {
  /// Beyond what the process has mapped already. Not kept under the address sanitizer, which maps terabytes.
  std::uint64_t memory_bytes = std::uint64_t{2} << 30;
  int processor_seconds = 30;  ///< of one processor
  int seconds = 300;           ///< by the clock
};

/// How a child process ended.
struct ChildOutcome {
  /// Kinds of ends.
  enum class End { well, error, out_of_memory, out_of_time, crash };
  End end = End::well;  ///< the kind
  std::string text;     ///< what the task returned; what() of its error; the signal that a crash ended with
  std::function<void()>
      rethrow{};  ///< after an error: throws it here, of the same class if that is one of error.hpp
};

/// Runs `task` in a child process. Nothing that it changes in memory, writes to stderr or leaves in a buffer
/// reaches this process. There must be no threads yet that hold locks. Throws Error if no process can be
/// started.
ChildOutcome run_in_child(const std::function<std::string()>& task, const ChildLimits& limits = {});

/// For reading a file: an error of `task` is thrown as it is, and any other end but a good one as a DataError
/// that begins with `name`.
void try_in_child(const std::string& name, const std::function<void()>& task, const ChildLimits& limits = {});

}  // namespace bondscope
