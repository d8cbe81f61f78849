#include <algorithm>
#include <filesystem>
#include <iostream>
#include <numeric>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apps/pmd_train/commands.hpp"
#include "apps/pmd_train/console.hpp"
#include "apps/pmd_train/explain_layers.hpp"
#include "apps/pmd_train/options.hpp"
#include "apps/shared/open_in_child.hpp"
#include "apps/shared/progress.hpp"
#include "libml/experiments/loaded_data.hpp"
#include "libml/explain/explanation_page.hpp"
#include "libml/explain/explanation_report.hpp"
#include "libml/explain/information.hpp"
#include "libml/explain/laws.hpp"
#include "libml/report/evaluation.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"

using namespace bondscope;

namespace {

constexpr const char* help =
    R"(Usage: pmd_train explain --model NETWORK --input STORE --method METHOD [options]

Shows for images of a store (or images file) which momenta a network goes by. METHOD is one of
  occlusion              how much the answer drops when a mask hides a place
  grad_cam               activations of the last block, weighted by the answer's gradient
  lime                   what each cell adds, by a linear model around the image
  integrated_gradients   gradients on the way from the mean image; they sum up to the difference of the answers
  additive               the exact contributions of a network that is a sum (--recipe additive)
  layers                 no maps: what each block makes of the images, by what it orders them, and with --beside how
                         alike the layers of two networks are (linear CKA), e.g. before and after a transfer
Of a classifier, the class that it takes the image for is explained. docs/explanations.md says what each map is, and
how far to trust it: --check tests that, with the same images. --laws tests the model itself on laws of physics.

With --output, FOLDER gets report.html (all of it for a browser), explanations.csv, maps.safetensors (all maps, for Python), sheet.png (images and maps, with
the border of the direct electrons and the lines where the two nuclei interfere destructively), averages.png and
attention.png (means over bins of R and the intensity), and with --check
faithfulness.csv, with --laws laws.csv; of layers filters.png,
feature_maps.png, layers.csv and components.csv.

Examples:
  pmd_train explain --model models/base --input base.h5 --method occlusion --output results/occlusion
  pmd_train explain --model models/base --input base-images.h5 --method integrated_gradients --runs 50 --check
  pmd_train explain --model models/base --input sensitivity.h5 --method occlusion --information information.h5
  pmd_train explain --model models/1 --beside models/2 --input base.h5 --method lime --runs 50
  pmd_train explain --model models/base --beside results/large_r/transferred-n600-seed1 --input base-images.h5 \
                    --with large_r-images.h5 --method layers --output results/layers
)";

/// The --method that explains no answer.
constexpr const char* layers_method = "layers";

struct Wishes {
  std::string input, with, information, method = "occlusion", which = "test", fill = "mean_image", target;
  std::vector<std::string> beside;
  std::filesystem::path output;
  std::size_t runs = 200;
  bool check = false, laws = false;
  ml::ExplanationSettings explanation;
  ml::FaithfulnessSettings faithfulness;
};

