// Saved states of runs: what an array file's numbers and fields do to the run that goes on from them. Size
// and checksum are put right by the mutator.

#include "tests/fuzz/state.hpp"

#include "libpmd/base/files/array_file.hpp"
#include "tests/fuzz/array_bytes.hpp"
#include "tests/fuzz/target.hpp"

using namespace bondscope;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const tdse::Plan plan = fuzz::smallest_run();
  const fuzz::MemoryFile file(fuzz::text(data, size));
  fuzz::try_to([&] {
    const auto reader = ArrayReader::open(file.path(), "a run");
    if (!reader) return;
    tdse::Propagation run(plan, {}, *reader);
    for (int events = 0; events < 2 && !run.finished(); ++events)
      run.advance();
    run.distribution();
    run.diagnostics();
  });
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  size = LLVMFuzzerMutate(data, size, max_size);
  return seed % 8 == 0 ? size : fuzz::seal_array_file(data, size);
}
