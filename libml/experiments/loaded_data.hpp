#pragma once

// The samples of the stores that trainings need, each loaded once and when it is first needed.

#include <map>
#include <string>

#include "libml/data/samples.hpp"
#include "libml/experiments/limits.hpp"
#include "libml/experiments/listener.hpp"

namespace bondscope::ml {

/// load_samples() that tells how far it is and what it found. `check` is called now and then; what it throws
/// ends the loading.
SampleSet load_samples(const std::string& store, const ImageSettings& image, int threads,
                       const Listener& listener, const LoadMonitor& check = {});

/// Data sets that several trainings need, read once.
class LoadedData {
 public:
  /// All must outlive it.
  LoadedData(const Limits& limits, const Listener& listener, int threads)
      : limits_(limits), listener_(listener), threads_(threads) {}

  /// Without images; joined() with those of another store if `with` names one.
  const SampleSet& listed(const std::string& store, const ImageSettings& image, const std::string& with = {});
  /// The images. Throws as load_samples() and joined().
  const SampleSet& loaded(const std::string& store, const ImageSettings& image, const std::string& with = {});
  /// From now on a time limit means that the same command goes on.
  void something_done() { something_done_ = true; }

 private:
  const Limits& limits_;
  const Listener& listener_;
  int threads_;
  bool something_done_ = false;
  std::map<std::string, SampleSet> listed_, loaded_;  ///< by store and image
};

}  // namespace bondscope::ml
