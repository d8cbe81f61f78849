#include <filesystem>
#include <iostream>
#include <tuple>

#include <fmt/format.h>

#include "apps/pmd_train/commands.hpp"
#include "apps/pmd_train/console.hpp"
#include "apps/pmd_train/options.hpp"
#include "apps/shared/open_in_child.hpp"
#include "apps/shared/progress.hpp"
#include "libml/experiments/loaded_data.hpp"
#include "libml/explain/dictionary_maker.hpp"
#include "libml/explain/figures.hpp"
#include "libml/explain/tables.hpp"
#include "libml/report/evaluation.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/base/statistics/average.hpp"

using namespace bondscope;

namespace {

constexpr const char* help =
    R"(Usage: pmd_train dictionary --model CLASSIFIER --store STORE --output FOLDER [options]

Are the parts of an image that a classifier goes by enough to tell the classes? Draws images of every class of R and
band of the intensity, keeps the parts that an explanation shows to matter, and classifies all other images by
comparing them with these parts. Beside it, on the same images: random parts and random rectangles of the same area,
whole images (no part can be expected to do much better), and the parts with permuted classes. All of it for many
choices of the images. docs/explanations.md says more.

FOLDER gets dictionary.csv (a line for each choice), sheet.png (images and their parts) and sizes.png (accuracy
against the number of parts, pruned of those that are alike). With --readings, readings.csv has what other thresholds
and likenesses give for the same explanations.

Examples:
  pmd_train train --store base.h5 --recipe classifier --output models/classes
  pmd_train dictionary --model models/classes --store base.h5 --output results/dictionary
  pmd_train dictionary --model models/classes --store base.h5 --method lime --threshold 0.5 --output results/lime
)";

struct Wishes {
  std::string store, method = "occlusion", runs = "test", threshold_of = "maximum", likeness = "mse",
                     fill = "mean_image";
  std::filesystem::path output;
  int choices = 10;
  double mask = 0.2, stride = 0.1;
  bool readings = false;
  ml::DictionarySettings dictionary;
};

std::vector<std::size_t> chosen_runs(const Wishes& wishes, const ml::Model& model,
                                     const ml::SampleSet& samples) {
  if (wishes.runs == "test") return ml::test_samples(model.description, samples);
  auto unused = ml::unused_samples(model.description, samples);
  if (unused.empty())
    throw DataError(wishes.store +
                    ": the model has left no run of its training part unused; train one with --set "
                    "split.train_runs=N, or take --runs test");
  return unused;
}

std::vector<ml::Dictionary> make_all(ml::DictionaryMaker& maker, const ml::DictionarySettings& settings,
                                     int choices) {
  std::vector<ml::Dictionary> made;
  Progress progress("dictionaries", "choices");
  for (int choice = 0; choice < choices; ++choice) {
    made.push_back(maker.make(settings, static_cast<std::uint64_t>(choice)));
    progress(made.size(), static_cast<std::size_t>(choices));
  }
  return made;
}

/// A line for each reading that gives parts.
std::string readings_csv(ml::DictionaryMaker& maker, ml::DictionarySettings settings, int choices,
                         ml::ExplanationMethod method) {
  std::string text = "threshold_of,threshold,likeness," + ml::dictionary_means_header() + "\n";
  std::vector<bool> relative_or_not{true};
  if (method == ml::ExplanationMethod::occlusion) relative_or_not.insert(relative_or_not.begin(), false);
  for (const bool relative : relative_or_not)
    for (const double threshold : {0.1, 0.2, 0.5})
      for (const auto likeness : {ml::Likeness::mse, ml::Likeness::rank}) {
        settings.relative_threshold = relative;
        settings.threshold = threshold;
        settings.likeness = likeness;
        settings.random_draws = 1;  // as many as choices in all
        text += fmt::format("{},{},{},", relative ? "maximum" : "score", threshold, to_string(likeness));
        try {
          text += ml::dictionary_means(make_all(maker, settings, choices), maker.images().pixels_per_image());
        } catch (const ml::NoParts&) {
          text += "no image has a part";  // of a score that is sure of its class whatever is hidden
        }
        text += "\n";
      }
  return text;
}

}  // namespace

