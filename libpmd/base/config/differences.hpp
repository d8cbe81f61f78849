#pragma once

// What differs between two configurations.

#include <string>
#include <vector>

namespace bondscope {

/// A key with two values in two documents; empty text where one has no such key.
struct Difference {
  std::string key, left, right;  ///< the dotted key, and its value in either document; empty: missing there
};
/// Compares two YAML documents leaf by leaf (sequences as a whole). Numbers compare by value. Throws
/// DataError if one is not YAML.
std::vector<Difference> differences(const std::string& left_yaml, const std::string& right_yaml);

}  // namespace bondscope
