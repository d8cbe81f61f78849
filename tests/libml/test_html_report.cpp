#include <cstdint>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "libml/report/html_report.hpp"
#include "libml/report/training_report.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/base/text/base64.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;

using Catch::Matchers::Contains;

namespace {

const std::string png_signature("\x89PNG\r\n\x1a\n", 8);

void write(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size()))
    ++n;
  return n;
}

/// The tag that is closed wrongly or left open; empty if all are balanced. Also checks that attribute values
/// are closed, since a tag ends at its first '>' only if no quote is open.
std::string unbalanced(const std::string& html) {
  const std::set<std::string> empty{"meta", "img", "!DOCTYPE"};
  std::vector<std::string> open;
  for (std::size_t i = 0; i < html.size(); ++i) {
    if (html[i] == '>') return "> outside of a tag";
    if (html[i] != '<') continue;
    bool quoted = false;
    std::size_t end = i + 1;
    for (; end < html.size() && (quoted || html[end] != '>'); ++end) {
      if (html[end] == '"') quoted = !quoted;
      if (html[end] == '<') return "< inside of a tag";
    }
    if (end == html.size()) return "a tag that never ends";
    const std::string tag = html.substr(i + 1, end - i - 1);
    const auto name = tag.substr(0, tag.find(' '));
    if (name[0] == '/') {
      if (open.empty() || open.back() != name.substr(1)) return name;
      open.pop_back();
    } else if (!empty.count(name)) {
      open.push_back(name);
    }
    i = end;
  }
  return open.empty() ? "" : open.back();
}

}  // namespace

TEST_CASE("text is escaped, and what is no text replaced") {
  CHECK(ml::html_escaped("<b a=\"1\" c='2'>&amp;</b>") ==
        "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;&lt;/b&gt;");
  CHECK(ml::html_escaped("α − 30°, 𝛼\n\t.") == "α − 30°, 𝛼\n\t.");
  const std::string replaced = "\xef\xbf\xbd";
  CHECK(ml::html_escaped(std::string("a\0b\x1b\x7f", 5)) == "a" + replaced + "b" + replaced + replaced);
  CHECK(ml::html_escaped("\xff<") == replaced + "&lt;");
  CHECK(ml::html_escaped("\xc3") == replaced);                                // cut off
  CHECK(ml::html_escaped("\xc3<") == replaced + "&lt;");                      // the next is kept
  CHECK(ml::html_escaped("\xc0\xbc") == replaced + replaced);                 // overlong '<'
  CHECK(ml::html_escaped("\xe0\x80\xbc") == replaced + replaced + replaced);  // overlong
  CHECK(ml::html_escaped("\xed\xa0\x80") == replaced + replaced + replaced);  // a surrogate
  CHECK(ml::html_escaped("\xf4\x90\x80\x80") == replaced + replaced + replaced + replaced);  // too large
}

TEST_CASE("names from outside stay text everywhere, and tags are balanced") {
  const TemporaryFolder folder;
  const std::string evil = "</title><script src=\"http://x\">alert('1')</script>\" onload='x";
  const auto picture = folder / "a<b>&.png";
  write(picture, png_signature + "pixels");
  const ml::HtmlReport report{
      .title = evil,
      .facts = {{evil, evil}},
      .sections = {{.title = evil,
                    .paragraphs = {evil},
                    .tables = {{evil, {evil, evil}, {{evil, evil}, {evil}}}, {"", {}, {}}},
                    .pictures = {{picture, evil}, {folder / "<missing>.png", evil}},
                    .preformatted = evil + "\n  </pre>"},
                   {.title = "empty"}},
      .sources = {{evil, folder / "sub" / "a \"b\"#é.h5"},
                  {evil, folder / "../javascript:x"},
                  {"far away", "/nowhere/near/base.h5"},
                  {"no file", ""}},
      .footer = {evil}};
  const std::string shown = png_signature + "pixels";
  const std::vector<std::uint8_t> bytes(shown.begin(), shown.end());
  const auto html = ml::to_html(report, folder.path());
  CHECK(unbalanced(html) == "");
  CHECK(count(html, "<script") == 0);
  CHECK(count(html, "</title>") == 1);
  CHECK(count(html, "</pre>") == 1);
  CHECK(count(html, "<img ") == 1);
  CHECK_THAT(html, Contains("src=\"data:image/png;base64," + base64(bytes) + "\""));
  CHECK_THAT(html, Contains("Picture &lt;missing&gt;.png is left out: there is no such file."));
  CHECK_THAT(html,
             Contains("href=\"./sub/a%20%22b%22%23%C3%A9.h5\"") && Contains("href=\"./../javascript%3Ax\""));
  CHECK_THAT(html, Contains("<li>far away: base.h5</li>"));
  CHECK_THAT(html, Contains("default-src 'none'"));
  CHECK(count(html, "http://x") == count(html, "&quot;http://x&quot;"));
  CHECK(unbalanced("<p><b></p>") == "/p");
  CHECK(unbalanced(html + "<p>") == "p");
}

