#pragma once

// What a process that trains sets once, before anything else.

#include <string>

namespace bondscope::ml {

/// Threads of LibTorch, and memory that stays with the process: by default glibc returns every freed
/// activation (some 100 MB) to the kernel and faults it in anew at the next batch, which cost a factor 2.5
/// when measured.
void prepare_process(int threads);
/// As prepared.
int process_threads();

/// Seconds since the process began, with the loading of its libraries; 0 where the system does not say.
double process_age();

/// Of the library at run time.
std::string libtorch_version();

}  // namespace bondscope::ml