/// Those that test the model and the others beside it, or all; of these, those whose information is given; at
/// most as many as wanted, spread evenly over the store.
std::vector<std::size_t> chosen_samples(const Wishes& wishes, const ml::Model& model,
                                        const std::vector<ml::Model>& others, const ml::SampleSet& samples,
                                        const std::optional<Store>& information = {}) {
  std::vector<std::size_t> all(samples.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  if (wishes.which == "test") {
    all = ml::test_samples(model.description, samples);
    for (const auto& other : others) {
      const auto unseen = ml::test_samples(other.description, samples);
      std::erase_if(all, [&](std::size_t sample) { return !std::ranges::binary_search(unseen, sample); });
    }
  }
  if (all.empty())
    throw DataError(
        fmt::format("{}: {} has seen all of its runs in its training, or those beside it have; expected a "
                    "store with others, or "
                    "--which all",
                    samples.source.store, model.folder.string()));
  if (information) {
    const auto known = ml::samples_with_information(*information, samples);
    std::erase_if(all, [&](std::size_t sample) { return !std::ranges::binary_search(known, sample); });
    if (all.empty())
      throw DataError(
          fmt::format("{}: none of the {} runs that could be explained is among those of {}; expected the "
                      "store that this was made from{}",
                      wishes.input, wishes.which == "test" ? "unseen" : "done", wishes.information,
                      wishes.which == "test" ? ", or --which all" : ""));
  }
  if (all.size() <= wishes.runs) return all;
  std::vector<std::size_t> some;
  for (std::size_t i = 0; i < wishes.runs; ++i)
    some.push_back(all[i * all.size() / wishes.runs]);
  return some;
}

/// Which output: the target asked for, or of a classifier the class that it answers.
std::size_t output_of(const Wishes& wishes, const ml::Model& model, const ml::SampleSet& samples,
                      std::size_t sample) {
  const auto& recipe = model.description.recipe;
  if (!recipe.classes.empty()) {
    const auto scores = model.method->predict(samples, std::vector<std::size_t>{sample});
    return static_cast<std::size_t>(std::ranges::max_element(scores) - scores.begin());
  }
  if (wishes.target.empty()) return 0;
  const auto found = std::ranges::find(recipe.targets, wishes.target);
  if (found == recipe.targets.end())
    throw ConfigError(fmt::format("--target {}: {} does not tell it; expected one of {}", wishes.target,
                                  model.folder.string(), fmt::join(recipe.targets, ", ")));
  return static_cast<std::size_t>(found - recipe.targets.begin());
}

ml::Target target_of(const Wishes& wishes, const ml::Model& model, const ml::SampleSet& samples) {
  const auto& recipe = model.description.recipe;
  return ml::target(wishes.target.empty() ? recipe.targets.front() : wishes.target, samples.source.declared);
}

/// Of what a model says when it is asked about changed copies.
std::string unit_of_answers(const Wishes& wishes, const ml::Model& model, const ml::SampleSet& samples) {
  if (!model.description.recipe.classes.empty()) return "probability";
  const auto target = target_of(wishes, model, samples);
  return target.unit.empty() ? target.name : target.unit;
}

/// Of maps.
std::string unit_of(const Wishes& wishes, const ml::Model& model, const ml::SampleSet& samples) {
  const bool asks = wishes.method == "occlusion" || wishes.method == "lime";
  return asks || model.description.recipe.classes.empty() ? unit_of_answers(wishes, model, samples) : "score";
}

ml::Explanations explain_all(const Wishes& wishes, const ml::Model& model, const ml::SampleSet& samples,
                             std::vector<std::size_t> chosen) {
  ml::Explanations all{.method = wishes.explanation.method,
                       .chosen = std::move(chosen),
                       .of = {},
                       .unit = unit_of(wishes, model, samples)};
  StoppableProgress progress(wishes.method, "images");
  for (const auto sample : all.chosen) {
    all.of.push_back(
        ml::explain(model, samples, sample, output_of(wishes, model, samples, sample), wishes.explanation));
    if (!progress(all.of.size(), all.chosen.size())) throw Interrupted("interrupted; nothing was written");
  }
  progress.end();
  return all;
}

std::string about_answers(const ml::Explanations& all) {
  double answer = 0, baseline = 0;
  for (const auto& one : all.of) {
    answer += one.answer / static_cast<double>(all.of.size());
    baseline += one.baseline / static_cast<double>(all.of.size());
  }
  return fmt::format("{} images; mean answer {:.4g}, for the mean image {:.4g} ({})", all.of.size(), answer,
                     baseline, all.unit);
}

void write_all(const Wishes& wishes, const ml::SampleSet& samples, const ml::Explanations& all) {
  const auto& folder = wishes.output;
  std::filesystem::create_directories(folder);
  write_file(folder / "explanations.csv", ml::explanations_csv(samples, all));
  write_file(folder / "maps.safetensors", ml::explanations_safetensors(samples, all));
  const auto title = fmt::format("{}, {} images", wishes.method, all.of.size());
  try {
    ml::draw_explanations(folder / "sheet.png", title, samples, all);
    std::vector<std::vector<float>> maps;
    std::vector<double> distances, intensities;
    for (std::size_t i = 0; i < all.of.size(); ++i) {
      maps.push_back(all.of[i].map);
      distances.push_back(samples.samples[all.chosen[i]].parameters.R);
      intensities.push_back(samples.samples[all.chosen[i]].parameters.intensity_w_cm2 / 1e14);
    }
    const auto edges = [](const std::vector<double>& values, std::size_t parts) {
      const auto [least, most] = std::ranges::minmax_element(values);
      return *most > *least ? ml::even_edges(*least, *most, parts) : ml::even_edges(*least, *least + 1e-6, 1);
    };
    const bool density = ml::sums_up(all.method);
    const auto averages =
        ml::average_maps(samples, all.chosen, maps, density, edges(distances, 4), edges(intensities, 3));
    ml::draw_averages(folder / "averages.png", "Mean maps: " + title, samples, averages, false,
                      all.unit + (density ? " per a.u.^2" : ""));
    ml::draw_averages(folder / "attention.png", "Where the attention is: " + title, samples, averages, true,
                      "share per a.u.^2");
  } catch (const FileError& error) {
    print_warnings({std::string("no pictures: ") + error.what()});
  }
}

/// One that has learned the same from the same images.
ml::Model other_model(const Wishes& wishes, const ml::Model& model, const std::string& folder,
                      ml::Device device) {
  auto other = ml::load_model(folder, model.which, device);
  ml::expect_explainable(other, wishes.explanation.method);
  if (!(other.description.recipe.image == model.description.recipe.image) ||
      other.description.recipe.targets != model.description.recipe.targets ||
      other.description.recipe.classes != model.description.recipe.classes)
    throw ConfigError(folder + ": has learned from other images, or other targets or classes, than " +
                      model.folder.string());
  return other;
}

/// What `work` returns, which is given a monitor that shows how far it is.
template <class Work>
auto with_progress(const std::string& what, const Work& work) {
  StoppableProgress progress(what, "images");
  auto result = work([&](std::size_t done, std::size_t all) {
    if (!progress(done, all)) throw Interrupted("interrupted");
  });
  progress.end();
  return result;
}

/// `more` are the samples of --with, if it was given.
void show_layers(const Wishes& wishes, const ml::Model& model, const std::vector<ml::Model>& others,
                 const ml::ImageGroup& images, const ml::SampleSet& more, bool force) {
  std::vector<ml::ImageGroup> groups{images};
  std::vector<std::size_t> of_more;
  if (!wishes.with.empty()) {
    ml::expect_same_setting(model.description, more, force);
    of_more = chosen_samples(wishes, model, others, more);
    groups.push_back({more, of_more});
  }
  explain_layers({model, others, wishes.beside, groups, wishes.output});
}

void declare(CommandLine& command_line, Wishes& wishes) {
  auto& e = wishes.explanation;
  command_line.text("input,i", "FILE.h5", wishes.input, "a store, or its images file").required();
  auto methods = all_names<ml::ExplanationMethod>();
  methods.emplace_back(layers_method);
  command_line.choice("method", "METHOD", wishes.method, methods, "see above").required();
  command_line.text("output,o", "FOLDER", wishes.output, "tables, maps and pictures go there");
  command_line.choice("which", "WHICH", wishes.which, {"test", "all"},
                      "runs: those that neither the model nor those beside it have seen, or all; with "
                      "--information, of those it has");
  command_line.integer("runs,n", "N", wishes.runs, 1, 1'000'000, "at most so many, spread over the file");
  command_line.text("target", "NAME", wishes.target, "of a model with several (default: its first)");
  command_line.number("mask", "PART", e.mask, Range::positive_up_to(1),
                      "occlusion: the mask's sides, in parts of the image's");
  command_line.number("stride", "PART", e.stride, Range::positive_up_to(1),
                      "occlusion: how far the mask is moved each time");
  command_line.choice("fill", "WHAT", wishes.fill, all_names<ml::Fill>(), "occlusion: what the mask shows");
  command_line.integer("cells-kx", "N", e.lime.cells_kx, 1, 64, "lime: cells along kx");
  command_line.integer("cells-ky", "N", e.lime.cells_ky, 1, 64, "lime: cells along ky");
  command_line.integer("samples", "N", e.lime.samples, 3, 1'000'000, "lime: copies that are asked about");
  command_line.integer("steps", "N", e.steps, 1, 10'000, "integrated_gradients: points of the way");
  command_line.flag("check", wishes.check, "test how faithful the maps are: several times as long");
  command_line.flag(
      "laws", wishes.laws,
      "test whether the model has learned laws: fringes, one parameter alone, momenta, pairs of cells");
  command_line.text(
      "information", "FILE.h5", wishes.information,
      "what 'pmd_store sensitivity --output FILE.h5' made of the input: are the maps of its runs "
      "where information about R lies?");
  command_line.texts("beside", "FOLDER", wishes.beside,
                     "another model, e.g. of another seed: how alike are the maps, or the layers? May be "
                     "given several times");
  command_line.text("with", "FILE.h5", wishes.with,
                    "layers: a store of another data set; does what they make of images tell the two apart?");
  command_line.integer("seed", "S", wishes.faithfulness.seed, 0, ml::largest_seed, "of everything random");
}

}  // namespace

int explain(const Arguments& arguments) {
  Wishes wishes;
  ModelOptions model_options;
  MachineOptions machine_options;
  CommandLine command_line(help);
  model_options.declare(command_line);
  declare(command_line, wishes);
  machine_options.declare(command_line);
  if (!command_line.read(arguments)) return exit_code::success;
  const bool of_layers = wishes.method == layers_method;
  if (of_layers && (wishes.check || wishes.laws || !wishes.information.empty()))
    throw WrongCommandLine("--check, --laws and --information go with maps, and --method layers makes none");
  if (!of_layers && !wishes.with.empty())
    throw WrongCommandLine("--with has a meaning with --method layers only");
  if (!of_layers) wishes.explanation.method = value_of<ml::ExplanationMethod>(wishes.method);
  wishes.explanation.fill = value_of<ml::Fill>(wishes.fill);
  wishes.explanation.lime.seed = wishes.faithfulness.seed;
  model_options.open_in_child();
  open_in_child({wishes.input});
  if (!wishes.with.empty()) open_in_child({wishes.with});
  if (!wishes.information.empty()) open_in_child({wishes.information});
  const auto machine = machine_options.prepare();
  const auto model = model_options.load(machine.device);
  ml::expect_explainable(model, wishes.explanation.method);
  std::vector<ml::Model> others;
  for (const auto& folder : wishes.beside)
    others.push_back(other_model(wishes, model, folder, machine.device));
  Console console;
  const auto samples =
      ml::load_samples(wishes.input, model.description.recipe.image, machine.threads, console.listener());
  ml::expect_same_setting(model.description, samples, model_options.force);
  std::optional<Store> information;
  if (!wishes.information.empty())
    information = ml::open_information(wishes.information, target_of(wishes, model, samples).parameter.name);
  const auto chosen = chosen_samples(wishes, model, others, samples, information);
  if (of_layers) {
    const auto more = wishes.with.empty() ? ml::SampleSet{}
                                          : ml::load_samples(wishes.with, model.description.recipe.image,
                                                             machine.threads, console.listener());
    show_layers(wishes, model, others, {samples, chosen}, more, model_options.force);
    return exit_code::success;
  }
  const auto all = explain_all(wishes, model, samples, chosen);
  ml::ExplanationFindings found;
  found.answers = about_answers(all);
  std::cout << found.answers << "\n";
  if (!wishes.output.empty()) write_all(wishes, samples, all);
  if (wishes.check) {
    const auto unit = unit_of_answers(wishes, model, samples);
    const auto scores = with_progress("check", [&](const ml::LoadMonitor& monitor) {
      return ml::test_faithfulness(model, samples, chosen, all.of, wishes.explanation, wishes.faithfulness,
                                   monitor);
    });
    found.faithfulness = ml::faithfulness_summary(scores, model.network().spec(), unit);
    if (!wishes.output.empty())
      write_file(wishes.output / "faithfulness.csv",
                 ml::faithfulness_csv(wishes.explanation.method, scores, model.network().spec()));
  }
  if (wishes.laws) {
    const auto laws = with_progress("laws", [&](const ml::LoadMonitor& monitor) {
      return ml::test_laws(model, samples, chosen, all.of, wishes.faithfulness, monitor);
    });
    found.laws = ml::laws_summary(laws, unit_of_answers(wishes, model, samples));
    if (!wishes.output.empty()) write_file(wishes.output / "laws.csv", ml::laws_csv(laws));
  }
  if (information)
    found.information = ml::information_summary(
        ml::compare_with_information(*information, samples, chosen, all.of, wishes.faithfulness));
  for (std::size_t i = 0; i < others.size(); ++i) {
    const double likeness = with_progress("beside " + wishes.beside[i], [&](const ml::LoadMonitor& monitor) {
      return ml::agreement(all.of, others[i], samples, chosen, wishes.explanation, wishes.faithfulness,
                           monitor);
    });
    found.agreement +=
        fmt::format("  beside {}: rank correlation of the maps {:.3f}\n", wishes.beside[i], likeness);
  }
  std::cout << found.faithfulness << found.laws << found.information << found.agreement;
  if (!wishes.output.empty()) {
    write_file(wishes.output / "report.html",
               ml::explanation_page(wishes.output, model, samples, all.method, found));
    std::cout << fmt::format("explanations: {}\n", (wishes.output / "report.html").string());
  }
  return exit_code::success;
}
