#pragma once

// Lines for people who watch a training.

#include <string>

#include "libml/data/samples.hpp"
#include "libml/train/model_folder.hpp"
#include "libml/train/trainer.hpp"

namespace bondscope::ml {

/// What a store gave and what was left out.
std::string describe(const SampleSet& samples, double seconds);

/// Where the running epoch is.
std::string progress_line(const BatchDone& batch, const Recipe& recipe, double seconds_left);

/// Split, network and machine of a training that begins.
std::string describe_start(const ModelDescription& model);

/// One epoch: learning rate, losses, mean absolute errors, time left.
std::string progress_line(const Epoch& epoch, const Recipe& recipe, double seconds_left);

}  // namespace bondscope::ml
