#include "apps/pmd_store/selection.hpp"

#include <limits>

using namespace bondscope;

void add_selection_options(CommandLine& command_line, Selection& selection) {
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  command_line.text("runs", "LIST", selection.runs, "these runs, e.g. 0,3,5-9; 'all' for every done one");
  command_line.texts("where", "NAME=FROM:TO", selection.where,
                     "only runs with such a parameter, e.g. R=1:2, cep=0, molecule=H2+; may be repeated");
  command_line.integer("random", "N", selection.random, 1, largest, "N done runs drawn at random");
  command_line.integer("seed", "S", selection.seed, 0, largest, "seed of the draw");
  command_line.text("sort", "KEY", selection.sort, "order by R, intensity_w_cm2, cep, angle or a diagnostic");
}
