#pragma once

// One PNG by the program gnuplot: commands and data are collected, then gnuplot runs once.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace bondscope {

class Gnuplot {
 public:
  /// Size in pixels. Throws ConfigError for a size outside 16…16384, FileError without a temporary folder.
  Gnuplot(std::filesystem::path png, int width, int height);
  Gnuplot(const Gnuplot&) = delete;
  Gnuplot& operator=(const Gnuplot&) = delete;
  ~Gnuplot();  ///< removes the temporary files

  /// One line of gnuplot's language, as it stands. Text from outside must pass quote() first.
  void command(const std::string& line);

  /// Columns of equal length become a text table; returns its quoted name for use in a plot command.
  std::string table(const std::vector<std::vector<double>>& columns);
  /// Row-major [x][y] values become gnuplot's "binary matrix" with the given axes (nan: not drawn); returns
  /// its quoted name, to be used as: plot NAME binary matrix with image
  std::string matrix(std::span<const float> values, std::span<const double> x, std::span<const double> y);
  /// Coloured cells: red, green, blue for every cell of a row, row by row from y_min on, filling the given
  /// rectangle. Returns what follows `plot`.
  std::string cells(std::span<const std::uint8_t> rgb, std::size_t columns, double x_min, double x_max,
                    double y_min, double y_max);

  /// Runs gnuplot and moves the finished picture into place: a half-written one never has the final name.
  /// Throws FileError if gnuplot cannot be started or the PNG not be written, with gnuplot's message.
  void write();

  /// Text as a gnuplot string literal, with enhanced-mode specials escaped.
  static std::string quote(const std::string& text);

 private:
  std::filesystem::path png_, folder_;
  std::string script_;
  int files_ = 0;
};

}  // namespace bondscope
