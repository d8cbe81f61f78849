#pragma once

// Complex Fourier transforms of eight lines at once, one in each lane of a Block.
//
// A forward transform (decimation in frequency) leaves its elements in an order of its own and the backward
// one takes them so: what lies between only multiplies element by element, and nobody has to sort.

#include <vector>

#include "libtdse/fourier/kernels.hpp"
#include "libtdse/fourier/memory.hpp"

namespace bondscope::tdse {

/// Whether lines of this length can be transformed: a multiple of 8 with no prime factor above 5, 16 … 8192.
bool transformable(int length);
/// The smallest such length >= n. Throws ConfigError if there is none.
int transformable_length(int n);
/// The radices for a length, first to last; empty if it is not transformable.
std::vector<int> radices(int length);

/// The passes of a transform of one length, and where frequencies end up. Real: double or float.
template <class Real>
class BasicLineTransform {
 public:
  /// Throws ConfigError for lengths that are not transformable().
  explicit BasicLineTransform(int length);

  /// Points of a line.
  int length() const { return length_; }
  /// Frequency m in 0 … length-1 of the element that the forward transform, Σ exp(-2πi mj/length), leaves at
  /// a position, and the reverse.
  int frequency(int position) const { return frequency_[static_cast<std::size_t>(position)]; }
  /// By frequency: its position after the passes.
  const std::vector<int>& positions() const { return position_; }

  /// For the kernels.
  BasicPassList<Real> passes() const { return {passes_.data(), static_cast<int>(passes_.size()), length_}; }
  /// For each group of the last pass that with the opposite frequencies.
  const std::vector<int>& partner_groups() const { return partner_group_; }

 private:
  int length_;
  std::vector<AlignedVector<Real>> twiddles_;
  std::vector<BasicPass<Real>> passes_;
  std::vector<int> frequency_, position_, partner_group_;
};
using LineTransform = BasicLineTransform<double>;  ///< in double precision

}  // namespace bondscope::tdse
