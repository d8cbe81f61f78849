#include "libml/predict/answers_page.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "libml/predict/answer_text.hpp"
#include "libml/report/html_report.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libpmd/base/text/nearest.hpp"

namespace bondscope::ml {
namespace {

HtmlTable table_of_all(const std::vector<Answer>& answers) {
  HtmlTable table{.caption = {}, .header = {"row", "electrons"}, .rows = {}};
  for (const auto& target : answers.front().targets) {
    const auto unit = target.target.unit.empty() ? "" : fmt::format(" ({})", target.target.unit);
    table.header.push_back(target.target.name + unit);
    table.header.push_back("in 90 %");
  }
  table.header.push_back("p");
  table.header.push_back("to be trusted");
  for (const auto& answer : answers) {
    std::vector<std::string> row{
        std::to_string(answer.sample.run),
        answer.sample.electrons > 0 ? fmt::format("{:.3g}", answer.sample.electrons) : "not counted"};
    for (const auto& target : answer.targets) {
      row.push_back(shown(target.value, target));
      row.push_back(describe_interval(target, 1));
    }
    row.push_back(fmt::format("{:.2g}", answer.alarm.p_value));
    row.push_back(answer.trusted() ? "yes" : "NO");
    table.rows.push_back(std::move(row));
  }
  return table;
}

HtmlSection section_of(const Answer& answer, const Answerer& answerer, const std::filesystem::path& png) {
  HtmlSection section{.title = name_of(answer.sample)};
  if (!answer.trusted()) section.title += ": answer not to be trusted";
  HtmlTable values{
      .caption = {}, .header = {"", "value", "in 68 %", "in 90 %", "in 95 %", "unit"}, .rows = {}};
  for (const auto& target : answer.targets)
    values.rows.push_back({target.target.name, shown(target.value, target), describe_interval(target, 0),
                           describe_interval(target, 1), describe_interval(target, 2), target.target.unit});
  section.tables.push_back(std::move(values));
  section.paragraphs.push_back(fmt::format(
      "Of the runs that calibrated the model, {:.2g} % are as unlike what it learned from as this "
      "distribution (p = {:.2g}).",
      100 * answer.alarm.p_value, answer.alarm.p_value));
  for (const auto& reason : answer.distrust)
    section.paragraphs.push_back("Not to be trusted, because " + reason + ".");
  for (const auto& hint : answer.hints)
    section.paragraphs.push_back("Perhaps " + hint + ".");
  for (const auto& note : answer.notes)
    section.paragraphs.push_back("Note: " + note + ".");
  HtmlTable nearest{.caption = fmt::format("The nearest known runs: of all {}, those with the most similar "
                                           "distributions",
                                           answerer.known_runs()),
                    .header = {"", "distance"},
                    .rows = {}};
  for (const auto& run : answer.nearest)
    nearest.rows.push_back({describe(run.parameters), fmt::format("{:.3g}", run.distance)});
  section.tables.push_back(std::move(nearest));
  section.pictures = {
      {png,
       fmt::format("The distribution as the model sees it; those of {} known runs with the most similar "
                   "distributions, by the same distance; its difference to the first of them (decades). "
                   "Below, the densities of the answers; bars are the intervals of 68, 90 and 95 %.{}",
                   answerer.known_pictures(),
                   answer.joint.back().empty()
                       ? ""
                       : " Beside them where both parameters together lie in 68, 90 and 95 % of cases; the "
                         "cross is the answer.")}};
  return section;
}

/// Positions of those that are shown with pictures, increasing.
std::vector<std::size_t> pictured(const std::vector<Answer>& answers) {
  std::vector<std::size_t> chosen;
  for (const bool trusted : {false, true})
    for (std::size_t i = 0; i < answers.size() && chosen.size() < most_pictured; ++i)
      if (answers[i].trusted() == trusted) chosen.push_back(i);
  std::ranges::sort(chosen);
  return chosen;
}

}  // namespace

std::vector<std::string> write_answers_page(const std::filesystem::path& folder,
                                            const std::vector<Answer>& answers, const Answerer& answerer,
                                            const std::string& input) {
  const auto& model = answerer.model();
  const auto& d = model.description;
  const auto wrong = std::ranges::count_if(answers, [](const Answer& answer) { return !answer.trusted(); });
  HtmlReport report{
      .title =
          fmt::format("{} of {}", join(d.recipe.targets), std::filesystem::path(input).filename().string()),
      .facts = {{"input", input},
                {"distributions", std::to_string(answers.size())},
                {"not to be trusted", std::to_string(wrong)},
                {"model", model.folder.string()},
                {"method", fmt::format("{} (recipe {}), {} runs of {}", d.recipe.method, d.recipe.name,
                                       d.train.size(), d.data.dataset)},
                {"calibrated with", fmt::format("{} runs", answerer.intervals().evidence().size())}}};
  report.sections.push_back(
      {.title = "Answers",
       .paragraphs =
           {"Intervals hold the truth in the stated share of cases, for distributions like those that the "
            "model was calibrated with. Whether this one is like them is what p says; at 0.01 or below "
            "it is not."},
       .tables = {table_of_all(answers)}});
  std::vector<std::string> missing;
  std::vector<std::filesystem::path> pictures;
  for (const auto i : pictured(answers)) {
    const auto png = pictures.emplace_back(folder / fmt::format("answer-{}.png", answers[i].sample.run));
    try {
      draw_answer(png, name_of(answers[i].sample), answers[i], answerer.thumbnail());
    } catch (const FileError& error) {
      missing.push_back(fmt::format("a picture is missing: {}", error.what()));
    }
    report.sections.push_back(section_of(answers[i], answerer, png));
  }
  if (pictures.size() < answers.size())
    report.sections.back().paragraphs.push_back(
        fmt::format("The other {} are in the table above.", answers.size() - pictures.size()));
  HtmlTable assumed;
  for (const auto& [key, value] : assumptions(d))
    assumed.rows.push_back({key, value});
  report.sections.push_back(
      {.title = "Taken for granted",
       .paragraphs =
           {"All that the model learned from was so. What of it is not true of a distribution, the alarm "
            "may show; no interval knows of it. The molecule is a model in two dimensions."},
       .tables = {assumed}});
  report.footer = {fmt::format("Written {} by version {}.", utc_now(), code_version())};
  write_file(folder / "answers.html", to_html(report, folder));
  // They are in the page.
  std::error_code status;
  for (const auto& png : pictures)
    std::filesystem::remove(png, status);
  return missing;
}

}  // namespace bondscope::ml
