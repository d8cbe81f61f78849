#include "libtdse/solver/checkpointing.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/model/fields.hpp"
#include "libpmd/model/parameter.hpp"
#include "libpmd/model/pulse_parameters.hpp"
#include "libtdse/fourier/chosen_kernels.hpp"

namespace bondscope::tdse {
namespace {

/// All that the bits of a state may depend on.
std::string identity_of(const Plan& plan) {
  std::string run = plan.parameters().molecule;
  for (const auto& [name, value] : values_of(plan.parameters()))
    run += fmt::format(", {} = {}", name, format_number(value));
  run += fmt::format(", pulse = {}", to_text(plan.model().pulse));
  for (const auto& field : model_fields())
    run += fmt::format(", {} = {}", field.key, format_number(field.get(plan.model())));
  for (const auto& molecule : plan.model().molecules)
    run.append("\n").append(molecule.to_yaml());
  return fmt::format("run of tdse {}, {}, {}\n{}\n{}", code_version(), executable_fingerprint(),
                     chosen_kernels().name, run, plan.preset().to_yaml());
}

/// None if it is missing, damaged, of another run or unreadable: the run then starts from the beginning.
std::optional<ArrayReader> opened(const std::filesystem::path& file, const std::string& identity) {
  try {
    return ArrayReader::open(file, identity);
  } catch (const Error&) {
    return {};
  }
}

/// How long the run had taken; negative without a state.
double seconds_of(const std::optional<ArrayReader>& state) {
  if (!state || !state->has("seconds")) return -1;
  try {
    return state->scalar<double>("seconds");
  } catch (const Error&) {
    return -1;
  }
}

}  // namespace

Saver::Saver(const Plan& plan, const Team& team, const Checkpointing& settings)
    : plan_(plan), team_(team), settings_(settings), due_(settings.first * settings.interval) {}

const std::string& Saver::identity() const {
  if (identity_.empty()) identity_ = identity_of(plan_);
  return identity_;
}

std::unique_ptr<Propagator> Saver::continued(const Method& method) const {
  if (settings_.file.empty() || !settings_.look) return {};
  auto file = settings_.file;
  if (!settings_.at_end.empty() &&
      seconds_of(opened(settings_.at_end, identity())) > seconds_of(opened(file, identity())))
    file = settings_.at_end;
  const auto state = opened(file, identity());
  // A file system may show the state to one machine and not to another; a propagator is made by all or none.
  Ranks& ranks = *team_.ranks;
  double with_state = state ? 1 : 0;
  ranks.sum({&with_state, 1});
  if (with_state != ranks.size()) return {};
  std::unique_ptr<Propagator> propagator;
  try {
    propagator = method(plan_, team_, &*state);
  } catch (const Error&) {
    // An impossible state: as if there were none.
  }
  constexpr double nothing = -1;
  std::vector<double> found(static_cast<std::size_t>(ranks.size()));
  found[static_cast<std::size_t>(ranks.rank())] = propagator ? propagator->time() : nothing;
  ranks.sum(found);
  // One machine may have been shown an older state than another.
  if (found.front() == nothing || std::count(found.begin(), found.end(), found.front()) != ranks.size())
    propagator.reset();
  return propagator;
}

void Saver::save(const Propagator& propagator, double seconds, bool interrupted) {
  if (settings_.file.empty()) return;
  const double fraction = propagator.fraction();
  const bool wanted = interrupted || seconds_since(last_) >= due_;
  const bool worth_saving = fraction > 0 && seconds / fraction > settings_.interval;
  // Clocks differ: rank 0 decides for all.
  double saving = team_.ranks->rank() == 0 && wanted && worth_saving ? 1 : 0;
  team_.ranks->sum({&saving, 1});
  if (saving == 0) return;
  last_ = Clock::now();
  due_ = settings_.interval;
  if (!interrupted || settings_.at_end.empty()) return write(propagator, seconds, settings_.file);
  write(propagator, seconds, settings_.at_end);
  if (team_.ranks->rank() == 0 && error_.empty() && settings_.at_end != settings_.file) {
    std::error_code status;
    std::filesystem::remove(settings_.file, status);  // it is the older one
  }
}

void Saver::write(const Propagator& propagator, double seconds, const std::filesystem::path& file) {
  try {
    propagator.save(file, identity(), seconds);
    saved_at_ = propagator.time();
    error_.clear();
    if (team_.ranks->rank() == 0 && settings_.saved) settings_.saved();
  } catch (const FileError& e) {
    // A run that cannot be saved is no worse off than before.
    error_ = e.what();
  }
}

}  // namespace bondscope::tdse
