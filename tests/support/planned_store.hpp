#pragma once

// Stores with invented runs of a data set that is read from YAML, so that what it plans can be made of them.

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>

#include "libpmd/base/config/config.hpp"
#include "libpmd/dataset/dataset.hpp"
#include "tests/support/synthetic_store.hpp"

namespace bondscope::synthetic {

inline StoreDescription planned_description(const std::string& dataset_yaml) {
  const auto set = DataSet::from_config(Config::from_text(dataset_yaml, "planned.yaml"));
  StoreDescription d = description({.spacing = 0.1});
  d.dataset = set.name;
  d.seed = set.seed;
  d.runs = set.draw();
  d.configuration = "preset:\n  name: invented\ndataset:\n";
  std::istringstream lines(set.to_yaml());
  for (std::string line; std::getline(lines, line);)
    d.configuration += "  " + line + "\n";
  return d;
}

/// A store of which the first `done` runs are done.
inline Store make_planned(const std::filesystem::path& file, const std::string& dataset_yaml,
                          std::size_t done = static_cast<std::size_t>(-1)) {
  Store::create(file, planned_description(dataset_yaml));
  auto store = Store::open(file, Store::Mode::write);
  for (std::size_t run = 0; run < std::min(done, store.size()); ++run)
    write_run(store, run);
  return store;
}

}  // namespace bondscope::synthetic
