// Finds the parameters of a momentum distribution by computing others, on all ranks of an MPI job.

#include <algorithm>
#include <cmath>
#include <iostream>
#include <limits>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <mpi.h>
#include <nlohmann/json.hpp>

#include "apps/fit_input.hpp"
#include "apps/fit_options.hpp"
#include "apps/shared/program.hpp"
#include "apps/shared/progress.hpp"
#include "apps/worker_rank.hpp"
#include "libpmd/base/clock.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/model/focal.hpp"
#include "libtdse/farm/mpi_session.hpp"
#include "libtdse/farm/progress.hpp"
#include "libtdse/fit/computed_runs.hpp"
#include "libtdse/fit/estimate.hpp"
#include "libtdse/fit/fit.hpp"
#include "libtdse/fit/fit_picture.hpp"

using namespace bondscope;

namespace {

/// Ranges as wide as this are those of angles, which have no ends.
constexpr double any_angle = 1e6;

/// NAME=NUMBER of an option.
std::map<std::string, double> numbers(const std::string& option,
                                      const std::vector<std::string>& assignments) {
  std::map<std::string, double> values;
  for (const auto& assignment : assignments) {
    const auto equals = assignment.find('=');
    const auto value = read_number(assignment.substr(equals + 1));
    if (!value || !std::isfinite(*value))
      throw WrongCommandLine(fmt::format("--{} {}: expected NAME=NUMBER", option, assignment));
    values[assignment.substr(0, equals)] = *value;
  }
  return values;
}

std::map<std::string, Range> intervals(const std::vector<std::string>& assignments) {
  std::map<std::string, Range> values;
  for (const auto& assignment : assignments) {
    const auto equals = assignment.find('='), colon = assignment.find(':', equals);
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    const double min = read_number(assignment.substr(equals + 1, colon - equals - 1)).value_or(none),
                 max = colon == std::string::npos ? none
                                                  : read_number(assignment.substr(colon + 1)).value_or(none);
    if (!(min < max))
      throw WrongCommandLine(fmt::format("--bounds {}: expected NAME=MIN:MAX with MIN < MAX", assignment));
    values[assignment.substr(0, equals)] = Range::between(min, max);
  }
  return values;
}

/// Where the fit begins, with what is not fitted at its value.
RunParameters starting_run(const FitOptions& options, const FitInput& input, const tdse::Estimate& start) {
  const auto values = numbers("value", options.values);
  for (const auto& [name, value] : values)
    if (std::ranges::find(input.parameters, name, &Parameter::name) == input.parameters.end())
      throw WrongCommandLine(fmt::format("--value {}: runs have no such parameter", name));
  RunParameters run = input.run;
  for (const auto& parameter : input.parameters) {
    const bool fitted = std::ranges::find(options.fit, parameter.name) != options.fit.end();
    const auto place = start.place_of(parameter.name);
    if (const auto given = values.find(parameter.name); given != values.end())
      parameter.set(run, given->second);
    else if (place < start.values.size())
      parameter.set(run, start.values[place]);
    else if (fitted)
      throw WrongCommandLine(
          fmt::format("{} is fitted and has no start value; expected --value {}=… or --start with it",
                      parameter.name, parameter.name));
    else if (std::ranges::find(input.unknown, parameter.name) != input.unknown.end())
      throw WrongCommandLine(fmt::format("{}: {} is not known; expected --value {}=…, or to fit it",
                                         input.name, parameter.name, parameter.name));
  }
  return run;
}

std::vector<tdse::FitParameter> fitted_parameters(const FitOptions& options, const FitInput& input,
                                                  const RunParameters& start) {
  const auto steps = numbers("derivative-step", options.steps);
  const auto bounds = intervals(options.bounds);
  const auto expect_fitted = [&](const std::string& option, const std::string& name) {
    if (std::ranges::find(options.fit, name) == options.fit.end())
      throw WrongCommandLine(
          fmt::format("--{} {}: it is not fitted (--fit {})", option, name, fmt::join(options.fit, ",")));
  };
  for (const auto& [name, step] : steps)
    expect_fitted("derivative-step", name);
  for (const auto& [name, range] : bounds)
    expect_fitted("bounds", name);
  std::vector<tdse::FitParameter> fitted;
  for (const auto& name : options.fit) {
    const auto parameter = std::ranges::find(input.parameters, name, &Parameter::name);
    if (parameter == input.parameters.end())
      throw WrongCommandLine(fmt::format("--fit {}: runs have no such parameter", name));
    if (std::ranges::find(fitted, name, &tdse::FitParameter::name) != fitted.end())
      throw WrongCommandLine(fmt::format("--fit {}: named twice", name));
    const double value = parameter->of(start);
    const bool positive = parameter->range.min == 0 && parameter->range.min_open;
    const bool is_intensity = parameter->member == &RunParameters::intensity_w_cm2;
    double step = is_intensity ? 0.005 * value : parameter->member == &RunParameters::R ? 0.005 : 0.01;
    if (const auto given = steps.find(name); given != steps.end()) step = given->second;
    Range range = positive ? Range::between(0.7 * value, 1.4 * value) : Range::any();
    if (const auto given = bounds.find(name); given != bounds.end()) range = given->second;
    const auto& possible = parameter->range;
    if (std::isfinite(possible.min) && std::isfinite(possible.max) && possible.max < any_angle)
      range = Range::between(std::max(range.min, possible.min), std::min(range.max, possible.max));
    fitted.push_back({name, value, step, range, 0.02 * step});
  }
  return fitted;
}

class Fit {
 public:
  Fit(const FitOptions& options, tdse::Workers& workers, const SignalWatch& signals)
      : options_(options), input_(read_input(options)), progress_({}, {}, std::chrono::seconds(10)) {
    if (options.start) start_ = tdse::read_estimate(*options.start);
    begin_ = starting_run(options, input_, start_);
    fitted_ = fitted_parameters(options, input_, begin_);
    std::filesystem::create_directories(options.output);
    const tdse::GenerateListener listener{
        .line = [](const std::string&) {},
        .progress =
            [this](const tdse::Ledger& books) {
              progress_.show([&] { return tdse::progress_line(books.status()); });
            }};
    runs_.emplace(options.output / "runs.h5", input_.common, workers, signals, listener);
    std::tie(begin_, plane_) = runs_->resolved(begin_);
    auto settings = options.observation;
    if (!settings.electrons && input_.arrays.counts.empty() && input_.electrons > 0)
      settings.electrons = input_.electrons;
    observation_ = observe(input_.pmd, input_.arrays, input_.plane, plane_, settings);
  }

