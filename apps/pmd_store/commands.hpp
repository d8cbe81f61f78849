#pragma once

// The commands of pmd_store, each in a file of its name: options in, library call, report out.

#include <string>
#include <vector>

enum Exit { exit_success = 0, exit_failure = 1, exit_wrong_command_line = 2, exit_damage_found = 3 };

inline constexpr const char* expected_store = "expected one store, the name of its file";

/// Each gets the arguments behind its name and returns the exit code; errors are exceptions.
using Arguments = std::vector<std::string>;
int info(const Arguments& arguments);
int verify(const Arguments& arguments);
int failures(const Arguments& arguments);
int render(const Arguments& arguments);
int timeline(const Arguments& arguments);
int merge(const Arguments& arguments);
int export_copy(const Arguments& arguments);
int images(const Arguments& arguments);
int average(const Arguments& arguments);
int interpolate(const Arguments& arguments);
int degrade(const Arguments& arguments);
