#pragma once

// The command line of a program, or of one of its commands. Each option is declared once, with the variable
// that it sets: help, default, typed value and errors follow from the declaration.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope {

/// The arguments behind the name of a program or command.
using Arguments = std::vector<std::string>;

/// Says which option, what was given and what would be right.
class WrongCommandLine : public Error {
 public:
  using Error::Error;
};

/// One declared option; what its declaration does not say is added here.
struct Option {
  std::string names;        ///< "output,o": the long name and a letter, if it has one
  std::string placeholder;  ///< of its value; empty: a flag
  std::string help;
  std::function<void(const std::string&)> read;  ///< throws WrongCommandLine
  std::string default_value;                     ///< that the help shows; empty: none
  std::vector<std::string> choices = {};         ///< all that its value may be; empty: anything
  bool may_repeat = false;
  bool takes_several = false;  ///< values after one name
  bool is_required = false;
  bool given = false;

  std::string name() const { return names.substr(0, names.find(',')); }
  /// Its one-letter name; empty: it has none.
  std::string letter() const { return names.size() > name().size() ? names.substr(name().size() + 1) : ""; }
  /// The help with what else is to be known of it.
  std::string explained() const;
  /// Without it the command line is refused.
  void required();
};

/// The variables must live until read() returns. A variable's value at its declaration is the default, which
/// the help shows; optional ones have none, nor has an option whose help explains one itself, as "(default:
/// …)".
class CommandLine {
 public:
  /// What the help says above the options and below them.
  explicit CommandLine(std::string help, std::string help_end = {});

  Option& flag(const std::string& names, bool& value, const std::string& help);
  /// `value`: a string or path, or an optional one.
  template <class Text>
  Option& text(const std::string& names, const std::string& placeholder, Text& value,
               const std::string& help) {
    return add(
        names, placeholder, help, [&value](const std::string& given) { value = given; }, shown(value));
  }
  /// May be given several times.
  Option& texts(const std::string& names, const std::string& placeholder, std::vector<std::string>& values,
                const std::string& help);
  /// KEY=VALUE, may be given several times.
  Option& assignments(const std::string& names, const std::string& placeholder,
                      std::vector<std::string>& values, const std::string& help);
  Option& choice(const std::string& names, const std::string& placeholder, std::string& value,
                 const std::vector<std::string>& choices, const std::string& help);
  /// `value`: of any integer type, or optional.
  template <class Integer>
  Option& integer(const std::string& names, const std::string& placeholder, Integer& value, std::int64_t min,
                  std::int64_t max, const std::string& help) {
    return add(
        names, placeholder, help,
        [=, &value](const std::string& given) {
          value = static_cast<ValueOf<Integer>>(read_integer(names, given, min, max));
        },
        shown(value));
  }
  /// A list as 1,2,5, none of them twice.
  template <class Integer>
  Option& integers(const std::string& names, const std::string& placeholder, std::vector<Integer>& values,
                   std::int64_t min, std::int64_t max, const std::string& help) {
    return add(names, placeholder, help, [=, &values](const std::string& given) {
      values.clear();
      for (const auto value : read_integers(names, given, min, max))
        values.push_back(static_cast<Integer>(value));
    });
  }
  /// `value`: a double, or an optional one.
  template <class Number>
  Option& number(const std::string& names, const std::string& placeholder, Number& value, Range range,
                 const std::string& help) {
    return add(
        names, placeholder, help,
        [=, &value](const std::string& given) { value = read_number(names, given, range); }, shown(value));
  }
  /// In seconds, as read_duration() takes it. `value`: a double, or an optional one.
  template <class Number>
  Option& duration(const std::string& names, const std::string& placeholder, Number& value,
                   const std::string& help) {
    return add(
        names, placeholder, help,
        [=, &value](const std::string& given) { value = read_span(names, given, false); }, shown(value));
  }
  /// The same, and 0.
  Option& duration_or_zero(const std::string& names, const std::string& placeholder, double& value,
                           const std::string& help);
  /// Anything else; `read` throws WrongCommandLine.
  Option& add(const std::string& names, const std::string& placeholder, const std::string& help,
              std::function<void(const std::string&)> read, const std::string& default_value = {});
  /// What belongs to no option: so many, which `expected` explains.
  void arguments(std::vector<std::string>& values, std::size_t least, std::size_t most,
                 const std::string& expected);
  /// --version, for a program without commands.
  void version(const std::string& program);

  /// Sets the variables. False if help, version, manual or completion was wanted, and printed instead. Throws
  /// WrongCommandLine.
  bool read(const Arguments& arguments);
  /// After read(): was the option of this name given?
  bool given(const std::string& name) const;

 private:
  template <class T>
  struct Unwrapped {
    using type = T;
  };
  template <class T>
  struct Unwrapped<std::optional<T>> {
    using type = T;
  };
  template <class T>
  using ValueOf = typename Unwrapped<T>::type;

  // Defaults as the help shows them.
  static std::string shown(const std::string& value) { return value; }
  static std::string shown(const std::filesystem::path& value) { return value.string(); }
  static std::string shown(double value) { return format_number(value); }
  template <class Integer>
  requires std::is_integral_v<Integer>
  static std::string shown(Integer value) { return std::to_string(value); }
  template <class T>
  static std::string shown(const std::optional<T>&) {
    return {};
  }

  static std::int64_t read_integer(const std::string& names, const std::string& text, std::int64_t min,
                                   std::int64_t max);
  static std::vector<std::int64_t> read_integers(const std::string& names, const std::string& text,
                                                 std::int64_t min, std::int64_t max);
  static double read_number(const std::string& names, const std::string& text, Range range);
  static double read_span(const std::string& names, const std::string& text, bool zero);

  void expect_required() const;
  void print_help() const;
  /// What `apps/shared/manual.hpp` is about; false if that is not what was asked for.
  bool print_of_itself(const Arguments& arguments) const;

  std::string help_, help_end_, program_;
  std::vector<Option> options_;
  std::vector<std::string>* arguments_ = nullptr;
  std::size_t least_ = 0, most_ = 0;
  std::string expected_;
};

/// The parts of a list, without blanks.
std::vector<std::string> split(const std::string& text, char separator = ',');

/// --threads, of programs that run on one machine; available_threads() without it.
void add_threads_option(CommandLine& command_line, int& threads);

}  // namespace bondscope
