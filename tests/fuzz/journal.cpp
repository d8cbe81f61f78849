// Journals of farms (STORE.log.jsonl), as pmd_store timeline reads them.

#include "libpmd/inspect/timeline.hpp"
#include "tests/fuzz/target.hpp"

using namespace bondscope;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file(fuzz::text(data, size));
  for (const auto shown : {FarmsShown::last, FarmsShown::all})
    fuzz::try_to([&] {
      const auto timeline = read_timeline(file.path(), shown);
      const auto summary = summarise(timeline);
      course(timeline, 100);
      timeline_text(timeline, summary);
    });
  return 0;
}
