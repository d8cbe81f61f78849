#include "libpmd/store/row_arrays.hpp"

namespace bondscope {

std::vector<std::string> row_array_names() {
  std::vector<std::string> names;
  const RowArrays none;
  for_each_array(none, [&](const char* name, const auto&...) { names.emplace_back(name); });
  return names;
}

std::size_t row_array_bytes(const std::string& wanted) {
  std::size_t bytes = 0;
  const RowArrays none;
  for_each_array(none, [&](const char* name, const char*, const char*, const auto& values) {
    if (name == wanted) bytes = sizeof values[0];
  });
  return bytes;
}

}  // namespace bondscope
