#pragma once

// The commands of pmd_store, each in a file of its name: options in, library call, report out.

#include "apps/shared/command_line.hpp"
#include "apps/shared/program.hpp"

inline constexpr const char* expected_store = "expected one store, the name of its file";
inline constexpr const char* expected_store_and_output = "expected a store and a new file";

int info(const bondscope::Arguments& arguments);
int verify(const bondscope::Arguments& arguments);
int compare(const bondscope::Arguments& arguments);
int failures(const bondscope::Arguments& arguments);
int render(const bondscope::Arguments& arguments);
int spectrum(const bondscope::Arguments& arguments);
int sensitivity(const bondscope::Arguments& arguments);
int browse(const bondscope::Arguments& arguments);
int pulse(const bondscope::Arguments& arguments);
int timeline(const bondscope::Arguments& arguments);
int molecule(const bondscope::Arguments& arguments);
int merge(const bondscope::Arguments& arguments);
int export_copy(const bondscope::Arguments& arguments);
int upgrade(const bondscope::Arguments& arguments);
int import_measured(const bondscope::Arguments& arguments);
int images(const bondscope::Arguments& arguments);
int average(const bondscope::Arguments& arguments);
int interpolate(const bondscope::Arguments& arguments);
int degrade(const bondscope::Arguments& arguments);
