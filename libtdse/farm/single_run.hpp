#pragma once

// One run into a store of its own, solved by all ranks of a job together.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "libtdse/farm/configuration.hpp"
#include "libtdse/solver/plan.hpp"
#include "libtdse/solver/run.hpp"

namespace bondscope::tdse {

class MpiRanks;

/// The YAML of a data set of one run. Throws ConfigError if it is not admissible.
std::string single_run_dataset(const RunParameters& run, double angle_deg, const ModelParameters& model);

/// What every rank needs to know to take part: rank 0 reads the configuration, the others get this.
struct SingleRun {
  int threads = 1;              ///< of each rank
  Checkpointing checkpointing;  ///< beside the output
  std::string configuration;    ///< resolved; of a data set of one run
  Plan plan;                    ///< of that run

  std::string text() const;
  static SingleRun from_text(const std::string& text);
};

/// Seconds that a run by the textbook method (`transforms: fftw`) is expected to take, measured on a few of
/// its steps. Every rank must call it.
double expected_seconds(const SingleRun& run, const std::shared_ptr<MpiRanks>& ranks);

/// What every rank does. Throws what run() throws, which meets all ranks alike; anything but an Error may
/// have happened on this rank alone, while the others wait.
RunResult compute(const SingleRun& run, const std::shared_ptr<MpiRanks>& ranks, const RunMonitor& monitor);

struct SingleResult {
  RunResult result;
  std::vector<std::string> notes;  ///< what could not be done about saved states
};

/// On rank 0: computes with the others and writes what came out into the store, the failure if it was one,
/// which is thrown then. The run's saved state is removed with either.
SingleResult compute_into(const std::filesystem::path& output, std::uint32_t attempt, const SingleRun& run,
                          const std::shared_ptr<MpiRanks>& ranks, const RunMonitor& monitor);

}  // namespace bondscope::tdse