  int run() {
    std::cout << fmt::format("{}: {}; {} cells of {:.3g} x {:.3g} a.u.; fitting {}\n", input_.name,
                             observation_.electrons ? fmt::format("{:.0f} electrons", *observation_.electrons)
                                                    : std::string("without noise"),
                             observation_.used_cells(),
                             (observation_.cells.kx.max - observation_.cells.kx.min) / observation_.cells.nx,
                             (observation_.cells.ky.max - observation_.cells.ky.min) / observation_.cells.ny,
                             fmt::join(options_.fit, ", "))
              << std::flush;
    const auto began = Clock::now();

    const auto compute = [&](const std::vector<tdse::Position>& positions) { return cells_at(positions); };
    const auto result = tdse::fit(observation_, fitted_, compute, options_.most_steps,
                                  [&](const tdse::FitStep& step) { report(step); });
    progress_.end();
    write(result, seconds_since(began));
    return result.converged ? exit_code::success : exit_code::incomplete;
  }

 private:
  const Parameter& parameter(std::size_t k) const {
    return *std::ranges::find(input_.parameters, fitted_[k].name, &Parameter::name);
  }

  RunParameters at(const tdse::Position& position) const {
    RunParameters run = begin_;
    for (std::size_t k = 0; k < position.size(); ++k)
      parameter(k).set(run, position[k]);
    return run;
  }

  /// A run that is computed, and its share.
  struct Term {
    RunParameters run;
    double weight = 1;
  };

  /// What a distribution is computed from.
  std::vector<Term> terms_at(const tdse::Position& position) const {
    const auto run = at(position);
    if (!options_.focal) return {{run}};
    std::vector<Term> terms;
    for (const auto& node :
         focal_nodes(FocalRule::gauss, run.intensity_w_cm2, input_.focal_lowest_w_cm2, *options_.focal)) {
      terms.push_back({run, node.weight});
      terms.back().run.intensity_w_cm2 = node.intensity;
    }
    return terms;
  }

  std::vector<std::vector<double>> cells_at(const std::vector<tdse::Position>& positions) {
    std::vector<RunParameters> runs;
    for (const auto& position : positions)
      for (const auto& term : terms_at(position))
        if (std::ranges::find(runs, term.run) == runs.end()) runs.push_back(term.run);
    const auto distributions = runs_->distributions(runs);
    std::vector<std::vector<double>> all;
    for (const auto& position : positions) {
      auto& sum = all.emplace_back(observation_.cells.size(), 0.0);
      for (const auto& [run, weight] : terms_at(position)) {
        const auto place = static_cast<std::size_t>(std::ranges::find(runs, run) - runs.begin());
        const auto cells = observation_.cells.of(distributions[place], plane_);
        for (std::size_t c = 0; c < cells.size(); ++c)
          sum[c] += weight * cells[c];
      }
    }
    return all;
  }

