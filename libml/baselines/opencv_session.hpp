#pragma once

// Calls into OpenCV: on one thread each, because the callers share out the work themselves, and with this
// project's errors.

#include <functional>

namespace bondscope::ml {

/// Runs `work` while OpenCV starts no threads of its own; its setting (of the whole process) is put back
/// afterwards. Throws NumericsError where OpenCV throws cv::Exception, and what else `work` throws.
void with_opencv(const std::function<void()>& work);

}  // namespace bondscope::ml
