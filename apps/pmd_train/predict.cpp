#include <algorithm>
#include <filesystem>
#include <iostream>

#include <fmt/format.h>

#include "apps/pmd_train/commands.hpp"
#include "apps/pmd_train/console.hpp"
#include "apps/pmd_train/options.hpp"
#include "apps/shared/open_in_child.hpp"
#include "libml/predict/answer_text.hpp"
#include "libml/predict/answers_page.hpp"
#include "libml/predict/input.hpp"
#include "libml/report/tables.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"

using namespace bondscope;

namespace {

constexpr const char* help = R"(Usage: pmd_train predict --model FOLDER --input FILE [options]

Asks a model about distributions: computed ones, degraded ones, or measured ones that 'pmd_store import' has
brought into a store; FILE may also be an images file of the model's representation. For each it says the value
of every target with intervals that hold the truth in 68, 90 and 95 % of cases, and whether the distribution is
like those that the model learned from. Where it is not, the text says ANSWER NOT TO BE TRUSTED, and why, and
the exit code is 4.

The model must be calibrated: 'pmd_train train' does it, 'pmd_train calibrate' does it for other data.

Intervals hold for distributions of the kind that the model was calibrated with: same molecule, pulse and
numerics, parameters from the same ranges, as many electrons. What of this cannot be seen in a distribution is
listed as taken for granted. No interval knows of the difference between the model molecule and a real one.

Written into --output:
  answers.json   everything, for programs
  answers.html   for people, in one file that can be mailed: all answers, and of some their densities and the
                 nearest known runs beside the distribution

Examples:
  pmd_train predict --model models/base --input seen.h5
  pmd_train predict --model models/base --input all.h5 --rows 0,5-9 --output answers
  pmd_train predict --model models/base --input seen.h5 --json | jq .answers[0].targets.R
)";

void print(const ml::Model& model, const std::vector<ml::Answer>& answers, const std::string& input) {
  const auto& d = model.description;
  std::cout << fmt::format("model {}: recipe '{}', {} runs of '{}'; {}: {}\n", model.folder.string(),
                           d.recipe.name, d.train.size(), d.data.dataset, input,
                           counted(answers.size(), "distribution"));
  constexpr std::size_t most_in_full = 5;
  for (const auto& answer : answers)
    std::cout << (answers.size() <= most_in_full ? ml::describe(answer)
                                                 : ml::describe_in_a_line(answer) + "\n");
  std::cout << "taken for granted, as in all that the model learned from:\n";
  for (const auto& [key, value] : ml::assumptions(d))
    std::cout << fmt::format("  {}: {}\n", key, value);
}

}  // namespace

int predict(const Arguments& arguments) {
  std::string input, rows;
  std::filesystem::path output;
  bool json = false;
  ModelOptions model_options;
  MachineOptions machine_options;
  CommandLine command_line(help);
  model_options.declare(command_line);
  command_line.text("input,i", "FILE", input, "a store, or an images file").required();
  command_line.text("rows", "LIST", rows, "rows of the file, e.g. 0,5-9 (default: all that are done)");
  command_line.text("output,o", "FOLDER", output, "write answers.json and answers.html there");
  command_line.flag("json", json, "print what answers.json has instead of text");
  machine_options.declare(command_line);
  if (!command_line.read(arguments)) return exit_code::success;
  model_options.open_in_child();
  open_in_child({input});
  const auto machine = machine_options.prepare();
  const ml::Answerer answerer(model_options.load(machine.device), machine.threads);
  Console console;
  const auto asked = ml::load_input(input, answerer.model().description, rows, model_options.force,
                                    machine.threads, console.listener().images);
  const auto answers = ml::answers(answerer, asked);
  const auto text = ml::to_json(answers, answerer, input);
  if (json)
    std::cout << text;
  else
    print(answerer.model(), answers, input);
  if (!output.empty()) {
    std::filesystem::create_directories(output);
    write_file(output / "answers.json", text);
    print_warnings(ml::write_answers_page(output, answers, answerer, input));
    if (!json) std::cout << fmt::format("answers: {}\n", (output / "answers.html").string());
  }
  return std::ranges::all_of(answers, &ml::Answer::trusted) ? exit_code::success : exit_code::distrusted;
}