int dictionary(const Arguments& arguments) {
  Wishes wishes;
  auto& d = wishes.dictionary;
  ModelOptions model_options;
  MachineOptions machine_options;
  CommandLine command_line(help);
  model_options.declare(command_line);
  add_store(command_line, wishes.store);
  add_output(command_line, wishes.output, "the tables and pictures go there");
  command_line.choice("method", "METHOD", wishes.method, all_names<ml::ExplanationMethod>(),
                      "the explanation that finds the parts");
  command_line.choice("runs", "WHICH", wishes.runs, {"test", "unused"},
                      "those that test the model, or those of its training part that it left unused");
  command_line.integer("images-per-cell", "N", d.images_per_cell, 1, 10000, "of each class and band");
  command_line.integer("choices", "N", wishes.choices, 1, 1000, "of the images: a dictionary each");
  command_line.number("threshold", "T", d.threshold, Range::between(0, 1),
                      "parts whose sensitivity is larger are kept");
  command_line.choice(
      "threshold-of", "WHAT", wishes.threshold_of, {"maximum", "score"},
      "the threshold is in parts of the image's largest sensitivity, or (occlusion) a drop of the "
      "score");
  command_line.choice("likeness", "WHAT", wishes.likeness, all_names<ml::Likeness>(),
                      "decides which part an image is the most like");
  command_line.choice("fill", "WHAT", wishes.fill, all_names<ml::Fill>(), "occlusion: what the mask shows");
  command_line.number("mask", "PART", wishes.mask, Range::positive_up_to(1),
                      "occlusion: its sides, in parts of the image's");
  command_line.number("stride", "PART", wishes.stride, Range::positive_up_to(1),
                      "occlusion: how far the mask is moved each time");
  command_line.flag(
      "readings", wishes.readings,
      "also other readings of the paper's text: thresholds of the maximum and (occlusion) of the score, mse "
      "and rank");
  command_line.integer("seed", "S", d.seed, 0, ml::largest_seed, "of everything random");
  machine_options.declare(command_line);
  if (!command_line.read(arguments)) return exit_code::success;
  model_options.open_in_child();
  open_in_child({wishes.store});
  const auto machine = machine_options.prepare();
  const auto model = model_options.load(machine.device);
  Console console;
  const auto samples =
      ml::load_samples(wishes.store, model.description.recipe.image, machine.threads, console.listener());
  ml::expect_same_setting(model.description, samples, model_options.force);

  const auto method = value_of<ml::ExplanationMethod>(wishes.method);
  ml::DictionaryMaker maker(model, samples, chosen_runs(wishes, model, samples), ml::paper_bands,
                            {.method = method,
                             .mask = wishes.mask,
                             .stride = wishes.stride,
                             .fill = value_of<ml::Fill>(wishes.fill)});
  d.relative_threshold = wishes.threshold_of == "maximum";
  d.likeness = value_of<ml::Likeness>(wishes.likeness);
  std::tie(d.patch_kx, d.patch_ky) = maker.patch();
  Progress progress(wishes.method, "explanations");
  maker.explain(d, static_cast<std::uint64_t>(wishes.choices),
                [&](std::size_t done, std::size_t all) { progress(done, all); });
  progress.end();
  const auto made = make_all(maker, d, wishes.choices);

  std::cout << fmt::format("{} images of {} {} runs; the classifier itself is right for {:.3f}\n",
                           made.front().chosen, maker.images().size(), wishes.runs, maker.accuracy_of_model())
            << ml::dictionary_summary(made, maker.images().pixels_per_image());
  std::filesystem::create_directories(wishes.output);
  write_file(wishes.output / "dictionary.csv", ml::dictionary_csv(made));
  if (wishes.readings)
    write_file(wishes.output / "readings.csv", readings_csv(maker, d, wishes.choices, method));
  try {
    ml::draw_dictionary_sheet(wishes.output / "sheet.png", samples, maker.images(), made.front());
    ml::draw_dictionary_sizes(wishes.output / "sizes.png", made);
  } catch (const FileError& error) {
    print_warnings({std::string("no pictures: ") + error.what()});
  }
  std::cout << fmt::format("dictionary: {}\n", wishes.output.string());
  return exit_code::success;
}
