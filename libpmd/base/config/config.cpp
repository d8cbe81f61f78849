#include "libpmd/base/config/config.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/base/text/nearest.hpp"
#include "libpmd/base/text/utf8.hpp"

namespace bondscope {
namespace {

std::optional<double> number_in(const YAML::Node& node) {
  return node.IsScalar() ? read_number(node.Scalar()) : std::nullopt;
}

std::string one_line(const YAML::Node& node) {
  YAML::Emitter out;
  out.SetSeqFormat(YAML::Flow);
  out.SetMapFormat(YAML::Flow);
  out << node;
  std::string text = out.c_str();
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

/// Where a text is not UTF-8: names and texts of a configuration are written into files that must be.
std::optional<std::size_t> not_utf8(const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto bytes = character_bytes(text, at);
    if (bytes == 0) return at;
    at += bytes;
  }
  return {};
}

void expect_utf8(const std::string& text, const std::string& source) {
  if (const auto at = not_utf8(text))
    throw ConfigError(
        fmt::format("{}: line {}: not UTF-8", source,
                    1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(*at), '\n')));
}

}  // namespace

/// Keys that may be there and keys asked for, and sections opened, by path.
struct Config::Tracker {
  std::map<std::string, std::set<std::string>> expected, asked;
  std::map<std::string, YAML::Node> opened;
};

Config::Config(YAML::Node node, std::string source, std::string path)
    : node_(std::move(node)), source_(std::move(source)), path_(std::move(path)) {}

Config Config::from_file(const std::filesystem::path& file) {
  return from_text(read_text_file(file), file.string());
}

Config Config::from_text(const std::string& text, const std::string& source) {
  expect_utf8(text, source);
  YAML::Node root;
  try {
    root = YAML::Load(text);
  } catch (const YAML::Exception& e) {
    throw ConfigError(fmt::format("{}: not valid YAML: line {}, column {}: {}", source, e.mark.line + 1,
                                  e.mark.column + 1, e.msg));
  }
  if (!root.IsMap()) throw ConfigError(source + ": expected a mapping (key: value) at the top of the file");
  Config config(root, source, "");
  config.tracker_ = std::make_shared<Tracker>();
  config.tracker_->opened[""] = root;
  return config;
}

void Config::set(const std::string& assignment) {
  const auto equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0)
    throw ConfigError(fmt::format("--set {}: expected key=value", assignment));
  expect_utf8(assignment, "--set");
  YAML::Node value;
  try {
    value = YAML::Load(assignment.substr(equals + 1));
  } catch (const YAML::Exception& e) {
    throw ConfigError(fmt::format("--set {}: the value is not valid YAML: {}", assignment, e.msg));
  }
  std::stringstream keys(assignment.substr(0, equals));
  std::string key, next;
  YAML::Node node = node_;
  std::getline(keys, key, '.');
  while (std::getline(keys, next, '.')) {
    if (node[key] && !node[key].IsMap())
      throw ConfigError(
          fmt::format("--set {}: {} is a value, it has no key {} under it", assignment, key, next));
    if (!node[key]) node[key] = YAML::Node(YAML::NodeType::Map);
    node.reset(node[key]);
    key = next;
  }
  node[key] = value;
}

YAML::Node Config::find(const std::string& key) const {
  tracker_->asked[path_].insert(key);
  if (!node_.IsMap()) return YAML::Node(YAML::NodeType::Undefined);
  YAML::Node found(YAML::NodeType::Undefined);
  int count = 0;
  for (const auto& entry : node_)
    if (entry.first.IsScalar() && entry.first.Scalar() == key) {
      found.reset(entry.second);
      ++count;
    }
  if (count > 1) fail(key, "the key is given twice");
  return found;
}

YAML::Node Config::require(const std::string& key) const {
  const auto node = find(key);
  if (!node.IsDefined()) {
    // A misspelt key is the likeliest reason that one is missing.
    for (const auto& present : keys())
      if (nearest(present, {key}) == key && !tracker_->asked[path_].count(present) &&
          !tracker_->expected[path_].count(present))
        fail(present, fmt::format("unknown key; did you mean '{}'?", key));
    fail(key, "this key is required but missing");
  }
  return node;
}

