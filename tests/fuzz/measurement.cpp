// Measured images and lists of events: NPY, PNG, TIFF, HDF5, text, as pmd_store import reads them.

#include "libpmd/import/table.hpp"
#include "tests/fuzz/target.hpp"

using namespace bondscope;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file(fuzz::text(data, size));
  for (const char* dataset : {"", "/image"})
    fuzz::try_to([&] {
      const auto table = read_table(file.path(), dataset);
      fuzz::expect(table.values.size() == table.rows * table.columns && !table.values.empty(),
                   "a table has as many numbers as rows and columns");
    });
  return 0;
}
