#include "libpmd/base/text/named.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "libpmd/base/error.hpp"

namespace bondscope {

void refuse_name(const std::string& name, const std::vector<std::string>& expected) {
  throw ConfigError(fmt::format("'{}' is unknown; expected one of {}", name, fmt::join(expected, ", ")));
}

}  // namespace bondscope
