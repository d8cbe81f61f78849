#pragma once

// The commands of pmd_train, one per source file.

#include <string>
#include <vector>

enum Exit { success = 0, failure = 1, wrong_command_line = 2, interrupted = 75 };

using Arguments = std::vector<std::string>;

int train(const Arguments& arguments);
int evaluate(const Arguments& arguments);
int transfer(const Arguments& arguments);
int learning_curve(const Arguments& arguments);
int reproduce(const Arguments& arguments);