bool Config::has(const std::string& key) const {
  return find(key).IsDefined();
}
bool Config::is_list(const std::string& key) const {
  const auto node = find(key);
  return node.IsDefined() && node.IsSequence();
}
bool Config::is_mapping(const std::string& key) const {
  const auto node = find(key);
  return node.IsDefined() && node.IsMap();
}

double Config::number(const std::string& key, Range range, std::optional<double> fallback) const {
  if (fallback && !has(key)) return *fallback;
  const auto node = require(key);
  const auto value = number_in(node);
  if (!value) fail(key, fmt::format("'{}' is not a number; expected {}", one_line(node), range.describe()));
  if (!range.contains(*value))
    fail(key, fmt::format("{} is out of range; expected {}", one_line(node), range.describe()));
  return *value;
}

std::int64_t Config::integer(const std::string& key, std::int64_t min, std::int64_t max,
                             std::optional<std::int64_t> fallback) const {
  if (fallback && !has(key)) return *fallback;
  const auto node = require(key);
  const std::string expected = "an integer from " + std::to_string(min) + " to " + std::to_string(max);
  const std::string text = node.IsScalar() ? node.Scalar() : std::string();
  std::int64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || status != std::errc() || end != text.data() + text.size())
    fail(key, fmt::format("'{}' is not an integer; expected {}", one_line(node), expected));
  if (value < min || value > max) fail(key, fmt::format("{} is out of range; expected {}", text, expected));
  return value;
}

std::string Config::text(const std::string& key, std::optional<std::string> fallback) const {
  if (fallback && !has(key)) return *fallback;
  return text_of(key, require(key));
}

std::string Config::text_of(const std::string& key, const YAML::Node& node) const {
  if (!node.IsScalar()) fail(key, fmt::format("'{}' is not a text", one_line(node)));
  // yaml-cpp makes bytes of some escapes (a no-break space, \_) that are none of UTF-8.
  if (not_utf8(node.Scalar()))
    fail(key, "the text has an escape that is not UTF-8; expected the character itself");
  return node.Scalar();
}

bool Config::flag(const std::string& key, std::optional<bool> fallback) const {
  if (fallback && !has(key)) return *fallback;
  const auto node = require(key);
  bool value = false;
  if (!node.IsScalar() || !YAML::convert<bool>::decode(node, value))
    fail(key, fmt::format("'{}' is not a flag; expected true or false", one_line(node)));
  return value;
}

std::string Config::choice(const std::string& key, const std::vector<std::string>& names,
                           std::optional<std::string> fallback) const {
  const std::string value = text(key, std::move(fallback));
  if (std::find(names.begin(), names.end(), value) == names.end())
    fail(key, fmt::format("'{}' is unknown; {}", value, expected_one_of(names, value)));
  return value;
}

std::vector<std::string> Config::choices(const std::string& key,
                                         const std::vector<std::string>& names) const {
  const auto node = require(key);
  if (!node.IsSequence() || node.size() == 0)
    fail(key, fmt::format("'{}' is not a list; expected some of [{}]", one_line(node), join(names)));
  std::vector<std::string> values;
  for (const auto& item : node) {
    const std::string value = one_line(item);
    if (std::find(names.begin(), names.end(), value) == names.end())
      fail(key, fmt::format("'{}' is unknown; expected some of [{}]", value, join(names)));
    if (std::find(values.begin(), values.end(), value) != values.end())
      fail(key, fmt::format("'{}' is given twice", value));
    values.push_back(value);
  }
  return values;
}

std::vector<std::string> Config::texts(const std::string& key) const {
  const auto node = require(key);
  if (!node.IsSequence() || node.size() == 0)
    fail(key, fmt::format("'{}' is not a list of texts; expected e.g. [one, two]", one_line(node)));
  std::vector<std::string> values;
  for (const auto& item : node) {
    const auto value = text_of(key, item);
    if (value.empty()) fail(key, "'' is not a text");
    if (std::find(values.begin(), values.end(), value) != values.end())
      fail(key, fmt::format("'{}' is given twice", value));
    values.push_back(value);
  }
  return values;
}

