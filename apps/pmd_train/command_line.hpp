#pragma once

// The options of one command of pmd_train.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/program_options.hpp>

#include "libml/nets/network.hpp"
#include "libml/train/recipe.hpp"
#include "libpmd/base/text/number.hpp"

class WrongCommandLine : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Of --seeds, which is read as numbers of double precision: larger ones would become others unnoticed.
constexpr std::int64_t largest_seed = (std::int64_t{1} << 53) - 1;

class CommandLine {
 public:
  CommandLine(const char* help, boost::program_options::options_description options);

  /// Returns false if help was printed instead.
  bool parse(const std::vector<std::string>& arguments);

  bool has(const char* name) const { return values_.count(name) > 0; }
  std::string text(const char* name, const std::string& fallback = {}) const;
  std::string required(const char* name, const char* what) const;
  std::vector<std::string> texts(const char* name) const;
  /// A list as 1,2,5, each within min … max, none twice.
  std::vector<std::int64_t> integers(const char* name, std::int64_t min, std::int64_t max,
                                     const std::vector<std::int64_t>& fallback) const;
  std::int64_t integer(const char* name, std::int64_t min, std::int64_t max,
                       std::optional<std::int64_t> fallback = {}) const;
  std::optional<double> number(const char* name, bondscope::Range range) const;
  /// From --threads, or all processors.
  int threads() const;
  /// In seconds.
  std::optional<double> duration(const char* name) const;
  /// From --device.
  bondscope::ml::Device device() const;
  /// From the option `name`, changed by --set and --seed.
  bondscope::ml::Recipe recipe(const char* name = "recipe") const;

 private:
  const char* help_;
  boost::program_options::options_description options_;
  boost::program_options::variables_map values_;
};

/// Option with a value that is a text.
boost::program_options::typed_value<std::string>* text_option(const char* placeholder);
/// --device, --threads
void add_machine_options(boost::program_options::options_description& options);
/// --time-limit, --checkpoint-interval
void add_time_options(boost::program_options::options_description& options);
/// --set
void add_set_option(boost::program_options::options_description& options);
