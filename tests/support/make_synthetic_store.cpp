// Writes a store with invented runs, for tests of the programs: make_synthetic_store FILE RUNS [DONE
// [MOLECULE]].

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include "tests/support/synthetic_store.hpp"

int main(int argc, char** argv) {
  try {
    if (argc < 3) throw std::runtime_error("usage: make_synthetic_store FILE RUNS [DONE [MOLECULE]]");
    tdse::synthetic::Settings settings;
    settings.runs = std::stoul(argv[2]);
    if (argc > 4) settings.molecule = argv[4];
    tdse::synthetic::make(argv[1], settings, argc > 3 ? std::stoul(argv[3]) : settings.runs);
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
}
