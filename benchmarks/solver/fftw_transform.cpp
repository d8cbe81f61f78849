#include "benchmarks/solver/fftw_transform.hpp"

#include <new>
#include <vector>

#include "benchmarks/solver/timing.hpp"
#include "libpmd/base/error.hpp"

namespace bondscope::tdse::bench {

FftwTransform::FftwTransform(int nx, int ny, Planning planning, bool backward_too)
    : points_(static_cast<std::size_t>(nx) * static_cast<std::size_t>(ny)),
      data_(fftw_alloc_complex(points_)) {
  if (!data_) throw std::bad_alloc();
  const auto plan = [&](Direction direction) {
    Plan made(fftw_plan_dft_2d(nx, ny, data_.get(), data_.get(), static_cast<int>(direction),
                               static_cast<unsigned>(planning)));
    if (!made) throw Error("FFTW has no plan for this size");
    return made;
  };
  forward_ = plan(Direction::forward);
  if (backward_too) backward_ = plan(Direction::backward);
  refill();
}

void FftwTransform::refill() {
  constexpr double small = 1e-100;
  for (std::size_t i = 0; i < points_; ++i) {
    data_[i][0] = small * static_cast<double>(i % 101);
    data_[i][1] = small * static_cast<double>(i % 37);
  }
}

Yardstick::Yardstick() : transform_(720, 720, FftwTransform::Planning::patient, false) {}

double Yardstick::measure() {
  constexpr int transforms = 21;
  transform_.refill();
  transform_.forward();
  std::vector<double> seconds;
  for (int i = 0; i < transforms; ++i) {
    const double begin = now();
    transform_.forward();
    seconds.push_back(now() - begin);
  }
  return median(std::move(seconds));
}

}  // namespace bondscope::tdse::bench
