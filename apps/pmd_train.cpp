// pmd_train: trains networks on a store of momentum distributions, and tests them.

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <boost/program_options.hpp>
#include <unistd.h>

#include "libml/data/samples.hpp"
#include "libml/report/evaluation.hpp"
#include "libml/report/figures.hpp"
#include "libml/report/lines.hpp"
#include "libml/report/tables.hpp"
#include "libml/train/model_folder.hpp"
#include "libml/train/process.hpp"
#include "libml/train/session.hpp"
#include "libtdse/base/build_info.hpp"
#include "libtdse/base/config.hpp"
#include "libtdse/base/error.hpp"

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

enum Exit { success = 0, failure = 1, wrong_command_line = 2, interrupted = 75 };

constexpr const char* overview =
    "Usage: pmd_train COMMAND [options]\n"
    "\n"
    "Trains a neural network to tell the internuclear distance from a photoelectron momentum distribution,\n"
    "on the finished runs of a store as tdse_farm writes it, and tests it on runs it has not seen.\n"
    "\n"
    "Commands:\n"
    "  train      from a store and a recipe to a model folder, with its test\n"
    "  evaluate   a model folder on a store\n"
    "\n"
    "'pmd_train COMMAND --help' explains a command; 'pmd_train --version' tells what was built.\n"
    "Exit codes: 0 success, 1 error, 2 wrong command line, 75 training stopped by a signal.\n";

constexpr const char* train_help =
    "Usage: pmd_train train --store STORE --recipe NAME|FILE --output FOLDER [options]\n"
    "\n"
    "Makes an image of every done run of the store, keeps a part of them for the test, trains the recipe's\n"
    "network on the rest and tests it. Recipes are YAML files; a name is looked up in configs/recipes:\n"
    "  quick   a minute or two on two cores for a few hundred runs\n"
    "  paper   the paper's training\n"
    "Any value in a recipe can be changed by --set with its dotted path. The recipe as it was used is "
    "printed\n"
    "and kept. SIGINT and SIGTERM end the training after the current batch; the model so far is kept.\n"
    "\n"
    "Written into FOLDER:\n"
    "  model.json, best.weights, last.weights, recipe.yaml   the model; best by validation loss, without a\n"
    "                                                        validation part by training loss (never by the "
    "test)\n"
    "  learning_curve.csv, learning_curve.png                loss and mean absolute error per epoch\n"
    "  predictions.csv, scatter.png, metrics.json            the test of the best epoch, metrics.json last\n"
    "\n"
    "Examples:\n"
    "  pmd_train train --store base.h5 --recipe quick --output models/base\n"
    "  pmd_train train --store base.h5 --recipe paper --output models/paper --seed 2 --device cuda\n"
    "  pmd_train train --store base.h5 --recipe quick --output models/both --set 'targets=[R, intensity]' "
    "\\\n"
    "                  --set training.epochs=80 --set split.validation_fraction=0.1\n";

constexpr const char* evaluate_help =
    "Usage: pmd_train evaluate --model FOLDER --store STORE [options]\n"
    "\n"
    "Tests a model on the done runs of a store. Runs that the model was trained on are recognised by their\n"
    "parameters and left out: on the store of its training, this is the held-out test set, and the numbers "
    "are\n"
    "those that training reported. The store's images must mean what the model's do: same pulse, absorber,\n"
    "propagation time and momentum axes. Without --output, nothing is written.\n"
    "\n"
    "Examples:\n"
    "  pmd_train evaluate --model models/base --store base.h5\n"
    "  pmd_train evaluate --model models/base --store heh.h5 --output results/base_on_heh\n";

/// libgomp's threads spin while they wait for each other, which slowed training by a factor three when
/// measured on cores that another job used too. How long they spin is read from the environment before
/// main(), so the program is started anew with it set. Where that fails, training is slower and nothing else.
void let_threads_wait_patiently(char** argv) {
  if (std::getenv("OMP_WAIT_POLICY") || std::getenv("GOMP_SPINCOUNT")) return;
  setenv("GOMP_SPINCOUNT", "1000", 1);
  execv("/proc/self/exe", argv);
}

