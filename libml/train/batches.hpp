#pragma once

// The samples as the trainer's loop takes them: batch by batch, on the network's device.

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
/// their batch's turn comes. What frozen blocks make of them is computed once, here, if it takes no more than
/// most_feature_bytes and images are not turned, else in every epoch. `data` must live on.
class Batches {
 public:
  /// All must outlive this.
  Batches(const Network& network, const Recipe& recipe, const TrainingData& data);

  /// Of an epoch.
  std::size_t size() const;
  /// The samples at these positions of `data`. With `augmented`, they are mirrored and turned as the recipe's
  /// augmentation says; that depends on its seed and `turn` only.
  Batch pick(std::span<const std::size_t> positions, std::uint64_t turn, bool augmented) const;

  /// What frozen blocks have made of all images in all their copies may take so much memory.
  static constexpr std::int64_t most_feature_bytes = std::int64_t{2} << 30;

 private:
  /// Of each of the positions, one of copies_.
  using Chosen = std::span<const std::size_t>;

  std::vector<std::size_t> chosen_copies(std::size_t count, std::uint64_t turn) const;
  torch::Tensor targets(const torch::Tensor& index, Chosen copies) const;
  torch::Tensor turned_images(std::span<const std::size_t> positions, Chosen copies,
                              std::uint64_t turn) const;
  torch::Tensor images(std::span<const std::size_t> positions, Chosen copies) const;
  torch::Tensor images_on_cpu(std::span<const std::size_t> positions, Chosen copies) const;
  torch::Tensor frozen_blocks(const torch::Tensor& images) const;
  void compute_features();

  const Network& network_;
  const Recipe& recipe_;
  const TrainingData& data_;
  torch::Device device_;
  std::vector<Mirrors> copies_;     ///< of an image that are in use
  torch::Tensor targets_, extent_;  ///< of all samples; extents once for each copy, one copy after the other
  torch::Tensor mean_image_;        ///< as the images are, where it is needed
  torch::Tensor pixels_;            ///< on a GPU
  torch::Tensor features_;          ///< if blocks are frozen: as extent_
};

}  // namespace bondscope::ml
