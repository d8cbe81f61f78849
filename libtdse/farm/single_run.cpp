#include "libtdse/farm/single_run.hpp"

#include <iterator>
#include <sstream>

#include <fmt/format.h>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/array_file.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/store/store.hpp"
#include "libtdse/farm/executor.hpp"
#include "libtdse/farm/solve.hpp"
#include "libtdse/parallel/mpi_ranks.hpp"

namespace bondscope::tdse {
namespace {

std::shared_ptr<Threads> start_threads(int count) {
  try {
    return std::make_shared<Threads>(count);
  } catch (const ConfigError& e) {
    throw Error(e.what());  // maybe here alone
  }
}

}  // namespace

std::string single_run_dataset(const RunParameters& run, double angle_deg, const ModelParameters& model) {
  const auto yaml =
      fmt::format(R"(name: single run
pulse: {{wavelength_nm: {}, cycles: {}}}
softening: {}
runs:
  - {{molecule: {}, R: {}, intensity_w_cm2: {}, cep: {}, angle_deg: {}}}
)",
                  format_number(model.wavelength_nm), model.cycles, format_number(model.softening),
                  run.molecule, format_number(run.R), format_number(run.intensity_w_cm2),
                  format_number(run.cep), format_number(angle_deg));
  DataSet::from_config(Config::from_text(yaml, "command line"));
  return yaml;
}

std::string SingleRun::text() const {
  return fmt::format("{}\n{}\n{}\n{}", threads, format_number(checkpointing.interval),
                     checkpointing.file.string(), configuration);
}

SingleRun SingleRun::from_text(const std::string& text) {
  std::istringstream lines(text);
  std::string threads, interval, file;
  std::getline(lines, threads);
  std::getline(lines, interval);
  std::getline(lines, file);
  const std::string rest(std::istreambuf_iterator<char>(lines), {});
  const auto configuration = FarmConfiguration::from_resolved(rest, "the configuration of rank 0");
  return {std::stoi(threads),
          {file, std::stod(interval)},
          rest,
          configuration.plan(configuration.dataset.draw().front())};
}

double expected_seconds(const SingleRun& run, const std::shared_ptr<MpiRanks>& ranks) {
  return expected_seconds(run.plan, Team{.ranks = ranks});
}

RunResult compute(const SingleRun& run, const std::shared_ptr<MpiRanks>& ranks, const RunMonitor& monitor) {
  const Team team{ranks, start_threads(run.threads)};
  return solve(run.plan, monitor, team, run.checkpointing);
}

SingleResult compute_into(const std::filesystem::path& output, std::uint32_t attempt, const SingleRun& run,
                          const std::shared_ptr<MpiRanks>& ranks, const RunMonitor& monitor) {
  const auto saved = checkpoint_file(output, 0);
  const auto writable = [&] { return Store::open(output, Store::Mode::write); };
  try {
    SingleResult single{compute(run, ranks, monitor), {}};
    const auto& result = single.result;
    writable().write(0, result.pmd, result.diagnostics, attempt);
    if (!result.checkpoint_error.empty())
      single.notes.push_back("the run could not be saved on the way: " + result.checkpoint_error);
    try {
      remove_array_file(saved);
    } catch (const FileError& e) {
      single.notes.emplace_back(e.what());  // the run itself is safe
    }
    return single;
  } catch (const NumericsError& e) {
    remove_array_file(saved);
    writable().write_failure(0, attempt, kind_of(e), e.what());
    throw;
  }
}

}  // namespace bondscope::tdse
