#pragma once

// Why a run failed: a kind that programs can count, and a reason in words.

#include <cstddef>
#include <cstdint>
#include <string>

namespace bondscope {

/// The numbers are those in the file.
enum class FailureKind : std::uint32_t {
  none = 0,         ///< has not failed
  not_finite = 1,   ///< values that are not finite
  norm_grew = 2,    ///< the norm grew
  start_state = 3,  ///< no start state was found
  time_limit = 4,   ///< took longer than a run may
  checksum = 5,     ///< what was sent or stored does not match its checksum
  killed = 6,       ///< its process died under it, again and again
  other = 7
};
/// Its name in files and reports.
const char* to_string(FailureKind kind);

/// Bytes of a reason in a store.
inline constexpr std::size_t reason_bytes = 240;

/// The text as a store keeps it: at most reason_bytes, cut between characters; control characters become
/// spaces and what is not UTF-8 becomes '?'.
std::string storable_reason(const std::string& text);

}  // namespace bondscope