  void report(const tdse::FitStep& step) {
    progress_.end();
    std::string text = step.number == 0 ? std::string("start") : fmt::format("step {}", step.number);
    for (std::size_t k = 0; k < fitted_.size(); ++k)
      text += fmt::format(", {} = {:.7g} {}", fitted_[k].name, step.position[k], parameter(k).unit);
    std::cout << fmt::format("{}: {} {:.7g} ({})\n", text, distance_name(), step.distance,
                             counted(runs_->computed(), "run"))
              << std::flush;
  }

  const char* distance_name() const { return observation_.electrons ? "deviance" : "sum_of_squares"; }

  void write(const tdse::FitResult& result, double seconds) const {
    const auto& folder = options_.output;
    tdse::Estimate estimate{options_.fit, result.position, result.covariance};
    auto json = tdse::to_json(estimate);
    std::string title;
    for (std::size_t k = 0; k < fitted_.size(); ++k) {
      const double error = result.standard_error(k);
      json["standard_errors"].push_back(error);
      json["units"].push_back(parameter(k).unit);
      const auto text = fmt::format("{} = {:.7g} ± {:.2g} {}", parameter(k).symbol, result.position[k], error,
                                    parameter(k).unit);
      std::cout << text << '\n';
      title += (k > 0 ? ", " : "") + text;
    }
    json["converged"] = result.converged;
    json["at_bound"] = result.at_bound;
    json["steps"] = result.steps;
    json["runs"] = {{"in_store", runs_->size()}, {"computed_now", runs_->computed()}};
    json["seconds"] = seconds;
    json[distance_name()] = result.distance;
    json["cells"] = observation_.used_cells();
    json["input"] = {{"file", options_.input.string()},
                     {"run", input_.name},
                     {"payload_checksum", hexadecimal(input_.checksum)}};
    json["preset"] = options_.preset;
    if (options_.focal)
      json["focal"] = {{"intensities", *options_.focal}, {"lowest_w_cm2", input_.focal_lowest_w_cm2}};
    json["run"] = describe(at(result.position));
    json["code_version"] = code_version();
    if (observation_.electrons) {
      json["electrons"] = *observation_.electrons;
      json["goodness"] = {
          {"chi_squared", result.chi_squared},
          {"degrees_of_freedom", result.degrees_of_freedom},
          {"p_value", result.degrees_of_freedom >= 1 ? nlohmann::json(result.p_value) : nlohmann::json()}};
      std::cout << fmt::format("chi^2 = {:.5g} of {:.0f} degrees of freedom, p = {:.3g}\n",
                               result.chi_squared, result.degrees_of_freedom, result.p_value);
    } else {
      const double rms = std::sqrt(result.distance / static_cast<double>(observation_.used_cells()));
      json["rms_log10"] = rms;
      std::cout << fmt::format("computed and given distribution differ by {:.3g} in log10 (r.m.s.)\n", rms);
    }
    if (const auto begun = start_.part(options_.fit);
        begun.covariance.size() > 0 && begun.parameters.size() == options_.fit.size()) {
      try {
        const auto agrees =
            tdse::agreement(result.position, result.covariance, begun.values, begun.covariance);
        json["agreement_with_start"] = {{"chi_squared", agrees.chi_squared}, {"p_value", agrees.p_value}};
        std::cout << fmt::format("agreement with the start: chi^2 = {:.3g} of {}, p = {:.3g}\n",
                                 agrees.chi_squared, options_.fit.size(), agrees.p_value);
      } catch (const Error& error) {  // the fit itself is not lost because of a bad covariance
        std::cerr << "note: no comparison with the start: " << error.what() << std::endl;
      }
    }
    write_file(folder / "fit.json",
               json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    tdse::draw_fit(observation_, result, title, folder / "fit.png");
    std::cout << fmt::format("{}written to {}\n",
                             result.converged  ? ""
                             : result.at_bound ? "no fit: a parameter is at its bound (--bounds); "
                                               : "no fit yet (--steps allows no more); ",
                             folder.string())
              << std::flush;
  }

  const FitOptions& options_;
  FitInput input_;
  tdse::Estimate start_;
  RunParameters begin_;
  MomentumPlane plane_;  ///< of what is computed
  std::vector<tdse::FitParameter> fitted_;
  std::optional<tdse::ComputedRuns> runs_;
  tdse::Observation observation_;
  Progress progress_;
};

int run_master(const Arguments& arguments, tdse::Mailbox& mailbox, const SignalWatch& signals) {
  tdse::Workers workers(mailbox);
  return report_errors("tdse_fit", [&]() -> int {
    const auto options = parse_fit_options(arguments);
    if (!options) return exit_code::success;
    return Fit(*options, workers, signals).run();
  });
}

}  // namespace

int main(int argc, char** argv) {
  const SignalWatch signals;
  const tdse::MpiSession mpi(argc, argv);
  tdse::Mailbox mailbox(MPI_COMM_WORLD);
  if (mpi.rank() == 0) return run_master({argv + 1, argv + argc}, mailbox, signals);
  return serve_as_worker(mailbox, mpi.rank(), signals);
}
