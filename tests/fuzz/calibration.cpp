// calibration.safetensors of model folders, up to what answers are made of. The header's size is put right by
// the mutator.

#include <cstring>

#include "libml/arrays/safetensors.hpp"
#include "libml/predict/calibration_content.hpp"
#include "tests/fuzz/invented_calibration.hpp"
#include "tests/fuzz/target.hpp"

using namespace bondscope;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::try_to([&] {
    const auto content = ml::CalibrationContent::from({ml::from_safetensors(fuzz::text(data, size)), {}},
                                                      fuzz::invented_model());
    const ml::ConformalIntervals intervals(content.evidence);
    const ml::Alarm alarm(content.strangeness, content.evidence.electrons);
    const auto asked = fuzz::invented_images(1);
    const auto place = content.known.places(asked, std::vector<std::size_t>{0}, 1).front();
    const auto verdict = alarm(place.strangeness, 0);
    fuzz::expect(verdict.p_value > 0 && verdict.p_value <= 1, "a p-value is one");
    const auto run = content.evidence.asked(0);
    intervals.half_width(run, 0, 0.9);
    intervals.region(run, 0, 0.9);
    intervals.holds(run, 0, 1.0, 0.9);
    intervals.transform(run, 0, 1.0);
    intervals.joint_region(run, 0.9);
    fuzz::expect(!intervals.draws(run, 0).empty(), "a density has draws");
    for (const auto& near : place.references)
      content.known.reference(near.known);
  });
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  size = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 8 == 0 || size <= sizeof(std::uint64_t)) return size;
  std::size_t end = sizeof(std::uint64_t);
  for (int depth = 0; end < size; ++end) {
    depth += data[end] == '{' ? 1 : data[end] == '}' ? -1 : 0;
    if (depth == 0) break;
  }
  for (end = std::min(end + 1, size); end < size && data[end] == ' ';)
    ++end;
  const std::uint64_t header = end - sizeof(std::uint64_t);
  std::memcpy(data, &header, sizeof header);
  return size;
}
