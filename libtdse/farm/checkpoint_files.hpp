#pragma once

// Where states of runs in flight are saved, and which there are: looked up once, not for every run.

#include <cstddef>
#include <filesystem>
#include <set>

#include "libtdse/farm/settings.hpp"

namespace bondscope::tdse {

/// Where a run's state is saved beside the store.
std::filesystem::path checkpoint_file(const std::filesystem::path& store, std::size_t run);
/// Where it is saved while it runs: in the order's folder, if it has one, under a name that no other store's
/// has.
std::filesystem::path checkpoint_file(const WorkOrder& order, std::size_t run);

/// When a worker saves its runs within the interval, in [0, 1): evenly spread over any number of workers.
double saving_phase(int worker);

/// The runs of which there are files, complete or not, named as checkpoint_file(store, run) names them.
std::set<std::size_t> saved_beside(const std::filesystem::path& store);
/// The same in the order's folder, which is made if need be; none if it has none, or the folder cannot be
/// read.
std::set<std::size_t> saved_in_folder(const WorkOrder& order);

}  // namespace bondscope::tdse
