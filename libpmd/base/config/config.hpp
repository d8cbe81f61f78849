#pragma once

// Configuration from YAML: typed reading with errors that name file, key, value and what would be right.

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "libpmd/base/text/number.hpp"

namespace bondscope {

/// One mapping of a YAML document. Copies refer to the same document.
///
/// Whatever is asked for counts as a known key; expect_all_known() then refuses every key that nothing asked
/// for, and names the nearest known one. A reader that may fail before that, say because a key is missing,
/// calls expect_keys() first: a misspelt key is then refused as such. All reading functions throw
/// ConfigError.
class Config {
 public:
  /// Throws FileError if the file cannot be read, ConfigError if it is not YAML or its root not a mapping.
  static Config from_file(const std::filesystem::path& file);
  /// `source` stands for the file's name in errors.
  static Config from_text(const std::string& text, const std::string& source);

  /// Override: "a.b.c=value", value in YAML syntax. Creates missing mappings on the way. Only before reading.
  void set(const std::string& assignment);

  /// Whether the mapping has the key.
  bool has(const std::string& key) const;
  /// Whether the key's value is a list.
  bool is_list(const std::string& key) const;
  /// Whether the key's value is a mapping.
  bool is_mapping(const std::string& key) const;

  // Without a fallback the key must exist.
  /// A number within `range`.
  double number(const std::string& key, Range range, std::optional<double> fallback = {}) const;
  /// A whole number, min <= value <= max.
  std::int64_t integer(const std::string& key, std::int64_t min, std::int64_t max,
                       std::optional<std::int64_t> fallback = {}) const;
  /// A text.
  std::string text(const std::string& key, std::optional<std::string> fallback = {}) const;
  /// True or false.
  bool flag(const std::string& key, std::optional<bool> fallback = {}) const;
  /// One of `names`; anything else is refused with the nearest of them.
  std::string choice(const std::string& key, const std::vector<std::string>& names,
                     std::optional<std::string> fallback = {}) const;
  /// List of at least one of `names`, none of them twice.
  std::vector<std::string> choices(const std::string& key, const std::vector<std::string>& names) const;
  /// List of at least one text, none of them twice.
  std::vector<std::string> texts(const std::string& key) const;
  /// List of numbers, each within `range`; min_count <= size <= max_count.
  std::vector<double> numbers(const std::string& key, std::size_t min_count, std::size_t max_count,
                              Range range) const;
  /// The mapping under `key`; an empty one if the key is missing.
  Config section(const std::string& key) const;
  /// The mappings in the list under `key`.
  std::vector<Config> sections(const std::string& key) const;
  /// Keys present in this mapping, in file order; does not count as asking for them.
  std::vector<std::string> keys() const;

  /// Throws if this mapping holds a key that is neither among these nor was asked for. What is among these is
  /// not yet asked for: if nothing does, expect_all_known() refuses it.
  void expect_keys(const std::vector<std::string>& keys) const;
  /// Throws if this mapping, or any section of it that was read, holds a key nothing asked for.
  void expect_all_known() const;

  /// Where this is, for errors: "file.yaml: a.b".
  std::string where(const std::string& key = {}) const;
  /// Throws ConfigError: "<where(key)>: <message>".
  [[noreturn]] void fail(const std::string& key, const std::string& message) const;
  /// The file's name, or what stands for it.
  const std::string& source() const { return source_; }

 private:
  struct Tracker;
  Config(YAML::Node node, std::string source, std::string path);
  YAML::Node find(const std::string& key) const;
  YAML::Node require(const std::string& key) const;
  std::string text_of(const std::string& key, const YAML::Node& node) const;
  void refuse_unknown(const std::string& path, const YAML::Node& mapping,
                      const std::set<std::string>& known) const;

  YAML::Node node_;
  std::string source_;
  std::string path_;
  std::shared_ptr<Tracker> tracker_;
};

}  // namespace bondscope
