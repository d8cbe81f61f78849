#pragma once

// The options by which commands choose runs.

#include "apps/shared/command_line.hpp"
#include "libpmd/inspect/selection.hpp"

/// --runs, --where, --random, --seed, --sort.
void add_selection_options(bondscope::CommandLine& command_line, bondscope::Selection& selection);
