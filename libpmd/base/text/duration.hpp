#pragma once

// Spans of time as people and batch systems write them.

#include <string>

namespace bondscope {

/// Seconds, more than 0 and at most 1e8, from "90" or "0.5" (seconds), "30:00" (minutes:seconds), "4:00:00"
/// (hours:minutes:seconds), "2-04" (days-hours), "2-04:00" or "2-04:00:00": Slurm's forms, but a number alone
/// is in seconds. Throws ConfigError that begins with `name`, e.g. "--time-limit".
double read_duration(const std::string& name, const std::string& text);

}  // namespace bondscope
