#include "apps/pmd_store/outputs.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "apps/shared/command_line.hpp"

using namespace bondscope;

void expect_png_csv_or_h5(std::span<const std::string> outputs) {
  for (const auto& output : outputs) {
    const auto ending = std::filesystem::path(output).extension();
    if (ending != ".png" && ending != ".csv" && ending != ".h5")
      throw WrongCommandLine(
          fmt::format("--output {}: expected a name that ends with .png, .csv or .h5", output));
  }
}
