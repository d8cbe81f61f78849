#include "apps/shared/manual.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <string_view>

#include <fmt/format.h>

#include "libpmd/base/process/build_info.hpp"

namespace bondscope {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    lines.push_back(line);
  return lines;
}

/// Backslashes and hyphens have a meaning, and so have dots and apostrophes that begin a line.
std::string escaped(std::string_view text) {
  std::string roff;
  if (text.starts_with('.') || text.starts_with('\'')) roff = "\\&";
  for (const char letter : text) {
    if (letter == '\\')
      roff += "\\e";
    else if (letter == '-')
      roff += "\\-";
    else
      roff += letter;
  }
  return roff;
}

bool is_indented(const std::string& line) {
  return line.starts_with(' ');
}

/// Paragraphs are filled; what is indented stays as it is; a line of few words above something indented is a
/// heading.
std::string body(const std::vector<std::string>& lines) {
  constexpr std::size_t longest_heading = 40;
  std::string roff;
  bool literal = false, new_paragraph = true;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& line = lines[i];
    const bool before_indented = i + 1 < lines.size() && is_indented(lines[i + 1]);
    if (literal && !is_indented(line) && !(line.empty() && before_indented)) {
      roff += ".fi\n";
      literal = false;
      new_paragraph = true;
    }
    if (line.empty()) {
      if (literal) roff += "\n";
      new_paragraph = true;
    } else if (is_indented(line)) {
      if (!literal) roff += ".PP\n.nf\n";
      literal = true;
      roff += escaped(line) + '\n';
    } else if (new_paragraph && before_indented && line.size() < longest_heading) {
      roff +=
          fmt::format(".SS \"{}\"\n", escaped(line.ends_with(':') ? line.substr(0, line.size() - 1) : line));
      new_paragraph = true;
    } else {
      if (new_paragraph) roff += ".PP\n";
      new_paragraph = false;
      roff += escaped(line) + '\n';
    }
  }
  return literal ? roff + ".fi\n" : roff;
}

/// What stands in front of the description: how the program is called, and what it does in a line.
struct Opening {
  std::string summary;
  std::vector<std::string> usage, description;
};

/// Both ways in which helps begin: "Usage: …", or "NAME - what it does" and the usage below it.
Opening opening(const std::string& help) {
  Opening found;
  const auto lines = lines_of(help);
  std::size_t i = 0;
  if (!lines.empty() && lines[0].starts_with("Usage: ")) {
    for (; i < lines.size() && !lines[i].empty(); ++i)
      found.usage.push_back(lines[i].substr(std::min(lines[i].size(), std::string("Usage: ").size())));
  } else if (!lines.empty()) {
    const auto dash = lines[0].find(" - ");
    found.summary = dash == std::string::npos ? lines[0] : lines[0].substr(dash + 3);
    for (i = 1; i < lines.size() && (lines[i].empty() || is_indented(lines[i])); ++i)
      if (!lines[i].empty()) found.usage.push_back(lines[i].substr(lines[i].find_first_not_of(' ')));
  }
  found.description.assign(lines.begin() + static_cast<std::ptrdiff_t>(i), lines.end());
  if (found.summary.empty()) {
    // The first sentence.
    std::string text;
    for (const auto& line : found.description) {
      if (line.empty() && !text.empty()) break;
      if (!line.empty()) text += (text.empty() ? "" : " ") + line;
    }
    found.summary = text.substr(0, text.find(". "));
    if (found.summary.ends_with('.')) found.summary.pop_back();
    if (!found.summary.empty())
      found.summary[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(found.summary[0])));
  }
  return found;
}

std::string synopsis(const Opening& of) {
  std::string roff = ".nf\n";
  for (const auto& line : of.usage)
    roff += escaped(line) + '\n';
  return roff + ".fi\n";
}

std::string options_list(const std::vector<Option>& options) {
  std::string roff;
  for (const auto& option : options) {
    std::string name = fmt::format("\\fB{}\\fR", escaped("--" + option.name()));
    if (const auto letter = option.letter(); !letter.empty())
      name += fmt::format(", \\fB{}\\fR", escaped("-" + letter));
    if (!option.placeholder.empty()) name += fmt::format(" \\fI{}\\fR", escaped(option.placeholder));
    roff += fmt::format(".TP\n{}\n{}\n", name, escaped(option.explained()));
  }
  return roff;
}

