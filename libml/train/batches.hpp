#pragma once

// The samples as the trainer's loop takes them: batch by batch, on the network's device.

#include <array>
#include <span>
#include <vector>

#include <torch/types.h>

#include "libml/nets/network.hpp"
#include "libml/train/trainer.hpp"

namespace bondscope::ml {

/// Samples that are learned from at once.
struct Batch {
  torch::Tensor inputs;   ///< images [sample][1][width][height], or what frozen blocks made of them
  torch::Tensor extent;   ///< [sample][4] if the network is told it
  torch::Tensor targets;  ///< as the network answers them [sample][target]; of classes int64 [sample]
};

/// Images stay the bytes or floats that they are in the SampleSet (on a GPU: a copy of them there) until
/// their batch's turn comes. What frozen blocks make of them is computed once, here. `data` must live on.
class Batches {
 public:
  /// All must outlive this.
  Batches(const Network& network, const Recipe& recipe, const TrainingData& data);

  /// Of an epoch.
  std::size_t size() const;
  /// The samples at these positions of `data`. With `mirrored`, those whose turn it is are mirrored as the
  /// recipe's augmentation says; that depends on its seed and `turn` only.
  Batch pick(std::span<const std::size_t> positions, std::uint64_t turn, bool mirrored) const;

 private:
  enum Mirror : std::size_t { none = 0, kx = 1, ky = 2 };

  std::vector<std::size_t> mirrors(std::size_t count, std::uint64_t turn) const;
  torch::Tensor images(std::span<const std::size_t> positions, std::span<const std::size_t> mirrored) const;
  torch::Tensor images_on_cpu(std::span<const std::size_t> positions,
                              std::span<const std::size_t> mirrored) const;
  void compute_features();

  const Network& network_;
  const Recipe& recipe_;
  const TrainingData& data_;
  torch::Device device_;
  torch::Tensor targets_, extent_;
  torch::Tensor pixels_, mean_image_;  ///< on a GPU
  torch::Tensor features_;  ///< if blocks are frozen: of all samples, once for each kind of mirroring in use
  std::array<std::size_t, 4> place_of_{};  ///< of a kind of mirroring in features_, in multiples of size()
};

}  // namespace bondscope::ml
