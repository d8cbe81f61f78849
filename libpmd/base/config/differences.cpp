#include "libpmd/base/config/differences.hpp"

#include <map>
#include <optional>

#include <yaml-cpp/yaml.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope {
namespace {

void flatten(const YAML::Node& node, const std::string& path, std::map<std::string, std::string>& leaves) {
  if (node.IsMap()) {
    for (const auto& entry : node)
      flatten(entry.second, path.empty() ? entry.first.Scalar() : path + "." + entry.first.Scalar(), leaves);
    return;
  }
  if (node.IsDefined()) {
    const auto value = (node.IsScalar() ? read_number(node.Scalar()) : std::nullopt);
    YAML::Emitter out;
    out.SetSeqFormat(YAML::Flow);
    out.SetMapFormat(YAML::Flow);
    out << node;
    leaves[path] = value ? format_number(*value) : std::string(out.c_str());
  }
}

}  // namespace

std::vector<Difference> differences(const std::string& left_yaml, const std::string& right_yaml) {
  std::map<std::string, std::string> left, right;
  try {
    flatten(YAML::Load(left_yaml), "", left);
    flatten(YAML::Load(right_yaml), "", right);
  } catch (const YAML::Exception& e) {
    throw DataError("a stored configuration is not valid YAML: " + e.msg);
  }
  std::vector<Difference> found;
  for (const auto& [key, value] : left) {
    const auto other = right.find(key);
    if (other == right.end())
      found.push_back({key, value, ""});
    else if (other->second != value)
      found.push_back({key, value, other->second});
  }
  for (const auto& [key, value] : right)
    if (!left.count(key)) found.push_back({key, "", value});
  return found;
}

}  // namespace bondscope
