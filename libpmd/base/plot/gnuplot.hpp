#pragma once

// One PNG by the program gnuplot: commands and data are collected, then gnuplot runs once.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libpmd/base/plot/axis.hpp"

namespace bondscope {

/// One picture, drawn by gnuplot as a program.
class Gnuplot {
 public:
  /// Size in pixels. Throws ConfigError for a size outside 16…16384, FileError without a temporary folder.
  Gnuplot(std::filesystem::path png, int width, int height);
  Gnuplot(const Gnuplot&) = delete;
  Gnuplot& operator=(const Gnuplot&) = delete;
  ~Gnuplot();  ///< removes the temporary files

  /// One line of gnuplot's language, as it stands. Text from outside must pass plain_markup() first.
  void command(const std::string& line);

  /// Columns of equal length become a text table; returns its quoted name for use in a plot command.
  std::string table(const std::vector<std::vector<double>>& columns);
  /// Row-major [x][y] values at the given places, coloured by the palette (nan: not drawn). Returns what
  /// follows `plot`.
  std::string matrix(std::span<const float> values, std::span<const double> x, std::span<const double> y);
  /// Coloured cells: red, green, blue for every cell of a row, row by row from y.min on, filling the given
  /// rectangle. Returns what follows `plot`.
  std::string cells(std::span<const std::uint8_t> rgb, std::size_t columns, const PlotRange& x,
                    const PlotRange& y);

  /// Runs gnuplot and moves the finished picture into place: a half-written one never has the final name.
  /// Throws FileError if gnuplot cannot be started or the PNG not be written, with gnuplot's message.
  void write();

 private:
  /// Keeps bytes for gnuplot to read; returns the file's quoted name.
  std::string keep(std::string_view bytes);

  std::filesystem::path png_, folder_;
  std::string script_;
  int files_ = 0;
};

}  // namespace bondscope
