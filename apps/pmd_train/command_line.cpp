#include "apps/pmd_train/command_line.hpp"

#include <algorithm>
#include <iostream>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/duration.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/base/threads/available.hpp"

using namespace bondscope;

namespace po = boost::program_options;

namespace {

/// What `read` makes of the option's text as a YAML value.
template <class Read>
auto as_yaml(const char* name, const std::string& text, Read read) {
  const auto key = std::string("--") + name;
  try {
    return read(Config::from_text(key + ": " + text, "command line"), key);
  } catch (const ConfigError& error) {
    throw WrongCommandLine(error.what());
  }
}

}  // namespace

CommandLine::CommandLine(const char* help, po::options_description options)
    : help_(help), options_(std::move(options)) {
  options_.add_options()("help,h", "this text");
}

bool CommandLine::parse(const std::vector<std::string>& arguments) {
  const auto style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
  const po::positional_options_description none;
  po::store(po::command_line_parser(arguments).options(options_).positional(none).style(style).run(),
            values_);
  if (has("help")) std::cout << help_ << '\n' << options_;
  return !has("help");
}

std::string CommandLine::text(const char* name, const std::string& fallback) const {
  return has(name) ? values_[name].as<std::string>() : fallback;
}

std::string CommandLine::required(const char* name, const char* what) const {
  const auto value = text(name);
  if (value.empty()) throw WrongCommandLine(std::string("--") + name + " is missing: " + what);
  return value;
}

std::vector<std::string> CommandLine::texts(const char* name) const {
  return has(name) ? values_[name].as<std::vector<std::string>>() : std::vector<std::string>();
}

std::vector<std::int64_t> CommandLine::integers(const char* name, std::int64_t min, std::int64_t max,
                                                const std::vector<std::int64_t>& fallback) const {
  if (!has(name)) return fallback;
  const auto read = [&](const Config& config, const std::string& key) {
    std::vector<std::int64_t> values;
    const Range range{.min = static_cast<double>(min), .max = static_cast<double>(max)};
    for (const double value : config.numbers(key, 1, 1000, range)) {
      const auto whole = static_cast<std::int64_t>(value);
      if (static_cast<double>(whole) != value)
        config.fail(key, format_number(value) + " is not a whole number");
      if (std::find(values.begin(), values.end(), whole) != values.end())
        config.fail(key, std::to_string(whole) + " stands there twice");
      values.push_back(whole);
    }
    return values;
  };
  return as_yaml(name, std::string("[").append(text(name)).append("]"), read);
}

std::int64_t CommandLine::integer(const char* name, std::int64_t min, std::int64_t max,
                                  std::optional<std::int64_t> fallback) const {
  if (!has(name) && fallback) return *fallback;
  return as_yaml(name, required(name, "a whole number"),
                 [&](const Config& config, const std::string& key) { return config.integer(key, min, max); });
}

std::optional<double> CommandLine::number(const char* name, Range range) const {
  if (!has(name)) return {};
  return as_yaml(name, text(name),
                 [&](const Config& config, const std::string& key) { return config.number(key, range); });
}

int CommandLine::threads() const {
  return static_cast<int>(integer("threads", 1, 1024, available_threads()));
}

std::optional<double> CommandLine::duration(const char* name) const {
  if (!has(name)) return {};
  try {
    return read_duration(std::string("--") + name, text(name));
  } catch (const ConfigError& error) {
    throw WrongCommandLine(error.what());
  }
}

ml::Device CommandLine::device() const {
  const auto name = text("device", "auto");
  if (name != "auto" && name != "cpu" && name != "cuda")
    throw WrongCommandLine("--device " + name + ": expected auto, cpu or cuda");
  return ml::choose_device(name);
}

ml::Recipe CommandLine::recipe(const char* name) const {
  auto config =
      Config::from_file(find_config("recipes", required(name, "a name (best, quick, paper) or a file")));
  for (const auto& assignment : texts("set"))
    config.set(assignment);
  if (has("seed")) config.set("seed=" + text("seed"));
  return ml::Recipe::from_config(config);
}

po::typed_value<std::string>* text_option(const char* placeholder) {
  return po::value<std::string>()->value_name(placeholder);
}

void add_machine_options(po::options_description& options) {
  options.add_options()                                                                        //
      ("device", text_option("DEVICE"), "cpu, cuda, or auto (default): cuda if there is one")  //
      ("threads", text_option("N"), "processors to use (default: all that this process may use)");
}

void add_time_options(po::options_description& options) {
  options.add_options()                                                                             //
      ("time-limit", text_option("TIME"), "stop before, saved, with exit code 75 (default: none)")  //
      ("checkpoint-interval", text_option("TIME"),
       "within an epoch, save as often; 0: only after epochs (default 600)");
}

void add_set_option(po::options_description& options) {
  options.add_options()("set", po::value<std::vector<std::string>>()->value_name("KEY=VALUE"),
                        "change a value of the recipe; may be repeated");
}
