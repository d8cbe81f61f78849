#pragma once

// Before the first run: the store is made, or found to be the same farm's and continued.

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "libpmd/store/lock.hpp"
#include "libpmd/store/row_writer.hpp"
#include "libpmd/store/store.hpp"
#include "libtdse/farm/assignment.hpp"
#include "libtdse/farm/blame.hpp"

namespace bondscope::tdse {

/// What those who compute must know of a store, and rank 0 tells them.
struct StoreFacts {
  std::string configuration;        ///< resolved
  StoreShape shape;                 ///< by which writers recognise the store
  std::vector<RunParameters> runs;  ///< by row
  std::set<std::size_t> saved;      ///< runs of which there are saved states beside the store
};

/// A store that is ready for a farm.
struct PreparedStore {
  StoreLock lock;                                     ///< keeps other farms away for as long as it lives
  bool continued = false;                             ///< false: made just now
  std::vector<CommitRecord> commits;                  ///< of each row, as they were
  std::vector<std::uint32_t> begun;                   ///< farms that died of each, as charged() counts them
  std::vector<std::pair<std::size_t, double>> timed;  ///< some done runs with their seconds
  std::vector<std::string> notes;                     ///< what the user may want to know
  StoreFacts facts;                                   ///< for those who compute
};

/// Adds to an assignment what the store knows of its run.
void complete(Assignment& assignment, const StoreFacts& store);

/// What to do with a store that is there.
struct Preparation {
  bool grow = false;    ///< a store with fewer runs of the same data set gets those that it lacks
  bool repair = false;  ///< look for damaged runs, which are to be computed again
  std::uint32_t most_deaths = tdse::most_deaths;  ///< of farms during a run, which then counts as failed
  std::function<bool()> keep_going = [] { return true; };  ///< asked now and then
  LockWait lock = {};                                      ///< how a store's lock is waited for
};

/// Creates the store or opens the one that is there. Throws FileError (not writable, too little space,
/// another farm writes to it), DataError (not a store, sealed, damaged, made with another configuration; the
/// differing keys are named with both values), Interrupted. A store that is to grow is replaced by the larger
/// one, see grow().
PreparedStore prepare_store(const std::filesystem::path& file, const StoreDescription& wanted,
                            const Preparation& how = {});

/// Whether a store of `stored` only lacks some of the runs of `wanted`.
bool is_smaller(const StoreDescription& stored, const StoreDescription& wanted);

/// Throws DataError if a store of `stored` is not what a farm of `wanted` would compute. Provenance may
/// differ.
void check_same_farm(const std::filesystem::path& file, const StoreDescription& stored,
                     const StoreDescription& wanted);

}  // namespace bondscope::tdse
