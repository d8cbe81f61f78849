#include "libml/experiments/error_curves.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libml/report/html_report.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libpmd/base/statistics/average.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t bootstrap_seed = 1;
constexpr int resamples = 1000;

std::string whole(double value) {
  return value < 1e6 ? fmt::format("{:.0f}", value) : fmt::format("{:.2g}", value);
}

double error_of(const TestResult& result) {
  const auto& metric = result.metrics.front();
  return metric.name == "accuracy" ? 1 - metric.value : metric.value;
}

const Metric& first_metric(const ErrorCurves& errors) {
  if (errors.points.empty() || errors.points.front().result.metrics.empty())
    throw DataError("error curves without a result");
  return errors.points.front().result.metrics.front();
}

/// Of a parameter that a data set declared, results say no more than name and unit.
Target target_of(const Metric& metric) {
  for (const auto& parameter : common_parameters())
    if (parameter.title == metric.name) return target(metric.name);
  return {metric.name, metric.name, metric.unit};
}

std::string interval(const std::optional<ConfidenceInterval>& i) {
  if (!i) return "";
  return fmt::format(" [{:.3g}, {:.3g}]", i->low, i->high);
}

std::string describe_law(const LearningLaw& law) {
  std::string text = "MAE = a N^b + c: ";
  const auto sd = law.fit.uncertainty();
  const auto term = [&](const char* name, double value, std::size_t i,
                        const std::optional<ConfidenceInterval>& in_95) {
    text += fmt::format("{} = {:.3g}{}{}", name, value, sd ? fmt::format(" ± {:.3g}", sd->at(i)) : "",
                        interval(in_95));
  };
  term("a", law.fit.law.a, 0, law.a_95);
  term(", b", law.fit.law.b, 1, law.b_95);
  if (law.fit.c_at_zero)
    text += ", c = 0 (its bound)";
  else
    term(", c", law.fit.law.c, 2, law.c_95);
  if (law.fit.b_at_bound) text += "; the points do not determine b, which ended at its bound";
  return text;
}

std::string describe_needed(const SamplesNeeded& needed, double target) {
  if (!needed.samples) return fmt::format("runs for {:.3g}: none, the fit never gets there", target);
  auto text = fmt::format("runs for {:.3g}: {}", target, whole(*needed.samples));
  if (const auto& interval = needed.interval_95)
    text += fmt::format(" [{}, {}]", whole(interval->low),
                        std::isfinite(interval->high) ? whole(interval->high) : "never");
  if (needed.extrapolation > 1)
    text += fmt::format(", extrapolated by a factor {:.3g} beyond what was measured", needed.extrapolation);
  return text;
}

Json to_json(const std::optional<ConfidenceInterval>& interval_95) {
  if (!interval_95) return nullptr;
  // JSON has no infinity: null stands for an end that is never reached.
  const auto end = [](double v) { return std::isfinite(v) ? Json(v) : Json(nullptr); };
  return {end(interval_95->low), end(interval_95->high)};
}

Json to_json(const CurveSummary& curve) {
  Json json{{"curve", curve.name}, {"points", Json::array()}};
  for (const auto& size : curve.sizes) {
    const auto s = average(size.errors);
    json["points"].push_back({{"train_runs", size.samples},
                              {"mean", s.mean},
                              {"sd", s.sd ? Json(*s.sd) : Json(nullptr)},
                              {"seeds", size.errors.size()}});
  }
  if (!curve.law) {
    json["fit"] = nullptr;
    json["no_fit"] = curve.no_law;
    return json;
  }
  const auto& fit = curve.law->fit;
  const auto sd = fit.uncertainty();
  const auto term = [&](double value, std::size_t i, const std::optional<ConfidenceInterval>& in_95) {
    return Json{
        {"value", value}, {"sd", sd ? Json(sd->at(i)) : Json(nullptr)}, {"interval_95", to_json(in_95)}};
  };
  json["fit"] = {{"a", term(fit.law.a, 0, curve.law->a_95)},
                 {"b", term(fit.law.b, 1, curve.law->b_95)},
                 {"c", term(fit.law.c, 2, curve.law->c_95)},
                 {"c_at_zero", fit.c_at_zero},
                 {"b_at_bound", fit.b_at_bound}};
  if (curve.needed)
    json["runs_for_target"] = {{"runs", curve.needed->samples ? Json(*curve.needed->samples) : Json(nullptr)},
                               {"interval_95", to_json(curve.needed->interval_95)},
                               {"extrapolation", curve.needed->extrapolation}};
  return json;
}

std::string to_csv(const ErrorCurves& errors) {
  auto text = csv_line({"curve", "seed", "train_runs", "test_runs", "metric", "unit", "value"});
  for (const auto& p : errors.points)
    for (const auto& metric : p.result.metrics)
      text += csv_line({p.curve, std::to_string(p.seed), std::to_string(p.result.train_runs),
                        std::to_string(p.result.test_runs), metric.name, metric.unit,
                        format_number(metric.value)});
  return text;
}

