// model.json of model folders. Its last line is a checksum of all before, which the mutator puts right.

#include <algorithm>
#include <cstring>

#include "libml/train/description.hpp"
#include "tests/fuzz/target.hpp"

using namespace bondscope;

namespace {

std::string rewritten(const std::string& text) {
  const fuzz::MemoryFile file(text);
  return ml::description_text(ml::read_description(file.path()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::try_to([&] { fuzz::expect_stable(rewritten(std::string(fuzz::text(data, size))), rewritten); });
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  size = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 8 == 0) return size;
  std::string text(fuzz::text(data, size));
  const auto line = text.rfind(",\n \"checksum\"");
  if (line == text.npos) return size;
  text = ml::with_checksum(text.substr(0, line) + "\n}\n");
  if (text.size() > max_size) return size;
  std::ranges::copy(text, reinterpret_cast<char*>(data));
  return text.size();
}
