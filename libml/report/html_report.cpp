#include "libml/report/html_report.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "libpmd/base/text/base64.hpp"
#include "libpmd/base/text/utf8.hpp"

namespace bondscope::ml {
namespace {

namespace fs = std::filesystem;

constexpr const char* style = R"(
body { font: 16px/1.45 sans-serif; color: #1a1a1a; background: #fff; max-width: 62rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; border-bottom: 1px solid #ccc; margin-top: 2rem; }
table { border-collapse: collapse; margin: .8rem 0; } caption { text-align: left; font-weight: bold; }
th, td { text-align: left; vertical-align: top; padding: .2rem .9rem .2rem 0; border-bottom: 1px solid #ddd;
  overflow-wrap: anywhere; min-width: 2.6rem; }
thead th { overflow-wrap: normal; } tbody th { min-width: 4.5rem; }
tbody th { font-weight: normal; color: #444; } td { font-variant-numeric: tabular-nums; }
figure { margin: 1rem 0; } img { max-width: 100%; height: auto; } figcaption { color: #444; }
pre { background: #f5f5f5; padding: .8rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.note { color: #8a4b00; }
footer { margin-top: 2rem; border-top: 1px solid #ccc; color: #555; font-size: .85rem; }
@media print { body { max-width: none; margin: 0; font-size: 11pt; } figure, tr { break-inside: avoid; }
  h2 { break-after: avoid; } }
)";

std::string element(const char* tag, const std::string& text, const char* attributes = "") {
  return fmt::format("<{0}{1}>{2}</{0}>", tag, attributes, html_escaped(text));
}

/// A line for each.
std::string paragraphs(const std::vector<std::string>& texts) {
  std::string html;
  for (const auto& text : texts)
    html += element("p", text) + "\n";
  return html;
}

/// What is wrong with a picture, or its bytes.
struct Loaded {
  std::string fault;
  std::vector<std::uint8_t> bytes;
};

Loaded load(const fs::path& file) {
  std::error_code status;
  if (!fs::is_regular_file(file, status)) return {"there is no such file", {}};
  const auto size = fs::file_size(file, status);
  if (status) return {"its size cannot be read", {}};
  if (size > most_bytes_per_picture)
    return {fmt::format("it has {} bytes, more than {} MiB", size, most_bytes_per_picture >> 20), {}};
  std::ifstream in(file, std::ios::binary);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (static_cast<std::uintmax_t>(in.gcount()) != size) return {"it cannot be read", {}};
  constexpr std::array<std::uint8_t, 8> signature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  if (bytes.size() < signature.size() || !std::equal(signature.begin(), signature.end(), bytes.begin()))
    return {"it is not a PNG", {}};
  return {"", std::move(bytes)};
}

std::string to_html(const HtmlPicture& picture) {
  const auto [fault, bytes] = load(picture.file);
  const auto name = picture.file.filename().string();
  if (!fault.empty())
    return element("p", fmt::format("Picture {} is left out: {}.", name, fault), " class=\"note\"") + "\n";
  return fmt::format("<figure><img alt=\"{}\" src=\"data:image/png;base64,{}\">{}</figure>\n",
                     html_escaped(name), base64(bytes), element("figcaption", picture.caption));
}

std::string to_html(const HtmlTable& table) {
  std::string html = "<table>";
  if (!table.caption.empty()) html += element("caption", table.caption);
  if (!table.header.empty()) {
    html += "<thead><tr>";
    for (const auto& cell : table.header)
      html += element("th", cell, " scope=\"col\"");
    html += "</tr></thead>";
  }
  html += "<tbody>\n";
  for (const auto& row : table.rows) {
    html += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i)
      html += i == 0 ? element("th", row[i], " scope=\"row\"") : element("td", row[i]);
    html += "</tr>\n";
  }
  return html + "</tbody></table>\n";
}

std::string to_html(const HtmlSection& section) {
  std::string html = element("h2", section.title) + "\n" + paragraphs(section.paragraphs);
  for (const auto& table : section.tables)
    html += to_html(table);
  for (const auto& picture : section.pictures)
    html += to_html(picture);
  // A parser drops one newline right after <pre>; this one, so that none of the text's is lost.
  if (!section.preformatted.empty())
    html += fmt::format("<pre>\n{}</pre>\n", html_escaped(section.preformatted));
  return fmt::format("<section>\n{}</section>\n", html);
}

/// Whether a report there may be moved or copied together with the file: otherwise a link would only tell
/// where both lay on the machine that made it.
bool has_folder_in_common(const fs::path& folder, const fs::path& file) {
  const auto first = [](const fs::path& path) {
    return *fs::absolute(path).lexically_normal().relative_path().begin();
  };
  return first(folder / "") == first(file);
}

std::string to_html(const std::vector<HtmlSource>& sources, const fs::path& folder) {
  std::string html = element("h2", "Where it comes from") + "\n<ul>\n";
  for (const auto& [what, file] : sources) {
    if (file.empty()) continue;
    const auto name = html_escaped(file.filename().string());
    html += fmt::format("<li>{}: ", html_escaped(what));
    html += has_folder_in_common(folder, file)
                ? fmt::format("<a href=\"{}\">{}</a>", address_from(folder, file), name)
                : name;
    html += "</li>\n";
  }
  return fmt::format("<section>\n{}</ul>\n</section>\n", html);
}

}  // namespace

std::string address_from(const fs::path& folder, const fs::path& file) {
  const auto relative =
      fs::absolute(file).lexically_normal().lexically_relative(fs::absolute(folder / "").lexically_normal());
  std::string address = "./";
  for (const char c : relative.generic_string())
    if (std::isalnum(static_cast<unsigned char>(c)) ||
        std::string_view("/._-~").find(c) != std::string_view::npos)
      address += c;
    else
      address += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return address;
}

std::string html_escaped(const std::string& text) {
  std::string html;
  html.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_bytes(text, i);
    const unsigned char c = static_cast<unsigned char>(text[i]);
    const bool control = length == 1 && ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f);
    if (length == 0 || control)
      html += "\xef\xbf\xbd";
    else if (c == '&')
      html += "&amp;";
    else if (c == '<')
      html += "&lt;";
    else if (c == '>')
      html += "&gt;";
    else if (c == '"')
      html += "&quot;";
    else if (c == '\'')
      html += "&#39;";
    else
      html.append(text, i, length);
    i += std::max<std::size_t>(length, 1);
  }
  return html;
}

std::string to_html(const HtmlReport& report, const fs::path& folder) {
  std::string body;
  if (!report.facts.empty()) {
    HtmlTable facts;
    for (const auto& [key, value] : report.facts)
      facts.rows.push_back({key, value});
    body += to_html(facts);
  }
  for (const auto& section : report.sections)
    body += to_html(section);
  if (!report.sources.empty()) body += to_html(report.sources, folder);
  if (!report.footer.empty()) body += fmt::format("<footer>\n{}</footer>\n", paragraphs(report.footer));
  // The policy makes sure of it: nothing is fetched and nothing runs, whatever a text holds.
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src "
      "'unsafe-inline'\">\n<meta name=\"viewport\" content=\"width=device-width\">\n{}\n"
      "<style>{}</style>\n</head>\n<body>\n{}\n{}</body>\n</html>\n",
      element("title", report.title), style, element("h1", report.title), body);
}

}  // namespace bondscope::ml
