// pmd_store: looks into stores of momentum distributions and makes new ones of them; changes none.

#include <functional>

#include "apps/pmd_store/commands.hpp"
#include "libpmd/base/error.hpp"

using namespace bondscope;

namespace {

constexpr const char* about = R"(Usage: pmd_store COMMAND STORE [options]

Looks into a store of momentum distributions, as tdse_farm writes it, and makes new stores of it. Never changes
a store that is there, and may be used while a farm is still writing.
)";

/// All that configures this program is its command line.
Command command(const char* name, const char* summary, int (*run)(const Arguments&)) {
  return {name, summary, [run](const Arguments& arguments) {
            try {
              return run(arguments);
            } catch (const ConfigError& error) {
              throw WrongCommandLine(error.what());
            }
          }};
}

}  // namespace

int main(int argc, char** argv) {
  const Program program{
      .name = "pmd_store",
      .about = about,
      .commands = {
          command("info", "what is in it, how far it is, how it was made", info),
          command("verify", "are the data intact, and do they look like physics?", verify),
          command("failures", "which runs failed and why, and which were begun and never ended", failures),
          command("compare", "how far the distributions of two stores are apart, in grey levels, and where",
                  compare),
          command("render", "pictures of momentum distributions and of what the network sees", render),
          command("spectrum",
                  "yields, and spectra of the electrons' energies and directions: pictures, CSV, HDF5",
                  spectrum),
          command("sensitivity",
                  "what the distributions say about the parameters, whoever reads them: Fisher information",
                  sensitivity),
          command("pulse", "field and vector potential of a run's pulse, and where it takes electrons",
                  pulse),
          command("browse", "one HTML page to look through all runs with", browse),
          command("timeline", "what the farm's workers did when, from the journal beside the store",
                  timeline),
          command("molecule",
                  "a molecule before anything is computed: centres, symmetries, its potential as a picture",
                  molecule),
          command("merge", "joins the stores of a job array into one that a farm can go on with", merge),
          command("export", "a compressed, sealed copy for sharing and for machines that train", export_copy),
          command("upgrade", "a store or images file of an earlier format, written again in the one of today",
                  upgrade),
          command("import", "measured distributions, images or lists of electrons, as a store",
                  import_measured),
          command("images", "a small, sealed file of what is learned from: images, extents, parameters",
                  images),
          command(
              "average",
              "averages over the focal volume, from the runs that a data set planned for them or any sweep",
              average),
          command("interpolate", "distributions between the computed ones, and how good they are",
                  interpolate),
          command("degrade",
                  "the distributions as a detector would see them: noise, resolution, background, rotation",
                  degrade),
      }};
  return run_program(program, argc, argv);
}