class WrongCommandLine : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Set by the signal handler, which may touch nothing else.
volatile std::sig_atomic_t signal_received = 0;

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = [](int signal) { signal_received = signal; };
  // A second signal of the same kind ends the program at once.
  action.sa_flags = static_cast<int>(SA_RESTART | SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

/// The options of one command.
class CommandLine {
 public:
  CommandLine(const char* help, po::options_description options) : help_(help), options_(std::move(options)) {
    options_.add_options()("help,h", "this text");
  }

  /// Returns false if help was printed instead.
  bool parse(const std::vector<std::string>& arguments) {
    const auto style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
    const po::positional_options_description none;
    po::store(po::command_line_parser(arguments).options(options_).positional(none).style(style).run(),
              values_);
    if (has("help")) std::cout << help_ << '\n' << options_;
    return !has("help");
  }

  bool has(const char* name) const { return values_.count(name) > 0; }
  std::string text(const char* name, const std::string& fallback = {}) const {
    return has(name) ? values_[name].as<std::string>() : fallback;
  }
  std::string required(const char* name, const char* what) const {
    const auto value = text(name);
    if (value.empty()) throw WrongCommandLine(std::string("--") + name + " is missing: " + what);
    return value;
  }
  std::vector<std::string> texts(const char* name) const {
    return has(name) ? values_[name].as<std::vector<std::string>>() : std::vector<std::string>();
  }
  /// From --threads, or all processors.
  int threads() const {
    if (!has("threads")) return ml::available_threads();
    try {
      const auto config = tdse::Config::from_text("--threads: " + text("threads"), "command line");
      return static_cast<int>(config.integer("--threads", 1, 1024));
    } catch (const tdse::ConfigError& error) {
      throw WrongCommandLine(error.what());
    }
  }
  /// From --device.
  ml::Device device() const {
    const auto name = text("device", "auto");
    if (name != "auto" && name != "cpu" && name != "cuda")
      throw WrongCommandLine("--device " + name + ": expected auto, cpu or cuda");
    return ml::choose_device(name);
  }

 private:
  const char* help_;
  po::options_description options_;
  po::variables_map values_;
};

auto text_option(const char* placeholder) {
  return po::value<std::string>()->value_name(placeholder);
}

void add_machine_options(po::options_description& options) {
  options.add_options()                                                                        //
      ("device", text_option("DEVICE"), "cpu, cuda, or auto (default): cuda if there is one")  //
      ("threads", text_option("N"), "processors to use (default: all that this process may use)");
}

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

ml::SampleSet load(const std::string& store, const tdse::ImageSettings& image, int threads) {
  const auto start = Clock::now();
  auto last = start;
  const auto progress = [&](std::size_t made, std::size_t all) {
    if (seconds_since(last) < 3) return;
    last = Clock::now();
    std::cout << "images: " << made << " of " << all << std::endl;
  };
  auto samples = ml::load_samples(store, image, threads, progress);
  std::cout << ml::describe(samples, seconds_since(start)) << std::endl;
  return samples;
}

/// Test of a model on samples, with its files in `output` unless that is empty.
void report(const ml::Model& model, const ml::SampleSet& samples, const fs::path& output) {
  const auto evaluation = ml::evaluate(model, samples);
  if (evaluation.left_out > 0)
    std::cout << "held-out runs only: " << evaluation.left_out
              << " of this store's runs had a part in the training\n";
  std::cout << ml::summary(evaluation);
  if (output.empty()) return;
  ml::write_predictions_csv(output / "predictions.csv", evaluation);
  ml::draw_scatter(output / "scatter.png", model.description.recipe.name + " on " + samples.source.dataset,
                   evaluation);
  // Last: who waits for the test takes this file as its end.
  ml::write_metrics_json(output / "metrics.json", evaluation, model.description);
}

/// The folders that a path still needs. In the end, those that nothing was put into are removed again.
class NewFolders {
 public:
  explicit NewFolders(const fs::path& folder) {
    std::error_code status;
    for (auto path = fs::absolute(folder); path.has_relative_path() && !fs::exists(path, status);
         path = path.parent_path())
      folders_.push_back(path);
  }
  NewFolders(const NewFolders&) = delete;
  NewFolders& operator=(const NewFolders&) = delete;
  ~NewFolders() {
    for (const auto& folder : folders_)
      ::rmdir(folder.c_str());  // refuses a folder that is not empty
  }

 private:
  std::vector<fs::path> folders_;  ///< innermost first
};

ml::Recipe read_recipe(const CommandLine& command_line) {
  auto config = tdse::Config::from_file(
      tdse::find_config("recipes", command_line.required("recipe", "a name (quick, paper) or a file")));
  for (const auto& assignment : command_line.texts("set"))
    config.set(assignment);
  if (command_line.has("seed")) config.set("seed=" + command_line.text("seed"));
  return ml::Recipe::from_config(config);
}

int train(const std::vector<std::string>& arguments) {
  po::options_description options("Options");
  options.add_options()                                                                 //
      ("store,s", text_option("FILE.h5"), "the store (required)")                       //
      ("recipe,r", text_option("NAME|FILE"), "how to learn (required)")                 //
      ("output,o", text_option("FOLDER"), "the model folder to make (required)")        //
      ("seed", text_option("S"), "seed of everything random; instead of the recipe's")  //
      ("set", po::value<std::vector<std::string>>()->value_name("KEY=VALUE"),
       "change a value of the recipe; may be repeated")  //
      ("overwrite", "replace a model that is in FOLDER already");
  add_machine_options(options);
  CommandLine command_line(train_help, options);
  if (!command_line.parse(arguments)) return success;
  const auto store = command_line.required("store", "the file that tdse_farm made");
  const fs::path output = command_line.required("output", "the folder for the model");
  const int threads = command_line.threads();
  ml::prepare_process(threads);
  const auto recipe = read_recipe(command_line);
  const auto device = command_line.device();
  const NewFolders new_folders(output);
  ml::prepare_folder(output, command_line.has("overwrite"));
  std::cout << "recipe:\n" << recipe.to_yaml() << std::endl;

  const auto samples = load(store, recipe.image, threads);
  catch_signals();
  const auto start = Clock::now();
  ml::SessionHooks hooks;
  hooks.started = [](const ml::ModelDescription& model) {
    std::cout << ml::describe_start(model) << std::endl;
  };
  std::vector<ml::Epoch> curve;
  hooks.epoch_done = [&](const ml::Epoch& epoch) {
    curve.push_back(epoch);
    ml::write_learning_curve_csv(output / "learning_curve.csv", recipe.targets, curve);
    const double left = seconds_since(start) / epoch.epoch * (recipe.training.epochs - epoch.epoch);
    std::cout << ml::progress_line(epoch, recipe, left) << std::endl;
  };
  hooks.stop = [] { return signal_received != 0; };
  const auto session = ml::train_model(recipe, samples, output, device, threads, hooks);
  if (!curve.empty())
    ml::draw_learning_curve(output / "learning_curve.png", "Learning curve, recipe " + recipe.name,
                            recipe.targets, curve);
  if (session.interrupted)
    throw tdse::Interrupted("stopped by signal " + std::to_string(signal_received) + " after " +
                            std::to_string(curve.size()) + " of " + std::to_string(recipe.training.epochs) +
                            " epochs; last.weights in " + output.string() + " are those of the last batch");
  std::cout << "\ntest of the best epoch (" << session.description.best_epoch << ")\n";
  report(ml::load_model(output, ml::Weights::best, device), samples, output);
  std::cout << "model: " << output.string() << " (trained in " << ml::duration(seconds_since(start)) << ")\n";
  return success;
}

int evaluate(const std::vector<std::string>& arguments) {
  po::options_description options("Options");
  options.add_options()                                                                                 //
      ("model,m", text_option("FOLDER"), "a folder that 'pmd_train train' made (required)")             //
      ("store,s", text_option("FILE.h5"), "the store (required)")                                       //
      ("output,o", text_option("FOLDER"), "write metrics.json, predictions.csv and scatter.png there")  //
      ("weights", text_option("WHICH"), "best (default) or last epoch")                                 //
      ("force", "evaluate although the store's preset makes other images than the model's");
  add_machine_options(options);
  CommandLine command_line(evaluate_help, options);
  if (!command_line.parse(arguments)) return success;
  const auto folder = command_line.required("model", "the folder that 'pmd_train train' made");
  const auto store = command_line.required("store", "the file that tdse_farm made");
  const fs::path output = command_line.text("output");
  const auto which = command_line.text("weights", "best");
  if (which != "best" && which != "last")
    throw WrongCommandLine("--weights " + which + ": expected best or last");
  const int threads = command_line.threads();
  ml::prepare_process(threads);

  const auto model =
      ml::load_model(folder, which == "best" ? ml::Weights::best : ml::Weights::last, command_line.device());
  const auto& description = model.description;
  std::cout << "model " << folder << ": recipe '" << description.recipe.name << "', "
            << description.parameter_count << " parameters, " << which << " of " << description.epochs_done
            << " epochs, trained on " << description.train.size() << " runs of '" << description.data.dataset
            << "'\n";
  const auto samples = load(store, description.recipe.image, threads);
  ml::expect_same_setting(description, samples, command_line.has("force"));
  for (const auto& [key, of_model, of_store] : ml::setting_differences(description, samples))
    std::cerr << "warning: " << key << " differs: model " << of_model << ", store " << of_store
              << "; the images mean something else\n";
  if (!output.empty()) {
    if (fs::exists(output / "model.json"))
      throw tdse::FileError(output.string() +
                            ": holds a model, whose own test would be overwritten; give another --output");
    fs::create_directories(output);
  }
  report(model, samples, output);
  return success;
}

int dispatch(const std::vector<std::string>& arguments) {
  if (arguments.empty()) throw WrongCommandLine("which command? train or evaluate");
  const std::string& command = arguments.front();
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  if (command == "--help" || command == "-h" || command == "help") {
    std::cout << overview;
    return success;
  }
  if (command == "--version") {
    std::cout << "pmd_train " << tdse::code_version() << ", " << tdse::compiler() << ", LibTorch "
              << ml::libtorch_version() << '\n';
    return success;
  }
  if (command == "train") return train(rest);
  if (command == "evaluate") return evaluate(rest);
  const auto near = tdse::nearest(command, {"train", "evaluate"});
  throw WrongCommandLine("there is no command '" + command + "'" +
                         (near.empty() ? "; expected train or evaluate" : "; did you mean '" + near + "'?"));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2) let_threads_wait_patiently(argv);
  try {
    return dispatch({argv + 1, argv + argc});
  } catch (const WrongCommandLine& error) {
    std::cerr << "error: " << error.what() << " (see pmd_train --help)\n";
    return wrong_command_line;
  } catch (const po::error& error) {
    std::cerr << "error: " << error.what() << " (see pmd_train --help)\n";
    return wrong_command_line;
  } catch (const tdse::Interrupted& stopped) {
    std::cerr << stopped.what() << '\n';
    return interrupted;
  } catch (const std::bad_alloc&) {
    std::cerr << "error: there is not enough memory\n";
    return failure;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return failure;
  }
}
