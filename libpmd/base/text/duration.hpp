#pragma once

// Spans of time as people and batch systems write them.

#include <string>

namespace bondscope {

/// Seconds, more than 0 and at most 1e8, from "90" or "0.5" (seconds), "30:00" (minutes:seconds), "4:00:00"
/// (hours:minutes:seconds), "2-04" (days-hours), "2-04:00" or "2-04:00:00": Slurm's forms, but a number alone
/// is in seconds. Throws ConfigError that begins with `name`, e.g. "--time-limit".
double read_duration(const std::string& name, const std::string& text);

/// Two units at most, e.g. "0.05 s", "4.2 s", "12 min 5 s", "3 h 20 min", "2 d 4 h"; "unknown time" of what
/// is negative or not finite.
std::string format_duration(double seconds);

}  // namespace bondscope
