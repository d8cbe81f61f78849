// pmd_train: trains networks on a store of momentum distributions, and tests them.

#include <cstdlib>
#include <string>

#include <unistd.h>

#include "apps/pmd_train/commands.hpp"
#include "libml/train/process.hpp"

using namespace bondscope;

namespace {

constexpr const char* about = R"(Usage: pmd_train COMMAND [options]

Trains neural networks to tell the internuclear distance from a photoelectron momentum distribution, on the finished
runs of a store as tdse_farm writes it, and tests them on runs they have not seen. Instead of a store, every --store
also takes an images file that 'pmd_store images' made of it: with the same model, bit for bit.
)";

/// libgomp's threads spin while they wait for each other, which slowed training by a factor three when
/// measured on cores that another job used too. How long they spin is read from the environment before
/// main(), so the program is started anew with it set. Where that fails, training is slower and nothing else.
void let_threads_wait_patiently(char** argv) {
  if (std::getenv("OMP_WAIT_POLICY") || std::getenv("GOMP_SPINCOUNT")) return;
  setenv("GOMP_SPINCOUNT", "1000", 1);
  execv("/proc/self/exe", argv);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2) let_threads_wait_patiently(argv);
  const Program program{
      .name = "pmd_train",
      .about = about,
      .commands =
          {{"train", "from a store and a recipe to a model folder, with its test", train},
           {"evaluate", "a model folder on a store", evaluate},
           {"predict", "values with intervals of distributions, and whether they are to be trusted", predict},
           {"calibrate", "makes a model's answers ones with intervals, and counts how often these hold",
            calibrate},
           {"transfer", "from a model to one for another kind of data, beside training from scratch",
            transfer},
           {"learning-curve", "the error against the number of runs to train on, and how many an error needs",
            learning_curve},
           {"explain", "which momenta a network goes by, and how faithful the maps are", explain},
           {"dictionary", "whether the parts that a classifier goes by tell the classes", dictionary},
           {"upgrade", "a model folder of an earlier format as one of the newest", upgrade},
           {"reproduce", "the paper's experiments, and ours, into one table", reproduce}},
      .version = "LibTorch " + ml::libtorch_version()};
  return run_program(program, argc, argv);
}
