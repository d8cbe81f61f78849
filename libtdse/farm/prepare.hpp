#pragma once

// Before the first run: the store is made, or found to be the same farm's and continued.

#include <filesystem>
#include <string>
#include <vector>

#include "libtdse/store/lock.hpp"
#include "libtdse/store/store.hpp"

namespace tdse {

struct PreparedStore {
  StoreLock lock;          ///< keeps other farms away for as long as it lives
  bool continued = false;  ///< false: made just now
  std::vector<CommitRecord> commits;
  std::vector<std::string> notes;  ///< what the user may want to know
};

/// Creates the store or opens the one that is there. Throws FileError (not writable, too little space,
/// another farm writes to it) and DataError (not a store, damaged, made with another configuration; the
/// differing keys are named with both values).
PreparedStore prepare_store(const std::filesystem::path& file, const StoreDescription& wanted,
                            bool repair = false);

/// Throws DataError if a store of `stored` is not what a farm of `wanted` would compute. Provenance may
/// differ.
void check_same_farm(const std::filesystem::path& file, const StoreDescription& stored,
                     const StoreDescription& wanted);

}  // namespace tdse
