#pragma once

// A number in YAML that may depend on a run's parameters, linearly.

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace bondscope {

/// "0.5", "R/2", "-2*d + R", "pi - bend/2": a sum of terms, each a product and quotient of numbers and at
/// most one name, which is no divisor; `pi` is a number. No parentheses.
class LinearForm {
 public:
  /// A number.
  LinearForm(double constant = 0) : constant_(constant) {}
  /// Throws ConfigError that says what is wrong, without a file's name.
  static LinearForm parse(const std::string& text);

  /// `of` gives the value of a name.
  double value(const std::function<double(const std::string&)>& of) const;
  /// Whether it depends on nothing.
  bool is_number() const { return terms_.empty(); }
  /// Whether it has a term with that name.
  bool depends_on(const std::string& name) const;
  /// Names in the order of their first appearance, each once.
  std::vector<std::string> names() const;
  /// Reads back as the same: "0.5*R - 1".
  std::string text() const;

  /// Whether both have the same terms in the same order.
  bool operator==(const LinearForm&) const = default;

 private:
  double constant_;
  std::vector<std::pair<std::string, double>> terms_;  ///< name and coefficient
};

}  // namespace bondscope
