#pragma once

// Takes what leaves one grid to the momentum amplitude.
//
// Over a window of time the events are collected on a momentum grid of the box's own, refined where necessary
// (shifted transforms), with phases that refer to the middle of the window. There the collected wave is still
// a few box widths wide at most, so that its transform is known between the grid's points: at the end of a
// window it is interpolated to the output axes by a windowed sinc kernel, where the phases of the rest of the
// time are exact. One window for all times would not do: electrons set free late come, taken back to any
// common time, from far outside every affordable box.
//
// Where every second point of the grid still tells the momenta of what leaves from those of the output axes,
// only these are transformed.

#include <cstdint>
#include <vector>

#include "libpmd/base/files/array_file.hpp"
#include "libpmd/model/pulse.hpp"
#include "libtdse/fourier/line_transform.hpp"
#include "libtdse/solver/absorber.hpp"

namespace bondscope::tdse {

/// Adds what the absorber takes away to the momentum amplitude. Real: the precision of the field, double or
/// float.
template <class Real>
class BasicCollector {
 public:
  using Block = BasicBlock<Real>;  ///< of its precision
  using Field = BasicField<Real>;  ///< of its precision

  /// Momenta up to `fastest`, a.u., or the end of the axes are collected; nothing faster than `fastest` is
  /// inside. `amplitude` receives the windows and must outlive the collector.
  BasicCollector(const Grid& grid, const Absorber& absorber, const Pulse& pulse, const Preset& preset,
                 double fastest, const Team& team, MomentumAmplitude& amplitude);

  /// Adds (1 - M)ψ, which the absorber is about to take from ψ at time t; t must not decrease. This rank's
  /// rows.
  void add(const Field& psi, double t);
  /// Ends the window that is open, if any.
  void finish();

  /// Adds the open window's times to what is saved and returns the window itself, that of all ranks.
  AlignedVector<Block> save(ArrayWriter& state) const;
  /// Throws DataError if it is not a window of this collector.
  void restore(const ArrayReader& state);

 private:
  /// The refined momentum grid of one direction: k_q = q · spacing, q = m · refinement + shift with m the
  /// index of the sampled line's own transform. Slots are what is kept: shift by shift, q ascending.
  struct FineAxis {
    BasicLineTransform<Real> transform;
    int refinement = 1;
    double spacing = 0;       ///< of k
    int first = 0, last = 0;  ///< range of q
    double origin = 0;        ///< position of the first sampled point
    double sample_spacing = 0;
    int shift_multiple = 1;  ///< slots of a shift are filled up to a multiple of this
    std::vector<int> q;      ///< by slot
    std::vector<int> order;  ///< by slot: position in the transform
    std::vector<int> begin;  ///< first slot of each shift, and the end
    std::vector<std::vector<std::complex<Real>>> shift_phases;  ///< by shift and sampled point
    std::vector<int> slot;                                      ///< by q - first

    FineAxis(int points, double sample_spacing, double max, double outermost, bool positive,
             int shift_multiple);
    double momentum(int index) const { return index * spacing; }
    /// How far from the middle of the box a wave may lie for its transform to be known between the points.
    double reach() const;
  };

  /// Values at output momenta from those at `taps` points of a refined grid that q ascends on.
  struct Interpolation {
    std::vector<int> first;  ///< by output k: the first point under the kernel, counted from the grid's first
    std::vector<Real> weights;  ///< taps for each, zero for momenta that are not collected
  };
  static Interpolation interpolation(const std::vector<double>& k, double largest, int first, int last,
                                     double spacing);
  void open_window(double t);
  void transform_rows(const Field& psi);
  void share_columns();
  void transform_columns(double t);
  void sum_over_ranks(AlignedVector<Block>& blocks);
  double sampled_weight() const;  ///< of a sampled point in ψ̃

  Grid grid_;
  Pulse pulse_;
  Team team_;
  MomentumAmplitude* amplitude_;
  const BasicKernels<Real>* kernels_;
  int every_;                     ///< every this many points are sampled
  double fastest_x_, fastest_y_;  ///< largest momenta that are collected, a.u.
  FineAxis fine_x_, fine_y_;
  double margin_x_, margin_y_;  ///< how far a wave may be taken from where the absorber holds it
  Part sampled_rows_;
  std::vector<int> sampled_columns_;  ///< of the grid, by point of a sampled line
  AlignedVector<Real> taken_;         ///< 1 - M by sampled row and column of the grid
  std::vector<bool> touched_;         ///< by group of eight sampled rows
  Part blocks_;                       ///< of slots along y whose columns this rank transforms
  std::ptrdiff_t mixed_stride_;
  AlignedVector<Block> mixed_;   ///< sampled rows × blocks of slots along y
  AlignedVector<Block> shared_;  ///< all sampled rows × this rank's blocks; only with several ranks
  std::vector<AlignedVector<Block>> tiles_;
  Interpolation to_kx_, to_ky_;

  struct Window {
    std::int64_t open = 0;
    double middle = 0, end = 0;  ///< a.u.
  };
  Window window_;
  AlignedVector<Block> collected_;  ///< [block of slots along y][slot along x]
};
using Collector = BasicCollector<double>;  ///< in double precision

}  // namespace bondscope::tdse
