// Writes a store with invented runs, for tests of the programs:
//   make_synthetic_store FILE RUNS [DONE [MOLECULE]] [part=2/4] [failed=3] [begun=1]
//   make_synthetic_store FILE DATASET.yaml [DONE]
// RUNS of the whole data set; DONE of this store. Behind the done ones come the failed, then the begun ones.

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "libpmd/base/files/text_file.hpp"
#include "tests/support/planned_store.hpp"

using namespace bondscope;

int main(int argc, char** argv) {
  try {
    std::vector<std::string> plain;
    std::map<std::string, std::string> named;
    for (const std::string& argument : std::vector<std::string>(argv + 1, argv + argc))
      if (const auto equals = argument.find('='); equals != std::string::npos)
        named[argument.substr(0, equals)] = argument.substr(equals + 1);
      else
        plain.push_back(argument);
    if (plain.size() < 2) throw std::runtime_error("usage: make_synthetic_store FILE RUNS [DONE [MOLECULE]]");
    if (plain[1].ends_with(".yaml")) {
      synthetic::make_planned(plain[0], read_text_file(plain[1]),
                              plain.size() > 2 ? std::stoul(plain[2]) : static_cast<std::size_t>(-1));
      return 0;
    }
    const auto count = [&](const char* name) {
      return named.count(name) ? std::stoul(named[name]) : std::size_t{0};
    };
    synthetic::Settings settings;
    settings.runs = std::stoul(plain[1]);
    if (plain.size() > 3) settings.molecule = plain[3];
    settings.part = named["part"];
    const std::size_t done = plain.size() > 2 ? std::stoul(plain[2]) : settings.runs;
    auto store = synthetic::make(plain[0], settings, done);
    std::size_t run = std::min(done, store.size());
    for (const auto end = std::min(run + count("failed"), store.size()); run < end; ++run)
      store.write_failure(run, 2, FailureKind::norm_grew, "the norm grew to 1.5 at t = 12 a.u.");
    for (const auto end = std::min(run + count("begun"), store.size()); run < end; ++run)
      store.mark_begun(run, 3);
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
}
