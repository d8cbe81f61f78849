#include "apps/fit_options.hpp"

#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/text/nearest.hpp"

using namespace bondscope;

namespace {

constexpr const char* help_text =
    R"(tdse_fit - finds the parameters of a distribution by solving the Schroedinger equation

  mpirun -n P tdse_fit --input FILE.h5 [--run N] --start FILE.json --output FOLDER [options]

Computes distributions near the start values, and changes these until computed and observed distribution agree
best: maximum likelihood if electrons were counted, least squares of log10 of the probabilities otherwise. For
each step the distributions at both sides of the present values are computed at the same time, one on each rank,
so take one rank more than there are cores, and no more than 2 + 2 x (fitted parameters).
)";

constexpr const char* help_end = R"(
What is fitted, and what is not
  --fit names parameters as pmd_store info shows them: R, intensity_w_cm2, cep, angle, and what the molecule or
  the data set declares. Each needs a start value: from --start, which a network's prediction writes, or from
  --value. All others keep the values that the input has, or that --value gives; what the input does not know
  must be given. cep and angle are in radians; cep_deg and angle_deg are not names here.

What counts
  The input's counts if it has them; with --electrons N its density, as of N counted electrons (a store that
  'pmd_store degrade --electrons N' made says so itself); else the distribution without noise, where it is brighter
  than --floor. Cells are squares of about --cell a.u., and only momenta that are computed as well. Computed
  distributions are taken over their sum: the yield is not compared.

Averages over the focal volume
  With --focal N each distribution is the average of N runs (the rule `gauss` of data sets), so that a step is N
  times as expensive.

What comes out, in the output folder
  fit.json   values, standard errors, covariance; the deviance or sum of squares; with counts Pearson's chi^2 and
             its p-value; whether it agrees with the start, if that has a covariance
  fit.png    observed, fitted, and their difference
  runs.h5    all distributions that were computed; the same command continues with them after an interruption

Examples
  tdse_fit --input one.h5 --value R=2.1 --value intensity_w_cm2=2.1e14 --output fit
  mpirun -n 3 --oversubscribe --bind-to none tdse_fit --input measured.h5 --run 4 --start prediction.json \
    --fit R,intensity_w_cm2,cep --value angle=0 --output fit

Exit codes
  0 a fit      1 an error, said on stderr      2 wrong command line      3 no fit within --steps or --bounds
  75 stopped, can be continued
)";

}  // namespace

std::optional<FitOptions> parse_fit_options(const Arguments& arguments) {
  FitOptions options;
  auto& seen = options.observation;
  CommandLine command_line(help_text, help_end);
  command_line.version("tdse_fit");
  command_line.text("input", "FILE.h5", options.input, "a store with the distribution").required();
  command_line.integer("run", "N", options.run, 0, std::int64_t{1} << 40,
                       "its number (default: the only one that there is)");
  command_line.text("output", "FOLDER", options.output, "where the results go").required();
  command_line.add(
      "fit", "NAME,…", "the parameters to find", [&](const std::string& text) { options.fit = split(text); },
      "R,intensity_w_cm2");
  command_line.text("start", "FILE.json", options.start,
                    "start values and, if it has one, their covariance: keys parameters, values, covariance");
  command_line.assignments("value", "NAME=VALUE", options.values,
                           "a start value, or the value of what is not fitted; before --start and the input");
  command_line.assignments(
      "bounds", "NAME=MIN:MAX", options.bounds,
      "where the fit may go (default: R and intensities 0.7 to 1.4 times the start, others "
      "anywhere)");
  command_line.assignments(
      "derivative-step", "NAME=STEP", options.steps,
      "derivatives are from runs so far below and above (default: R 0.005 a.u., intensity half "
      "a per cent, others 0.01)");
  command_line.text("preset", "FILE|NAME", options.preset, "the numerics: a file or one of configs/presets");
  command_line.assignments("set", "SECTION.KEY=VALUE", options.set,
                           "override a value of the preset (preset.time_step=0.1) or of what all runs share "
                           "(dataset.pulse.wavelength_nm=780)");
  command_line.text("molecule", "NAME|FILE", options.molecule,
                    "another than the input names: a file, or one of configs/molecules: " +
                        join(config_names("molecules")));
  command_line.number("electrons", "N", seen.electrons, Range::between(1, 1e12),
                      "the distribution is a density of so many counted electrons in the whole plane "
                      "(default: as pmd_store degrade has counted them)");
  command_line.number("cell", "K", seen.cell, Range::positive_up_to(10), "side of the cells, a.u.");
  command_line.number("floor", "POWER", seen.floor, Range::between(-12, -0.1),
                      "without counts: cells below this power of ten of the brightest do not count");
  command_line.integer("focal", "N", options.focal, 2, 1000,
                       "the distribution is an average over the focal volume, and the intensity its peak: "
                       "computed from N intensities each (10 to 15 do)");
  command_line.number(
      "focal-lowest", "W/CM2", options.focal_lowest_w_cm2, Range::positive_up_to(1e16),
      "with --focal: lower intensities contribute nothing (default: as in the input, else 2e13)");
  command_line.integer("steps", "N", options.most_steps, 1, 1000, "give up after so many");
  if (!command_line.read(arguments)) return {};
  return options;
}
