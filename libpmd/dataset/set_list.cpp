#include "libpmd/dataset/set_list.hpp"

namespace bondscope {

bool is_set_list(const Config& config) {
  return config.has("sets");
}

std::vector<std::string> read_set_list(const Config& config) {
  auto names = config.texts("sets");
  config.expect_all_known();
  return names;
}

}  // namespace bondscope
