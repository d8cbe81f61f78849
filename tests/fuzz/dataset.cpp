// Data sets (configs/datasets): YAML.

#include "libpmd/dataset/dataset.hpp"

#include "tests/fuzz/target.hpp"

using namespace bondscope;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Drawn here; the reader admits more than a fuzzer has time for.
  constexpr std::size_t most_drawn = 200, most_averages = 3;
  fuzz::try_to([&] {
    const auto config = Config::from_text(std::string(fuzz::text(data, size)), "input");
    if (is_set_list(config)) return void(read_set_list(config));
    const auto set = DataSet::from_config(config, MoleculeFiles::refused);
    fuzz::expect_stable(set.to_yaml(), [](const std::string& text) {
      return DataSet::from_config(Config::from_text(text, "written"), MoleculeFiles::refused).to_yaml();
    });
    if (bondscope::size(set.content) > most_drawn || (set.focal && set.focal->size() > most_averages)) return;
    set.draw();
    set.averages();
  });
  return 0;
}
