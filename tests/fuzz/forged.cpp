// Stores and images files that somebody forged: every checksum that vouches for HDF5's structures is put
// right, so that HDF5 itself reads what was changed. And files of earlier formats, which have no such
// checksums. Programs open both in a child process, because HDF5 crashes on some of them; what counts here is
// whether our own code does.

#include "tests/formats/read_stores.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/fuzz/user_block.hpp"

using namespace bondscope;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file(fuzz::text(data, size));
  fuzz::try_to([&] {
    faults::Content content;
    faults::read_file(file.path(), content);
  });
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t,
                                               unsigned seed) {
  const std::span<std::uint8_t> file(data, size);
  const auto begin = fuzz::data_ranges(file).empty() ? 0 : fuzz::end_of_user_block(file);
  fuzz::change(file, {begin, size - begin}, seed);
  fuzz::mend_hdf5(file);
  fuzz::mend_user_block(file);
  return size;
}
