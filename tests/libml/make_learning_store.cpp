// Writes a small store for tests of pmd_train: make_learning_store FILE RUNS DONE [SEED [ABSORBER_RADIUS
// [CYCLES]]].

#include <exception>
#include <iostream>

#include "tests/libml/learning_store.hpp"

using namespace bondscope;

int main(int argc, char** argv) {
  try {
    if (argc < 4)
      throw std::runtime_error("usage: make_learning_store FILE RUNS DONE [SEED [ABSORBER_RADIUS [CYCLES]]]");
    ml::testing::StoreSettings settings{.runs = std::stoul(argv[2])};
    if (argc > 4) settings.seed = std::stoul(argv[4]);
    if (argc > 5) settings.absorber_radius = argv[5];
    if (argc > 6) settings.cycles = std::stoi(argv[6]);
    ml::testing::make_learning_store(argv[1], settings, std::stoul(argv[3]));
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
}
