#pragma once

// Answers as a page for a browser.

#include <filesystem>
#include <string>
#include <vector>

#include "libml/predict/answer.hpp"

namespace bondscope::ml {

/// Answers that a page shows with pictures: the first ones, and of the others those not to be trusted, up to
/// this number.
inline constexpr std::size_t most_pictured = 12;

/// An image, the nearest known runs and the difference to the first of them; below, the densities of the
/// targets with their intervals. Throws what Gnuplot::write() throws.
void draw_answer(const std::filesystem::path& png, const std::string& title, const Answer& answer,
                 const ImageSettings& image);

/// Writes answers.html into `folder`: one file without outside references, with a table of all answers, what
/// they take for granted, and pictures. Returns what could not be drawn. Throws FileError.
std::vector<std::string> write_answers_page(const std::filesystem::path& folder,
                                            const std::vector<Answer>& answers, const Answerer& answerer,
                                            const std::string& input);

}  // namespace bondscope::ml
