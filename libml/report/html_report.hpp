#pragma once

// Reports for a browser: one file that refers to nothing outside, so that it can be mailed and archived.

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace bondscope::ml {

/// A picture larger than this is left out of a report.
inline constexpr std::uintmax_t most_bytes_per_picture = std::uintmax_t{16} << 20;

/// A table of a report.
struct HtmlTable {
  std::string caption;                         ///< above it
  std::vector<std::string> header;             ///< empty: none
  std::vector<std::vector<std::string>> rows;  ///< the first cell names the row
};

/// A picture of a report.
struct HtmlPicture {
  std::filesystem::path file;  ///< a PNG
  std::string caption;         ///< below it
};

/// Shown in this order; what is empty is left out.
struct HtmlSection {
  std::string title;                         ///< its heading
  std::vector<std::string> paragraphs = {};  ///< plain text
  std::vector<HtmlTable> tables = {};        ///< in this order
  std::vector<HtmlPicture> pictures = {};    ///< in this order
  std::string preformatted = {};             ///< e.g. a recipe, line by line as it stands
};

/// A file that a report came from.
struct HtmlSource {
  std::string what;            ///< it is of the report
  std::filesystem::path file;  ///< what the link leads to; empty: left out
};

/// What a report says.
struct HtmlReport {
  std::string title;                                            ///< of the page
  std::vector<std::pair<std::string, std::string>> facts = {};  ///< key and value, on top
  std::vector<HtmlSection> sections = {};                       ///< in this order
  std::vector<HtmlSource> sources = {};  ///< below the sections, linked if they share a folder
  std::vector<std::string> footer = {};  ///< e.g. version and date
};

/// Text in HTML, inside and outside of quotes: what has a meaning there is escaped, and what is not UTF-8 or
/// a control character becomes U+FFFD.
std::string html_escaped(const std::string& text);

/// Where `file` lies as seen from a page in `folder`, for a link: relative, and percent-encoded.
std::string address_from(const std::filesystem::path& folder, const std::filesystem::path& file);

/// Of a report that is put into `folder`. All text is escaped. A picture that is missing, not a PNG or larger
/// than most_bytes_per_picture becomes a note that says so: machines without gnuplot have reports, too.
std::string to_html(const HtmlReport& report, const std::filesystem::path& folder);

}  // namespace bondscope::ml
