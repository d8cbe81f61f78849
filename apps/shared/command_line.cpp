#include "apps/shared/command_line.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iostream>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "apps/shared/manual.hpp"
#include "apps/shared/program.hpp"
#include "libpmd/base/text/duration.hpp"
#include "libpmd/base/text/nearest.hpp"
#include "libpmd/base/threads/for_each_index.hpp"

namespace bondscope {
namespace {

namespace po = boost::program_options;

constexpr const char* surplus = "arguments without option";

[[noreturn]] void refuse(const std::string& names, const std::string& what) {
  throw WrongCommandLine(fmt::format("--{}: {}", names.substr(0, names.find(',')), what));
}

po::options_description described(const std::vector<Option>& options) {
  constexpr unsigned width = 112;
  po::options_description all("Options", width, width / 2);
  for (const auto& option : options) {
    const auto help = option.explained();
    if (option.placeholder.empty()) {
      all.add_options()(option.names.c_str(), help.c_str());
      continue;
    }
    auto* value = po::value<std::vector<std::string>>()->value_name(option.placeholder)->composing();
    if (option.takes_several) value->multitoken();
    all.add_options()(option.names.c_str(), value, help.c_str());
  }
  return all;
}

po::variables_map parsed(const std::vector<Option>& options, const Arguments& arguments) {
  po::options_description all = described(options);
  all.add_options()(surplus, po::value<std::vector<std::string>>());
  const auto style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  po::variables_map values;
  try {
    po::store(po::command_line_parser(arguments)
                  .options(all)
                  .positional(po::positional_options_description().add(surplus, -1))
                  .style(style)
                  .run(),
              values);
  } catch (const po::unknown_option& error) {
    std::vector<std::string> known;
    for (const auto& option : options)
      known.push_back("--" + option.name());
    const auto near = nearest(error.get_option_name(), known);
    throw WrongCommandLine(fmt::format("there is no option '{}'{}", error.get_option_name(),
                                       near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
  } catch (const po::error& error) {
    throw WrongCommandLine(error.what());
  }
  return values;
}

}  // namespace

void Option::required() {
  is_required = true;
}

std::string Option::explained() const {
  if (is_required) return help + " (required)";
  if (default_value.empty() || help.find("(default") != std::string::npos) return help;
  return fmt::format("{} (default {})", help, default_value);
}

CommandLine::CommandLine(std::string help, std::string help_end)
    : help_(std::move(help)), help_end_(std::move(help_end)) {}

Option& CommandLine::add(const std::string& names, const std::string& placeholder, const std::string& help,
                         std::function<void(const std::string&)> read, const std::string& default_value) {
  options_.push_back({.names = names,
                      .placeholder = placeholder,
                      .help = help,
                      .read = std::move(read),
                      .default_value = default_value});
  return options_.back();
}

Option& CommandLine::flag(const std::string& names, bool& value, const std::string& help) {
  return add(names, "", help, [&value](const std::string&) { value = true; });
}

Option& CommandLine::texts(const std::string& names, const std::string& placeholder,
                           std::vector<std::string>& values, const std::string& help) {
  auto& option =
      add(names, placeholder, help, [&values](const std::string& given) { values.push_back(given); });
  option.may_repeat = true;
  return option;
}

Option& CommandLine::assignments(const std::string& names, const std::string& placeholder,
                                 std::vector<std::string>& values, const std::string& help) {
  auto& option = texts(names, placeholder, values, help + "; may be repeated");
  option.read = [=, &values](const std::string& given) {
    if (const auto equals = given.find('='); equals == 0 || equals == std::string::npos)
      refuse(names, fmt::format("'{}' has no value; expected {}", given, placeholder));
    values.push_back(given);
  };
  return option;
}

Option& CommandLine::choice(const std::string& names, const std::string& placeholder, std::string& value,
                            const std::vector<std::string>& choices, const std::string& help) {
  const auto read = [=, &value](const std::string& given) {
    if (std::ranges::find(choices, given) == choices.end())
      refuse(names, fmt::format("'{}' is unknown; {}", given, expected_one_of(choices, given)));
    value = given;
  };
  auto& option = add(names, placeholder, help, read, value);
  option.choices = choices;
  return option;
}

Option& CommandLine::duration_or_zero(const std::string& names, const std::string& placeholder, double& value,
                                      const std::string& help) {
  return add(
      names, placeholder, help,
      [=, &value](const std::string& given) { value = read_span(names, given, true); }, shown(value));
}

void CommandLine::arguments(std::vector<std::string>& values, std::size_t least, std::size_t most,
                            const std::string& expected) {
  arguments_ = &values;
  least_ = least;
  most_ = most;
  expected_ = expected;
}

void CommandLine::version(const std::string& program) {
  program_ = program;
}

bool CommandLine::read(const Arguments& arguments) {
  bool help = false, version = false;
  if (!program_.empty()) flag("version", version, "what was built");
  flag("help,h", help, "this text");
  if (print_of_itself(arguments)) return false;
  const auto values = parsed(options_, arguments);
  for (auto& option : options_)
    option.given = values.count(option.name()) > 0;
  if (given("help")) return print_help(), false;
  if (!program_.empty() && given("version")) return print_version(program_), false;

  std::vector<std::string> others;
  if (values.count(surplus)) others = values[surplus].as<std::vector<std::string>>();
  if (!arguments_ && !others.empty())
    throw WrongCommandLine(fmt::format("'{}' belongs to no option", others.front()));
  expect_required();
  for (auto& option : options_) {
    if (!option.given) continue;
    if (option.placeholder.empty()) {
      option.read("");
      continue;
    }
    const auto& texts = values[option.name()].as<std::vector<std::string>>();
    if (texts.size() > 1 && !option.may_repeat) refuse(option.names, "given more than once");
    for (const auto& text : texts) {
      if (text.empty())
        refuse(option.names, fmt::format("the value is empty; expected {}", option.placeholder));
      option.read(text);
    }
  }
  if (!arguments_) return true;
  if (others.size() < least_) throw WrongCommandLine(expected_);
  if (others.size() > most_)
    throw WrongCommandLine(fmt::format("{}, not also '{}'", expected_, others[most_]));
  *arguments_ = std::move(others);
  return true;
}

void CommandLine::expect_required() const {
  std::vector<std::string> missing;
  for (const auto& option : options_)
    if (option.is_required && !option.given)
      missing.push_back(fmt::format("--{} {} ({})", option.name(), option.placeholder, option.help));
  if (!missing.empty()) throw WrongCommandLine(fmt::format("missing: {}", join(missing)));
}

bool CommandLine::given(const std::string& name) const {
  return std::ranges::find(options_, name, &Option::name)->given;
}

void CommandLine::print_help() const {
  std::cout << help_ << '\n' << described(options_) << help_end_;
}

bool CommandLine::print_of_itself(const Arguments& arguments) const {
  if (arguments.empty()) return false;
  const Explanation explanation{help_, help_end_, options_};
  // With a program's name it is a program of its own, and otherwise a command, whose name follows.
  if (arguments[0] == write_manual)
    std::cout << (program_.empty() ? manual_section(arguments.back(), explanation)
                                   : manual_page(program_, explanation));
  else if (arguments[0] == write_completion)
    std::cout << (program_.empty() ? completion_of(options_) : completion_script(program_, options_));
  else
    return false;
  return true;
}

std::int64_t CommandLine::read_integer(const std::string& names, const std::string& text, std::int64_t min,
                                       std::int64_t max) {
  const auto expected = fmt::format("expected an integer from {} to {}", min, max);
  std::int64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = end == text.data() + text.size();
  if (!whole || status != std::errc()) {
    // Numbers such as 1e3 are integers, too, as far as double precision tells them apart.
    constexpr double exact = 9e15;
    const auto number = bondscope::read_number(text);
    if (!number || std::floor(*number) != *number)
      refuse(names, fmt::format("'{}' is not an integer; {}", text, expected));
    if (std::abs(*number) > exact) refuse(names, fmt::format("{} is out of range; {}", text, expected));
    value = static_cast<std::int64_t>(*number);
  }
  if (value < min || value > max) refuse(names, fmt::format("{} is out of range; {}", text, expected));
  return value;
}

std::vector<std::int64_t> CommandLine::read_integers(const std::string& names, const std::string& text,
                                                     std::int64_t min, std::int64_t max) {
  std::vector<std::int64_t> values;
  for (const auto& part : split(text)) {
    values.push_back(read_integer(names, part, min, max));
    if (std::ranges::count(values, values.back()) > 1) refuse(names, fmt::format("{} is given twice", part));
  }
  return values;
}

double CommandLine::read_number(const std::string& names, const std::string& text, Range range) {
  const auto value = bondscope::read_number(text);
  if (!value) refuse(names, fmt::format("'{}' is not a number; expected {}", text, range.describe()));
  if (!range.contains(*value))
    refuse(names, fmt::format("{} is out of range; expected {}", text, range.describe()));
  return *value;
}

double CommandLine::read_span(const std::string& names, const std::string& text, bool zero) {
  if (zero && bondscope::read_number(text) == 0.0) return 0;
  try {
    return read_duration(fmt::format("--{}", names.substr(0, names.find(','))), text);
  } catch (const ConfigError& error) {
    throw WrongCommandLine(error.what());
  }
}

void add_threads_option(CommandLine& command_line, int& threads) {
  constexpr int most_threads = 1024;
  threads = available_threads();
  command_line.integer("threads", "N", threads, 1, most_threads,
                       "processors to use (default: all that this process may use, at most OMP_NUM_THREADS)");
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char letter : text)
    if (letter == separator)
      parts.emplace_back();
    else if (letter != ' ')
      parts.back() += letter;
  return parts;
}

}  // namespace bondscope
