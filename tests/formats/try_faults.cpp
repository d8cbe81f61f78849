// Faults in stores and images files: faults.hpp.

#include "tests/formats/faults.hpp"
#include "tests/formats/read_stores.hpp"

int main(int argc, char** argv) {
  return bondscope::faults::run(argc, argv, bondscope::faults::read_file);
}
