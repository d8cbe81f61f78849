#pragma once

// What a command writes, by the names' endings.

#include <span>
#include <string>

/// Throws WrongCommandLine that names the first of --output's names that ends with none of .png, .csv and
/// .h5.
void expect_png_csv_or_h5(std::span<const std::string> outputs);
