#pragma once

// The command line of one pmd_store command.

#include <cstdint>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/program_options.hpp>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/text/number.hpp"

class WrongCommandLine : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The options of one command: parses, prints help, hands out checked values.
class CommandLine {
 public:
  CommandLine(const char* help, boost::program_options::options_description options)
      : help_(help), visible_(std::move(options)) {
    visible_.add_options()("help,h", "this text");
  }

  /// Reads options and the names of at least `least` and at most `most` files, which `expected` explains.
  /// Returns false if help was printed instead.
  bool parse(const std::vector<std::string>& arguments, const std::string& expected, std::size_t least = 1,
             std::size_t most = 1) {
    boost::program_options::options_description all;
    all.add(visible_);
    all.add_options()("files", boost::program_options::value<std::vector<std::string>>());
    boost::program_options::positional_options_description positional;
    positional.add("files", -1);
    const auto style = boost::program_options::command_line_style::default_style &
                       ~boost::program_options::command_line_style::allow_guessing;
    boost::program_options::store(boost::program_options::command_line_parser(arguments)
                                      .options(all)
                                      .positional(positional)
                                      .style(style)
                                      .run(),
                                  values_);
    if (values_.count("help")) {
      std::cout << help_ << '\n' << visible_;
      return false;
    }
    if (values_.count("files")) files_ = values_["files"].as<std::vector<std::string>>();
    if (files_.size() < least) throw WrongCommandLine(expected);
    if (files_.size() > most) throw WrongCommandLine(expected + ", not also '" + files_[most] + "'");
    return true;
  }

  bool has(const char* name) const { return values_.count(name) > 0; }
  std::string text(const char* name) const {
    return has(name) ? values_[name].as<std::string>() : std::string();
  }
  /// Of an option that may be given several times.
  std::vector<std::string> texts(const char* name) const {
    return has(name) ? values_[name].as<std::vector<std::string>>() : std::vector<std::string>();
  }
  const std::vector<std::string>& files() const { return files_; }

  double number(const char* name, bondscope::Range range, double fallback) const {
    return has(name) ? as_config(name).number(dashed(name), range) : fallback;
  }
  std::int64_t integer(const char* name, std::int64_t min, std::int64_t max, std::int64_t fallback) const {
    return has(name) ? as_config(name).integer(dashed(name), min, max) : fallback;
  }
  std::string choice(const char* name, const std::vector<std::string>& names,
                     const std::string& fallback) const {
    return has(name) ? as_config(name).choice(dashed(name), names) : fallback;
  }

 private:
  static std::string dashed(const char* name) { return std::string("--") + name; }

  /// One option as a configuration of one key, whose checks and messages are those of the YAML files.
  bondscope::Config as_config(const char* name) const {
    YAML::Node node;
    node[dashed(name)] = text(name);
    return bondscope::Config::from_text(YAML::Dump(node), "command line");
  }

  const char* help_;
  boost::program_options::options_description visible_;
  boost::program_options::variables_map values_;
  std::vector<std::string> files_;
};
