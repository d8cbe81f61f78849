// What was measured, as files.

#include <set>
#include <string>

#include <fmt/format.h>

#include "libml/experiments/paper_figures.hpp"
#include "libml/experiments/recipe_of.hpp"
#include "libml/experiments/run_experiments.hpp"
#include "libml/experiments/training_series.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/base/process/build_info.hpp"

namespace bondscope::ml {

std::string ExperimentsRun::markdown() const {
  auto text = ml::markdown(reproduction());
  std::error_code status;
  if (std::filesystem::is_regular_file(folders_.output / figures_name, status))
    text += fmt::format("\n## The paper's figures\n\n![Predictions against truths]({})\n", figures_name);
  return text;
}

void ExperimentsRun::draw_figures() const {
  const auto png = folders_.output / figures_name;
  try {
    series_.listener().warnings(draw_paper_figures(
        png, reproduction(), [&](const Experiment& e) { return model_folder(e, seeds_.front()); }));
  } catch (const Error& error) {
    series_.listener().warnings({fmt::format("{}: {}", png.string(), error.what())});
  }
}

void ExperimentsRun::write_tables() const {
  const auto all = reproduction();
  write_file(folders_.output / "reproduction.md", markdown());
  write_file(folders_.output / "reproduction.csv", csv(all));
  write_file(folders_.output / "reproduction.json", json(all));
}

Reproduction ExperimentsRun::reproduction() const {
  std::set<std::string> deterministic;
  for (const auto& e : experiments_)
    if (is_deterministic(e)) deterministic.insert(e.name);
  return {.header = {{"data", folders_.data.string()},
                     {"program", fmt::format("pmd_train {}", code_version())},
                     {"machine", std::string(machine())}},
          .experiments = experiments_,
          .seeds = seeds_,
          .deterministic = deterministic,
          .results = results_,
          .problems = problems_,
          .shortfalls = shortfalls_,
          .intervals = intervals_};
}

}  // namespace bondscope::ml
