#pragma once

// Stores whose rows are marked for a use in learning, as those of derived distributions are.

#include "tests/support/synthetic_store.hpp"

namespace bondscope::synthetic {

inline StoreDescription marked(StoreDescription d, const std::vector<Use>& uses) {
  d.history = R"([{"file": "source.h5", "runs_done": 3}])";
  d.derivation = Derivation{R"({"kind": "interpolation"})", uses, {}, {}};
  for (std::size_t row = 0; row < d.runs.size(); ++row) {
    d.derivation->links.push_back({{0, 0, row, 17 + row, 1}});
    d.derivation->roots.push_back({17 + row});
  }
  return d;
}

/// All runs are done.
inline void make_marked(const std::filesystem::path& file, const StoreDescription& d,
                        const std::vector<Use>& uses) {
  Store::create(file, marked(d, uses));
  auto store = Store::open(file, Store::Mode::write);
  for (std::size_t run = 0; run < store.size(); ++run)
    write_run(store, run);
}

}  // namespace bondscope::synthetic
