#pragma once

// How a store came about from others: the JSON array in its attribute history.

#include <cstdint>
#include <string>
#include <vector>

#include "libpmd/store/store.hpp"

namespace bondscope {

/// Collects the stores that a new one is made from.
class History {
 public:
  /// File name, part, provenance, description checksum and number of done runs, and its own history.
  void add(const Store& source);
  /// The same of the smaller store that this one replaces: its history goes behind it and not into it, so
  /// that a store which often grows is not nested ever deeper.
  void add_grown(const Store& source);
  /// As StoreDescription::history has it.
  std::string text() const;

 private:
  std::vector<std::string> entries_;
};

/// One entry of a history, with those that it was made from behind it.
struct Ancestor {
  int depth = 0;                                  ///< 0: the store was made from it
  std::string file, part, created, code_version;  ///< as the ancestor's store has them
  std::uint64_t runs_done = 0;                    ///< in the ancestor's store
};
/// What a history says; nothing where it is not what History::text() writes.
std::vector<Ancestor> ancestors(const std::string& history);

}  // namespace bondscope
