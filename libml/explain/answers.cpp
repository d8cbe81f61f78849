#include "libml/explain/answers.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope::ml {

std::vector<float> softmax(std::vector<float> scores, std::size_t classes) {
  for (std::size_t first = 0; first + classes <= scores.size(); first += classes) {
    const auto row = std::span(scores).subspan(first, classes);
    const float largest = *std::ranges::max_element(row);
    double sum = 0;
    for (auto& score : row) {
      score = std::exp(score - largest);
      sum += static_cast<double>(score);
    }
    for (auto& score : row)
      score = static_cast<float>(static_cast<double>(score) / sum);
  }
  return scores;
}

Answers answers_of(const Model& model, std::vector<float> extent) {
  return [&model, extent = std::move(extent)](std::span<const float> images, std::size_t count) {
    const auto& spec = model.network().spec();
    std::vector<float> extents;
    for (std::size_t i = 0; i < count; ++i)
      extents.insert(extents.end(), extent.begin(), extent.end());
    auto answers = model.network().evaluate(images, extents);
    const auto outputs = static_cast<std::size_t>(spec.outputs);
    if (spec.classes) return softmax(std::move(answers), outputs);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const auto& scaling = model.preprocessing().targets[i % outputs];
      answers[i] = static_cast<float>(scaling.offset + scaling.scale * static_cast<double>(answers[i]));
    }
    return answers;
  };
}

std::vector<float> ask(const Answers& answers, std::span<const float> images, std::size_t count,
                       std::size_t output) {
  const auto all = answers(images, count);
  const std::size_t outputs = all.size() / count;
  if (all.size() % count != 0 || output >= outputs)
    throw DataError(fmt::format(
        "the model gave {} answers for {} images; expected equally many for each, with number {} among them",
        all.size(), count, output));
  std::vector<float> of_output;
  for (std::size_t i = 0; i < count; ++i) {
    of_output.push_back(all[i * outputs + output]);
    if (!std::isfinite(of_output.back())) throw DataError("the model gave an answer that is not finite");
  }
  return of_output;
}

}  // namespace bondscope::ml
