#pragma once

// The commands of pmd_train, each in a file of its name: options in, library call, report out.

#include "apps/shared/command_line.hpp"
#include "apps/shared/program.hpp"

int train(const bondscope::Arguments& arguments);
int calibrate(const bondscope::Arguments& arguments);
int predict(const bondscope::Arguments& arguments);
int evaluate(const bondscope::Arguments& arguments);
int dictionary(const bondscope::Arguments& arguments);
int explain(const bondscope::Arguments& arguments);
int transfer(const bondscope::Arguments& arguments);
int learning_curve(const bondscope::Arguments& arguments);
int upgrade(const bondscope::Arguments& arguments);
int reproduce(const bondscope::Arguments& arguments);
