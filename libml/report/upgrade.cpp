#include "libml/report/upgrade.hpp"

#include <optional>

#include "libml/report/card.hpp"
#include "libml/report/tables.hpp"
#include "libml/train/model_folder.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"

namespace bondscope::ml {

void upgrade_model(const std::filesystem::path& from, const std::filesystem::path& to) {
  const auto description = load_model(from, Weights::best, Device::cpu).description;
  const auto best = read_arrays(from, description, Weights::best);
  const auto last = description.recipe.is_network() ? read_arrays(from, description, Weights::last)
                                                    : std::vector<NamedArray>();
  prepare_folder(to);
  if (!std::filesystem::is_empty(to)) throw FileError(to.string() + ": is not empty; expected a new folder");
  for (const auto& name : other_files(from))
    write_file(to / name, read_model_file(from, description, name));
  if (!std::filesystem::exists(from / "card.md")) {
    std::optional<TestResult> test;
    if (std::filesystem::exists(from / "metrics.json")) test = read_test_result(from);
    write_file(to / "card.md", card(description, test));
  }
  write_model(to, description, best, last);
}

}  // namespace bondscope::ml
