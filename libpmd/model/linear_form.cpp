#include "libpmd/model/linear_form.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/model/units.hpp"

namespace bondscope {
namespace {

constexpr std::size_t longest = 2000;  // bytes, as given and as text()

/// A product: its number, and the name in it, if there is one.
struct Term {
  double coefficient = 1;
  std::string name;
};

class Parser {
 public:
  explicit Parser(const std::string& text) : text_(text) {}

  /// The next term with the sign in front of it; empty at the end.
  std::optional<Term> next() {
    skip_blanks();
    if (at_end() && any_) return {};
    double sign = 1;
    if (const bool minus = take('-'); minus || take('+'))
      sign = minus ? -1 : 1;
    else if (any_)
      fail("expected + or -");
    any_ = true;
    Term term{sign, {}};
    multiply(term, false);
    for (;;) {
      if (take('*'))
        multiply(term, false);
      else if (take('/'))
        multiply(term, true);
      else
        return term;
    }
  }

 private:
  bool at_end() const { return place_ >= text_.size(); }
  void skip_blanks() {
    while (!at_end() && text_[place_] == ' ')
      ++place_;
  }
  bool take(char c) {
    skip_blanks();
    if (at_end() || text_[place_] != c) return false;
    ++place_;
    return true;
  }

  void multiply(Term& term, bool divide) {
    skip_blanks();
    if (at_end()) fail("ends where a number or a name is expected");
    const auto first = static_cast<unsigned char>(text_[place_]);
    if (std::isalpha(first) != 0) {
      const auto name = take_name();
      if (name == "pi") return apply(term, units::pi, divide);
      if (divide) fail(fmt::format("divides by {}; expected a number there", name));
      if (!term.name.empty())
        fail(fmt::format("multiplies {} by {}; expected a sum of multiples", term.name, name));
      term.name = name;
    } else {
      apply(term, take_number(), divide);
    }
  }

  void apply(Term& term, double number, bool divide) const {
    if (divide && number == 0) fail("divides by 0");
    term.coefficient = divide ? term.coefficient / number : term.coefficient * number;
    if (!std::isfinite(term.coefficient)) fail("is too large");
  }

  std::string take_name() {
    const auto begin = place_;
    while (!at_end() &&
           (std::isalnum(static_cast<unsigned char>(text_[place_])) != 0 || text_[place_] == '_'))
      ++place_;
    return text_.substr(begin, place_ - begin);
  }

  double take_number() {
    double value = 0;
    const char *begin = text_.data() + place_, *end = text_.data() + text_.size();
    const auto [stop, error] = std::from_chars(begin, end, value);
    // A sign belongs to a term, not to a number.
    if (error != std::errc() || *begin == '-') fail(fmt::format("'{}' is no number or name", *begin));
    place_ += static_cast<std::size_t>(stop - begin);
    return value;
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw ConfigError(fmt::format(
        "'{}' {}; a sum of multiples of parameters is expected, e.g. R/2, 2*d - 0.5 or pi - bend/2", text_,
        what));
  }

  const std::string& text_;
  std::size_t place_ = 0;
  bool any_ = false;
};

}  // namespace

LinearForm LinearForm::parse(const std::string& text) {
  const auto expect_short = [](const std::string& form) {
    if (form.size() > longest)
      throw ConfigError(fmt::format("a form of {} bytes; expected at most {}", form.size(), longest));
  };
  expect_short(text);
  LinearForm form;
  Parser parser(text);
  while (const auto term = parser.next()) {
    if (term->name.empty()) {
      form.constant_ += term->coefficient;
      continue;
    }
    const auto known = std::ranges::find(form.terms_, term->name, &std::pair<std::string, double>::first);
    if (known == form.terms_.end())
      form.terms_.emplace_back(term->name, term->coefficient);
    else
      known->second += term->coefficient;
  }
  std::erase_if(form.terms_, [](const auto& term) { return term.second == 0; });
  // It must read back from what a store has of it.
  expect_short(form.text());
  return form;
}

double LinearForm::value(const std::function<double(const std::string&)>& of) const {
  double sum = constant_;
  for (const auto& [name, coefficient] : terms_)
    sum += coefficient * of(name);
  return sum;
}

bool LinearForm::depends_on(const std::string& name) const {
  return std::ranges::any_of(terms_, [&](const auto& term) { return term.first == name; });
}

std::vector<std::string> LinearForm::names() const {
  std::vector<std::string> names;
  for (const auto& term : terms_)
    names.push_back(term.first);
  return names;
}

std::string LinearForm::text() const {
  std::string text;
  const auto add = [&](double coefficient, const std::string& rest) {
    const double size = std::abs(coefficient);
    const char* sign = coefficient < 0 ? (text.empty() ? "-" : " - ") : (text.empty() ? "" : " + ");
    text += sign;
    if (rest.empty() || size != 1) text += format_number(size);
    if (!rest.empty()) text += size == 1 ? rest : "*" + rest;
  };
  for (const auto& [name, coefficient] : terms_)
    add(coefficient, name);
  if (constant_ != 0 || text.empty()) add(constant_, "");
  return text;
}

}  // namespace bondscope
