#pragma once

// FFTW as the measure of things: complex double transforms of two dimensions, in place, one thread.

#include <memory>

#include <fftw3.h>

namespace bondscope::tdse::bench {

class FftwTransform {
 public:
  enum class Planning : unsigned { measured = FFTW_MEASURE, patient = FFTW_PATIENT };
  enum class Direction : int { forward = FFTW_FORWARD, backward = FFTW_BACKWARD };

  /// Plans both directions or only the forward one.
  FftwTransform(int nx, int ny, Planning planning, bool backward_too);

  /// Small values, so that some forty transforms there and back do not overflow.
  void refill();
  void forward() { fftw_execute(forward_.get()); }
  void backward() { fftw_execute(backward_.get()); }

 private:
  struct Free {
    void operator()(fftw_complex* data) const { fftw_free(data); }
    void operator()(fftw_plan plan) const { fftw_destroy_plan(plan); }
  };
  using Plan = std::unique_ptr<fftw_plan_s, Free>;

  std::size_t points_;
  std::unique_ptr<fftw_complex[], Free> data_;
  Plan forward_, backward_;
};

/// The unit of time of the tables: one 720 × 720 transform with FFTW's most patient plan.
class Yardstick {
 public:
  Yardstick();
  /// Seconds per transform at this moment, the median of several.
  double measure();

 private:
  FftwTransform transform_;
};

}  // namespace bondscope::tdse::bench
