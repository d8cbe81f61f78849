#pragma once

// Coverage for people.

#include <string>
#include <vector>

#include "libml/predict/coverage.hpp"
#include "libml/report/html_report.hpp"

namespace bondscope::ml {

/// "89.6 (84.2 to 95.1)": the share in per cent, with its band if it is judged.
std::string describe(const Coverage& coverage);

/// A table of some lines.
std::string describe(const std::vector<TargetCoverage>& coverages);

/// A section of a report: what was counted, and where the promise is refuted. `about` says on which runs.
HtmlSection coverage_section(const std::vector<TargetCoverage>& coverages, const std::string& about,
                             const std::filesystem::path& picture);

/// Coverage against level with the bands of 99 %, and the histogram of the probability integral transform, a
/// column for each target. Throws what Gnuplot::write() throws.
void draw_coverage(const std::filesystem::path& png, const std::string& title,
                   const std::vector<TargetCoverage>& coverages);

}  // namespace bondscope::ml
