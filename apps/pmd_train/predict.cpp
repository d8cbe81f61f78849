#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "apps/pmd_train/commands.hpp"
#include "apps/pmd_train/console.hpp"
#include "apps/pmd_train/options.hpp"
#include "apps/shared/open_in_child.hpp"
#include "libml/predict/answer_text.hpp"
#include "libml/predict/answers_page.hpp"
#include "libml/predict/certificate.hpp"
#include "libml/predict/input.hpp"
#include "libml/report/tables.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/base/threads/for_each_index.hpp"
#include "libpmd/images/images_file.hpp"
#include "libpmd/inspect/selection.hpp"
#include "libpmd/store/store.hpp"

using namespace bondscope;

namespace {

constexpr const char* help = R"(Usage: pmd_train predict --model FOLDER --input FILE [options]

Asks a model about distributions: computed ones, degraded ones, or measured ones that 'pmd_store import' has
brought into a store; FILE may also be an images file of the model's representation. For each it says the value
of every target with intervals that hold the truth in 68, 90 and 95 % of cases, and whether the distribution is
like those that the model learned from. Where it is not, the text says ANSWER NOT TO BE TRUSTED, and why, and
the exit code is 4. One sound distribution in a hundred is distrusted, too: that is the alarm's level.

The model must be calibrated: 'pmd_train train' does it, 'pmd_train calibrate' does it for other data.

Intervals hold for distributions of the kind that the model was calibrated with: same molecule, pulse and
numerics, parameters from the same ranges, as many electrons. What of this cannot be seen in a distribution is
listed as taken for granted. No interval knows of the difference between the model molecule and a real one.

Written into --output:
  answers.json   everything, for programs
  answers.html   for people, in one file that can be mailed: all answers, and of some their densities and the
                 nearest known runs beside the distribution

With --certify, tdse_fit starts from the answer and asks the Schroedinger equation itself; it leaves its result in
--output/fit, says whether both agree, and its exit code counts.

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

/// Electrons that the row is a density of: tdse_fit finds counts itself where the store has them.
double counted_density(const ml::Answer& answer, const std::string& input) {
  const auto& arrays = Store::open(input, Store::Mode::read).description().arrays;
  return std::ranges::find(arrays, "counts") == arrays.end() ? answer.sample.electrons : 0;
}

/// Before anything is asked.
void expect_one_row(const std::string& input, const std::string& rows) {
  if (is_images_file(input))
    throw WrongCommandLine(fmt::format("--certify: {} has images only; expected the store", input));
  const auto store = Store::open(input, Store::Mode::read);
  const auto count =
      rows.empty() ? store.runs_in(RunState::done).size() : parse_run_list(rows, store.size()).size();
  if (count != 1)
    throw WrongCommandLine(
        fmt::format("--certify is for one distribution, and there are {}; see --rows", count));
}

/// Becomes tdse_fit, which lies beside this program.
[[noreturn]] void certify(const ml::Answerer& answerer, const ml::Answer& answer, const std::string& input,
                          const std::string& preset, const std::filesystem::path& output) {
  const auto start = output / "start.json";
  write_file(start, ml::start_of_fit(answer, answerer.intervals()));
  const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "tdse_fit";
  if (!std::filesystem::exists(program))
    throw FileError(program.string() + ": there is no such program; --certify needs it");
  auto command = ml::fit_command(answer, answerer.model().description, program, input, start, output / "fit",
                                 preset, counted_density(answer, input), available_threads() + 1);
  std::cout << fmt::format("certificate: {}\n", fmt::join(command, " ")) << std::flush;
  std::vector<char*> words;
  for (auto& word : command)
    words.push_back(word.data());
  words.push_back(nullptr);
  execvp(words.front(), words.data());
  throw FileError(fmt::format("{}: cannot be started: {}", command.front(), std::strerror(errno)));
}

}  // namespace

int predict(const Arguments& arguments) {
  std::string input, rows;
  std::filesystem::path output;
  std::optional<std::string> preset;
  bool json = false, with_fit = false;
  ModelOptions model_options;
  MachineOptions machine_options;
  CommandLine command_line(help);
  model_options.declare(command_line);
  command_line.text("input,i", "FILE", input, "a store, or an images file").required();
  command_line.text("rows", "LIST", rows, "rows of the file, e.g. 0,5-9 (default: all that are done)");
  command_line.text("output,o", "FOLDER", output, "write answers.json and answers.html there");
  command_line.flag("json", json, "print what answers.json has instead of text");
  command_line.flag(
      "certify", with_fit,
      "then fit a single distribution by the equation itself (tdse_fit), from the answer on; needs --output");
  command_line.text("preset", "FILE|NAME", preset,
                    "of --certify: the numerics (default: those that the model learned from)");
  machine_options.declare(command_line);
  if (!command_line.read(arguments)) return exit_code::success;
  if (with_fit && output.empty()) throw WrongCommandLine("--certify needs --output");
  if (with_fit && json)
    throw WrongCommandLine("--certify says what it does; --output has answers.json as well, without --json");
  if (model_options.weights != "best")
    throw WrongCommandLine("--weights: a calibration is of the best epoch; expected best");
  model_options.open_in_child();
  open_in_child({input});
  if (with_fit) expect_one_row(input, rows);
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
  if (with_fit)
    certify(answerer, answers.front(), input, preset.value_or(answerer.model().description.data.preset),
            output);
  return std::ranges::all_of(answers, &ml::Answer::trusted) ? exit_code::success : exit_code::distrusted;
}