HtmlTable table_of(const CurveSummary& curve) {
  HtmlTable table{.caption = curve.name, .header = {"training runs", "seeds", "mean over seeds"}, .rows = {}};
  for (const auto& size : curve.sizes)
    table.rows.push_back(
        {whole(size.samples), std::to_string(size.errors.size()), describe(average(size.errors))});
  return table;
}

HtmlReport report_of(const std::filesystem::path& png, const ErrorCurves& errors,
                     const std::vector<CurveSummary>& curves) {
  HtmlReport report{.title = errors.title, .facts = errors.facts};
  HtmlSection section{.title = "Error against the number of training runs"};
  section.pictures.push_back({png, "Mean over seeds, with the standard deviation between them."});
  for (const auto& curve : curves) {
    section.tables.push_back(table_of(curve));
    if (errors.fit)
      section.paragraphs.push_back(fmt::format(
          "{}: {}", curve.name, curve.law ? describe_law(*curve.law) : "no fit, " + curve.no_law));
    if (curve.needed) section.paragraphs.push_back(describe_needed(*curve.needed, *errors.target_mae));
  }
  for (const auto& [name, law] : errors.laws)
    section.paragraphs.push_back(
        fmt::format("{}: MAE = {:.4g} N^{:.3g} + {:.3g}", name, law.a, law.b, law.c));
  report.sections.push_back(std::move(section));
  report.footer.push_back(fmt::format("pmd_train {}", code_version()));
  return report;
}

}  // namespace

std::vector<CurveSummary> summarise(const ErrorCurves& errors) {
  std::vector<CurveSummary> curves;
  for (const auto& point : errors.points) {
    auto curve = std::ranges::find(curves, point.curve, &CurveSummary::name);
    if (curve == curves.end())
      curve = curves.insert(curves.end(), CurveSummary{.name = point.curve, .sizes = {}});
    const auto runs = static_cast<double>(point.result.train_runs);
    auto size = std::ranges::find(curve->sizes, runs, &ErrorsAtSize::samples);
    if (size == curve->sizes.end()) size = curve->sizes.insert(size, ErrorsAtSize{runs, {}});
    size->errors.push_back(error_of(point.result));
  }
  for (auto& curve : curves) {
    std::ranges::sort(curve.sizes, {}, &ErrorsAtSize::samples);
    if (!errors.fit) continue;
    try {
      curve.law = fit_learning_law(curve.sizes, bootstrap_seed, resamples, true);
      if (errors.target_mae) curve.needed = samples_needed(*curve.law, *errors.target_mae);
    } catch (const DataError& error) {
      curve.no_law = error.what();
    }
  }
  return curves;
}

std::string describe(const std::vector<CurveSummary>& curves, const ErrorCurves& errors) {
  const auto& metric = first_metric(errors);
  auto text = fmt::format(
      "{}, mean ± s.d. over seeds\n",
      metric.name == "accuracy" ? "error rate" : fmt::format("MAE of {} ({})", metric.name, metric.unit));
  for (const auto& curve : curves) {
    text += fmt::format("{}\n", curve.name);
    for (const auto& size : curve.sizes)
      text += fmt::format("  {} training runs: {}  ({})\n", whole(size.samples),
                          describe(average(size.errors)), counted(size.errors.size(), "seed"));
    if (curve.law) text += fmt::format("  {}\n", describe_law(*curve.law));
    if (curve.needed) text += fmt::format("  {}\n", describe_needed(*curve.needed, *errors.target_mae));
  }
  return text;
}

std::vector<std::string> write_error_curves(const std::filesystem::path& folder, const std::string& name,
                                            const ErrorCurves& errors,
                                            const std::vector<CurveSummary>& curves) {
  const auto& metric = first_metric(errors);
  std::vector<std::string> missing;
  write_file(folder / (name + ".csv"), to_csv(errors));
  Json json{{"title", errors.title},
            {"metric", metric.name},
            {"unit", metric.unit},
            {"target", errors.target_mae ? Json(*errors.target_mae) : Json(nullptr)},
            {"curves", Json::array()}};
  for (const auto& curve : curves)
    json["curves"].push_back(to_json(curve));
  for (const auto& [curve, law] : errors.laws)
    json["laws_of_others"].push_back({{"name", curve}, {"a", law.a}, {"b", law.b}, {"c", law.c}});
  write_file(folder / (name + ".json"), json.dump(1) + "\n");
  const auto png = folder / (name + ".png");
  std::vector<ErrorCurve> drawn;
  for (const auto& curve : curves)
    drawn.push_back(
        {curve.name, curve.sizes, curve.law ? std::optional(curve.law->fit.law) : std::optional<PowerLaw>()});
  for (const auto& [curve, law] : errors.laws)
    drawn.push_back({curve, {}, law});
  try {
    draw_error_against_samples(png, errors.title, target_of(metric), drawn, errors.target_mae);
  } catch (const FileError& error) {
    missing.push_back(fmt::format("a picture is missing: {}", error.what()));
  }
  auto report = report_of(png, errors, curves);
  report.sources = errors.sources;
  report.sources.push_back({"each test", folder / (name + ".csv")});
  report.sources.push_back({"points and fits", folder / (name + ".json")});
  write_file(folder / "report.html", to_html(report, folder));
  return missing;
}

}  // namespace bondscope::ml
