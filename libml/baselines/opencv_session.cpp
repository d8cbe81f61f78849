#include "libml/baselines/opencv_session.hpp"

#include <string>

#include <opencv2/core.hpp>

#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

class OneThread {
 public:
  OneThread() : before_(cv::getNumThreads()) { cv::setNumThreads(1); }
  ~OneThread() { cv::setNumThreads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

}  // namespace

void with_opencv(const std::function<void()>& work) {
  try {
    const OneThread one_thread;
    work();
  } catch (const cv::Exception& error) {
    throw NumericsError("OpenCV: " + error.err + " (in " + error.func + ")");
  }
}

}  // namespace bondscope::ml