std::vector<double> Config::numbers(const std::string& key, std::size_t min_count, std::size_t max_count,
                                    Range range) const {
  const auto node = require(key);
  const std::string count = min_count == max_count
                                ? std::to_string(min_count)
                                : std::to_string(min_count) + " to " + std::to_string(max_count);
  if (!node.IsSequence() || node.size() < min_count || node.size() > max_count)
    fail(key, fmt::format("'{}' is not a list of {} numbers", one_line(node), count));
  std::vector<double> values;
  for (const auto& item : node) {
    const auto value = number_in(item);
    if (!value) fail(key, fmt::format("'{}' is not a number; expected {}", one_line(item), range.describe()));
    if (!range.contains(*value))
      fail(key, fmt::format("{} is out of range; expected {}", one_line(item), range.describe()));
    values.push_back(*value);
  }
  return values;
}

Config Config::section(const std::string& key) const {
  const auto node = find(key);
  if (node.IsDefined() && !node.IsMap())
    fail(key, fmt::format("'{}' is not a mapping; expected keys and values under it", one_line(node)));
  Config child(node.IsDefined() ? node : YAML::Node(YAML::NodeType::Map), source_,
               path_.empty() ? key : path_ + "." + key);
  child.tracker_ = tracker_;
  if (node.IsDefined()) tracker_->opened[child.path_] = node;
  return child;
}

std::vector<Config> Config::sections(const std::string& key) const {
  const auto node = require(key);
  if (!node.IsSequence()) fail(key, fmt::format("'{}' is not a list of mappings", one_line(node)));
  std::vector<Config> children;
  for (std::size_t i = 0; i < node.size(); ++i) {
    const std::string item = key + "[" + std::to_string(i) + "]";
    if (!node[i].IsMap()) fail(item, fmt::format("'{}' is not a mapping", one_line(node[i])));
    Config child(node[i], source_, path_.empty() ? item : path_ + "." + item);
    child.tracker_ = tracker_;
    tracker_->opened[child.path_] = node[i];
    children.push_back(std::move(child));
  }
  return children;
}

std::vector<std::string> Config::keys() const {
  std::vector<std::string> all;
  if (node_.IsMap())
    for (const auto& entry : node_)
      all.push_back(entry.first.IsScalar() ? text_of("", entry.first) : one_line(entry.first));
  return all;
}

void Config::expect_all_known() const {
  for (const auto& [path, node] : tracker_->opened) {
    const bool under_this = path_.empty() || path == path_ || path.rfind(path_ + ".", 0) == 0;
    if (!under_this) continue;
    refuse_unknown(path, node, tracker_->asked[path]);
  }
}

void Config::expect_keys(const std::vector<std::string>& keys) const {
  auto& expected = tracker_->expected[path_];
  expected = tracker_->asked[path_];
  expected.insert(keys.begin(), keys.end());
  refuse_unknown(path_, node_, expected);
}

void Config::refuse_unknown(const std::string& path, const YAML::Node& mapping,
                            const std::set<std::string>& known) const {
  for (const auto& entry : mapping) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : one_line(entry.first);
    if (known.count(key)) continue;
    const std::vector<std::string> candidates(known.begin(), known.end());
    const auto near = nearest(key, candidates);
    throw ConfigError(
        fmt::format("{}: {}: unknown key; {}", source_, path.empty() ? key : path + "." + key,
                    near.empty() ? "known keys here: " + join(candidates) : "did you mean '" + near + "'?"));
  }
}

std::string Config::where(const std::string& key) const {
  std::string full = path_;
  if (!key.empty()) full += (full.empty() ? "" : ".") + key;
  return full.empty() ? source_ : source_ + ": " + full;
}

void Config::fail(const std::string& key, const std::string& message) const {
  throw ConfigError(fmt::format("{}: {}", where(key), message));
}

}  // namespace bondscope