TEST_CASE("what cannot be embedded is noted and left out") {
  const TemporaryFolder folder;
  write(folder / "text.png", "not a picture");
  write(folder / "empty.png", "");
  std::filesystem::create_directory(folder / "folder.png");
  write(folder / "huge.png", png_signature);
  std::filesystem::resize_file(folder / "huge.png", ml::most_bytes_per_picture + 1);
  ml::HtmlReport report{.title = "pictures", .sections = {{.title = "all"}}};
  for (const char* name : {"text.png", "empty.png", "folder.png", "huge.png"})
    report.sections[0].pictures.push_back({folder / name, name});
  const auto html = ml::to_html(report, folder.path());
  CHECK(unbalanced(html) == "");
  CHECK(count(html, "<img ") == 0);
  CHECK_THAT(html, Contains("text.png is left out: it is not a PNG") &&
                       Contains("empty.png is left out: it is not a PNG") &&
                       Contains("folder.png is left out: there is no such file") &&
                       Contains("huge.png is left out: it has 16777217 bytes, more than 16 MiB"));
  CHECK(html.size() < 10000);
}

TEST_CASE("a training's report has its metrics, pictures and recipe") {
  const TemporaryFolder folder;
  write(folder / "scatter.png", png_signature + "the scatter");
  ml::ModelDescription model;
  model.recipe.name = "tiny <recipe>";
  model.recipe.seed = 7;
  model.recipe.targets = {"R"};
  model.train.resize(30);
  model.parameter_count = 1500;
  model.epochs_done = 2;
  model.best_epoch = 2;
  ml::Evaluation evaluation;
  evaluation.weights = "best";
  evaluation.store = "some & store.h5";
  evaluation.targets = {"R"};
  evaluation.train_runs = 30;
  evaluation.predictions.resize(12);
  evaluation.scores = {{.count = 12,
                        .mae = 0.03125,
                        .mae_95 = {0.025, 0.0375},
                        .rmse = 0.0425,
                        .absolute_error_sd = 0.0123,
                        .bias = -0.0021,
                        .mae_of_mean = 1.75}};
  const std::vector<ml::Epoch> curve{{.epoch = 1, .learning_rate = 1e-3, .train_loss = 0.5},
                                     {.epoch = 2, .learning_rate = 5e-4, .train_loss = 0.25, .best = true}};
  ml::write_training_report(folder.path(), model, evaluation, curve);
  const auto html = read_text_file(folder / "report.html");
  CHECK(unbalanced(html) == "");
  CHECK_THAT(html, Contains("tiny &lt;recipe&gt;") && Contains("some &amp; store.h5"));
  for (const char* cell : {"0.03125", "0.025 to 0.0375", "0.0425", "0.0123", "-0.0021", "1.75"})
    CHECK_THAT(html, Contains(std::string("<td>") + cell + "</td>"));
  CHECK_THAT(html, Contains("1500 parameters") && Contains("50 parameters for each"));
  CHECK_THAT(html, Contains("n train</th><td>30</td>") && Contains("n test</th><td>12</td>") &&
                       Contains("seed</th><td>7</td>"));
  CHECK_THAT(html, Contains("<td>0.25</td><td>none</td>"));
  CHECK_THAT(html, Contains(ml::html_escaped(model.recipe.to_yaml())));
  CHECK(count(html, "<img ") == 1);
  CHECK(count(html, "is left out") == 3);
  CHECK_THROWS_AS(ml::write_training_report(folder / "missing", model, evaluation, curve), FileError);
}
