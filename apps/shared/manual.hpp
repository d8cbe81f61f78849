#pragma once

// What a program writes of itself from its options, hidden from --help: the page of its manual
// (--write-manual) and what a shell completes (--write-completion). A program of several commands writes the
// frame, and each command its part.

#include <string>
#include <vector>

#include "apps/shared/command_line.hpp"

namespace bondscope {

constexpr const char* write_manual = "--write-manual";
constexpr const char* write_completion = "--write-completion";

/// Help above and below the options, and the options, of a program or a command.
struct Explanation {
  std::string help, help_end;
  std::vector<Option> options;
};

/// In the language of man(7): a whole page, for a program without commands …
std::string manual_page(const std::string& program, const Explanation& explanation);
/// … or its head, with `about` as --help shows it, and what follows the sections of the commands.
std::string manual_head(const std::string& program, const std::string& about);
std::string manual_section(const std::string& title, const Explanation& explanation);
std::string manual_end(const std::string& program);

/// For bash: the same. The frame asks of each command what stands for it in a `case`.
std::string completion_script(const std::string& program, const std::vector<Option>& options);
std::string completion_head(const std::string& program, const std::vector<std::string>& commands);
std::string completion_of(const std::vector<Option>& options);
std::string completion_end(const std::string& program);

}  // namespace bondscope