std::string head(const std::string& program, const Opening& of) {
  std::string title = program;
  std::ranges::transform(title, title.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return fmt::format(
      ".TH {} 1 \"\" \"Bondscope {}\" \"Bondscope\"\n.ad l\n.nh\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n{}.SH "
      "DESCRIPTION\n{}",
      title, version(), program, escaped(of.summary), synopsis(of), body(of.description));
}

/// A name that a shell takes for a function.
std::string function_of(const std::string& program) {
  return "_" + program;
}

}  // namespace

std::string manual_page(const std::string& program, const Explanation& explanation) {
  return head(program, opening(explanation.help)) + ".SH OPTIONS\n" + options_list(explanation.options) +
         body(lines_of(explanation.help_end)) + manual_end(program);
}

std::string manual_head(const std::string& program, const std::string& about) {
  return head(program, opening(about));
}

std::string manual_section(const std::string& title, const Explanation& explanation) {
  const auto of = opening(explanation.help);
  return fmt::format(".SH \"{}\"\n{}{}.SS Options\n{}{}", escaped(title), synopsis(of), body(of.description),
                     options_list(explanation.options), body(lines_of(explanation.help_end)));
}

std::string manual_end(const std::string& program) {
  std::string others;
  for (const char* other : {"pmd_store", "pmd_train", "tdse_farm", "tdse_run"})
    if (other != program) others += fmt::format("{}.BR {} (1)", others.empty() ? "" : ",\n", other);
  return ".SH \"SEE ALSO\"\n" + others + "\n";
}

std::string completion_of(const std::vector<Option>& options) {
  std::string names, values;
  for (const auto& option : options) {
    names += (names.empty() ? "--" : " --") + option.name();
    if (option.placeholder.empty()) continue;
    // Other values are names of files, which the shell completes when nothing else is offered.
    std::string words;
    for (const auto& choice : option.choices)
      words += (words.empty() ? "" : " ") + choice;
    if (option.placeholder == "FILE|NAME" || option.placeholder == "NAME|FILE")
      words = fmt::format("$(_bondscope_names {}s)", option.name());
    values += fmt::format("        --{}) words=\"{}\" ;;\n", option.name(), words);
  }
  return fmt::format("      case $previous in\n{}        *) words=\"{}\" ;;\n      esac\n", values, names);
}

std::string completion_head(const std::string& program, const std::vector<std::string>& commands) {
  std::string names;
  for (const auto& command : commands)
    names += command + " ";
  return fmt::format(R"bash(# bash completion for {0}, written by {0} {1}
# The names of configurations of one kind.
_bondscope_names() {{
  local program file
  program=$(command -v "${{COMP_WORDS[0]}}") || return
  for file in ${{PMD_CONFIGS:+"$PMD_CONFIGS/$1"/*.yaml}} configs/"$1"/*.yaml \
    "$(dirname "$(realpath "$program")")/../share/bondscope/configs/$1"/*.yaml; do
    [[ ! -e $file ]] || basename "$file" .yaml
  done | sort -u
}}
{2}() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} words=""
  [[ $COMP_CWORD -gt 1 || -z "{3}" ]] || previous="the program"
  case $previous.{4} in
    "the program."*) words="{3}--help --version" ;;
)bash",
                     program, write_completion, function_of(program), names,
                     commands.empty() ? "" : "${COMP_WORDS[1]}");
}

std::string completion_end(const std::string& program) {
  return fmt::format(R"(  esac
  # Options where none was begun would hide the files.
  [[ $current == -* || $words != --* ]] || words=""
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F {} {}
)",
                     function_of(program), program);
}

std::string completion_script(const std::string& program, const std::vector<Option>& options) {
  return completion_head(program, {}) + "    *)\n" + completion_of(options) + "      ;;\n" +
         completion_end(program);
}

}  // namespace bondscope
