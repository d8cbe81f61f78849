// pmd_train: trains networks on a store of momentum distributions, and tests them.

#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <boost/program_options.hpp>
#include <unistd.h>

#include "libml/data/samples.hpp"
#include "libml/report/evaluation.hpp"
#include "libml/report/figures.hpp"
#include "libml/report/lines.hpp"
#include "libml/report/tables.hpp"
#include "libml/train/checkpoint.hpp"
#include "libml/train/folder_lock.hpp"
#include "libml/train/identity.hpp"
#include "libml/train/model_folder.hpp"
#include "libml/train/pace.hpp"
#include "libml/train/process.hpp"
#include "libml/train/session.hpp"
#include "libtdse/base/build_info.hpp"
#include "libtdse/base/config.hpp"
#include "libtdse/base/duration.hpp"
#include "libtdse/base/error.hpp"
#include "libtdse/base/signals.hpp"

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

enum Exit { success = 0, failure = 1, wrong_command_line = 2, interrupted = 75 };

constexpr const char* overview =
    "Usage: pmd_train COMMAND [options]\n"
    "\n"
    "Trains a neural network to tell the internuclear distance from a photoelectron momentum distribution,\n"
    "on the finished runs of a store as tdse_farm writes it, and tests it on runs it has not seen. Instead "
    "of a\n"
    "store, every --store also takes an images file that 'pmd_store images' made of it: with the same model, "
    "bit\n"
    "for bit.\n"
    "\n"
    "Commands:\n"
    "  train      from a store and a recipe to a model folder, with its test\n"
    "  evaluate   a model folder on a store\n"
    "\n"
    "'pmd_train COMMAND --help' explains a command; 'pmd_train --version' tells what was built.\n"
    "Exit codes: 0 success, 1 error, 2 wrong command line, 75 training stopped by a signal or before its "
    "time\n"
    "limit (the same command continues it).\n";

constexpr const char* train_help =
    "Usage: pmd_train train --store STORE --recipe NAME|FILE --output FOLDER [options]\n"
    "\n"
    "Makes an image of every done run of the store, keeps a part of them for the test, trains the recipe's\n"
    "network on the rest and tests it. STORE may be an images file ('pmd_store images') with images of the\n"
    "recipe's size and floor. Runs that a derived store marks for training are never tested with, those it\n"
    "marks for tests never learned from. Recipes are YAML files; a name is looked up in configs/recipes:\n"
    "  quick   a minute or two on two cores for a few hundred runs\n"
    "  paper   the paper's training\n"
    "Any value in a recipe can be changed by --set with its dotted path. The recipe as it was used is "
    "printed\n"
    "and kept.\n"
    "\n"
    "Written into FOLDER at the end:\n"
    "  best.weights, last.weights, recipe.yaml, model.json   the model, model.json last; best by validation\n"
    "                                                        loss, without a validation part by training "
    "loss\n"
    "                                                        (never by the test)\n"
    "  predictions.csv, scatter.png, metrics.json            the test of the best epoch\n"
    "  learning_curve.csv (after every epoch), .png          loss and mean absolute error per epoch\n"
    "\n"
    "The training is saved in FOLDER/training.checkpoint after every epoch, in long epochs every\n"
    "--checkpoint-interval, and when SIGTERM, SIGINT or SIGUSR1 asks it to stop after the current batch "
    "(exit\n"
    "code 75). Whatever ended it, the same command continues it and, on one type of processor with the same\n"
    "number of threads, ends with the same model bit for bit. Once the model is complete, the same command\n"
    "says so and does nothing. A model or checkpoint of another recipe or other data, and a checkpoint of\n"
    "another version of the program, are refused unless --overwrite is given.\n"
    "\n"
    "--time-limit is for batch systems: the training is saved and ends with exit code 75 before so much "
    "time\n"
    "is over, counted from the start of the program: seconds, or as Slurm writes it, 30:00 (half an hour) "
    "or\n"
    "2-04:00:00 (two days and four hours). Give it a minute less than the job has.\n"
    "\n"
    "Examples:\n"
    "  pmd_train train --store base.h5 --recipe quick --output models/base\n"
    "  pmd_train train --store base.h5 --recipe paper --output models/paper --seed 2 --device cuda\n"
    "  pmd_train train --store base.h5 --recipe quick --output models/both --set 'targets=[R, intensity]' "
    "\\\n"
    "                  --set training.epochs=80 --set split.validation_fraction=0.1\n"
    "  pmd_train train --store base.h5 --recipe paper --output models/paper --time-limit 3:59:00\n";

constexpr const char* evaluate_help =
    "Usage: pmd_train evaluate --model FOLDER --store STORE [options]\n"
    "\n"
    "Tests a model on the done runs of a store. Runs that the model was trained on are recognised by their\n"
    "parameters and left out: on the store of its training, this is the held-out test set, and the numbers "
    "are\n"
    "those that training reported. Runs that a derived store marks for training are left out and counted.\n"
    "STORE may be an images file. The store's images must mean what the model's do: same pulse, absorber,\n"
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
  /// In seconds.
  std::optional<double> duration(const char* name) const {
    if (!has(name)) return {};
    try {
      return tdse::read_duration(std::string("--") + name, text(name));
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

/// `check` is called now and then; what it throws ends the loading.
ml::SampleSet load(const std::string& store, const tdse::ImageSettings& image, int threads,
                   const ml::LoadMonitor& check = {}) {
  const auto start = Clock::now();
  auto last = start;
  const auto progress = [&](std::size_t made, std::size_t all) {
    if (check) check(made, all);
    if (seconds_since(last) < 3) return;
    last = Clock::now();
    std::cout << "images: " << made << " of " << all << std::endl;
  };
  auto samples = ml::load_samples(store, image, threads, progress);
  std::cout << ml::describe(samples, seconds_since(start)) << std::endl;
  return samples;
}

/// Pictures show what the tables hold; a machine without gnuplot does without.
void draw(const std::function<void()>& picture) {
  try {
    picture();
  } catch (const tdse::FileError& error) {
    std::cerr << "warning: a picture is missing: " << error.what() << '\n';
  }
}

/// Test of a model on samples, with its files in `output` unless that is empty.
void report(const ml::Model& model, const ml::SampleSet& samples, const fs::path& output) {
  const auto evaluation = ml::evaluate(model, samples);
  if (evaluation.left_out > 0)
    std::cout << "held-out runs only: " << evaluation.left_out
              << " of this store's runs had a part in the training\n";
  if (evaluation.for_training_only > 0)
    std::cout << "left out: " << evaluation.for_training_only << " runs that are marked for training only\n";
  std::cout << ml::summary(evaluation);
  if (output.empty()) return;
  ml::write_predictions_csv(output / "predictions.csv", evaluation);
  draw([&] {
    ml::draw_scatter(output / "scatter.png", model.description.recipe.name + " on " + samples.source.dataset,
                     evaluation);
  });
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

/// Watches one training: prints how it goes and decides when it stops.
class Watcher {
 public:
  Watcher(const ml::Recipe& recipe, fs::path output, const tdse::SignalWatch& signals,
          Clock::time_point start, double checkpoint_interval, std::optional<double> time_limit)
      : recipe_(recipe),
        output_(std::move(output)),
        signals_(signals),
        start_(start),
        time_limit_(time_limit),
        pace_(checkpoint_interval, time_limit) {}

  /// While images are made, and after the last one. Throws tdse::Interrupted after a signal, and
  /// tdse::ConfigError if the time is over before anything is trained: to continue would not help.
  void check_loading(std::size_t made, std::size_t all) const {
    if (signalled())
      throw tdse::Interrupted("stopped by a signal before the training; the same command continues");
    if (time_limit_ && now() >= *time_limit_)
      throw tdse::ConfigError("--time-limit: " + ml::duration(*time_limit_) + " were over when " +
                              std::to_string(made) + " of " + std::to_string(all) +
                              " images were made and nothing was trained; expected more");
  }

  ml::SessionHooks hooks() {
    return {.started = [this](const auto& model, const auto* continued) { started(model, continued); },
            .batch_done = [this](const ml::BatchDone& batch) { return batch_done(batch); },
            .epoch_done = [this](const std::vector<ml::Epoch>& curve) { epoch_done(curve); },
            .saved = [this](double seconds) { pace_.saved(now(), seconds); }};
  }

  /// Throws tdse::Interrupted if the training was stopped, or if after it there is no time for the test.
  void check_stopped(const ml::Session& session) const {
    const bool stopped = !session.complete();
    // Where nothing was left to train, stopping again would lead nowhere.
    const bool no_test = batches_ > 0 && (signalled() || !pace_.fits(now(), session.description.test_runs));
    if (!stopped && !no_test) return;
    std::string text = std::string("stopped by ") + (signalled() ? "a signal" : "the time limit") +
                       " after " + std::to_string(session.curve.size()) + " of " +
                       std::to_string(recipe_.training.epochs) + " epochs";
    if (session.batches_done > 0)
      text += " and batch " + std::to_string(session.batches_done) + " of the next";
    throw tdse::Interrupted(text + ", saved in " + ml::checkpoint_file(output_).string() +
                            "; the same command continues");
  }

 private:
  double now() const { return seconds_since(start_); }
  bool signalled() const { return signals_.request() != tdse::StopRequest::none; }

  void started(const ml::ModelDescription& model, const ml::Checkpoint* continued) {
    std::cout << ml::describe_start(model) << std::endl;
    if (continued) {
      const auto& state = continued->state;
      std::cout << "continued after " << state.curve.size() << " of " << recipe_.training.epochs << " epochs";
      if (state.batches_done > 0) std::cout << " and batch " << state.batches_done << " of the next";
      std::cout << std::endl;
      const auto conditions = ml::training_conditions(model.device, model.threads);
      if (conditions != continued->conditions)
        std::cout << "note: it was saved on " << continued->conditions << ", here it has " << conditions
                  << ": the model will differ by rounding" << std::endl;
      if (!state.curve.empty())
        ml::write_learning_curve_csv(output_ / "learning_curve.csv", recipe_.targets, state.curve);
    }
    pace_.begin(now());
    began_ = last_line_ = Clock::now();
  }

  ml::Request batch_done(const ml::BatchDone& batch) {
    ++batches_;
    const auto epochs_left = static_cast<std::size_t>(recipe_.training.epochs - batch.epoch);
    batches_left_ = epochs_left * batch.batches + batch.batches - batch.batch;
    if (seconds_since(last_line_) > 30) {
      std::cout << ml::progress_line(batch, recipe_, seconds_left()) << std::endl;
      last_line_ = Clock::now();
    }
    return signalled() ? ml::Request::stop : pace_.next(now(), batch);
  }

  void epoch_done(const std::vector<ml::Epoch>& curve) {
    ml::write_learning_curve_csv(output_ / "learning_curve.csv", recipe_.targets, curve);
    std::cout << ml::progress_line(curve.back(), recipe_, seconds_left()) << std::endl;
    last_line_ = Clock::now();
  }

  double seconds_left() const {
    return batches_ == 0
               ? 0
               : seconds_since(began_) / static_cast<double>(batches_) * static_cast<double>(batches_left_);
  }

  const ml::Recipe& recipe_;
  fs::path output_;
  const tdse::SignalWatch& signals_;
  Clock::time_point start_, began_, last_line_;
  std::optional<double> time_limit_;
  ml::Pace pace_;
  std::size_t batches_ = 0, batches_left_ = 0;  ///< in this go
};

/// What a training that diverged should be told beside what the trainer knows.
std::string after_divergence(const std::string& store, const fs::path& output) {
  std::string text = ". Whether the store is sound says 'pmd_store verify " + store + "'";
  const auto checkpoint = ml::checkpoint_file(output);
  if (fs::exists(checkpoint))
    text += "; the last good state stays in " + checkpoint.string() +
            ", other values need another --output or --overwrite";
  return text;
}

int train(const std::vector<std::string>& arguments) {
  const auto start = Clock::now() - std::chrono::duration_cast<Clock::duration>(
                                        std::chrono::duration<double>(ml::process_age()));
  po::options_description options("Options");
  options.add_options()                                                                 //
      ("store,s", text_option("FILE.h5"), "the store or its images file (required)")    //
      ("recipe,r", text_option("NAME|FILE"), "how to learn (required)")                 //
      ("output,o", text_option("FOLDER"), "the model folder to make (required)")        //
      ("seed", text_option("S"), "seed of everything random; instead of the recipe's")  //
      ("set", po::value<std::vector<std::string>>()->value_name("KEY=VALUE"),
       "change a value of the recipe; may be repeated")                                             //
      ("overwrite", "replace a model or a checkpoint of another training that is in FOLDER")        //
      ("time-limit", text_option("TIME"), "stop before, saved, with exit code 75 (default: none)")  //
      ("checkpoint-interval", text_option("TIME"),
       "within an epoch, save as often; 0: only after epochs (default 600)");
  add_machine_options(options);
  CommandLine command_line(train_help, options);
  if (!command_line.parse(arguments)) return success;
  const tdse::SignalWatch signals;
  const auto store = command_line.required("store", "the file that tdse_farm made");
  const fs::path output = command_line.required("output", "the folder for the model");
  const int threads = command_line.threads();
  const auto time_limit = command_line.duration("time-limit");
  const auto interval = command_line.text("checkpoint-interval") == "0"
                            ? 0
                            : command_line.duration("checkpoint-interval").value_or(600);
  const bool overwrite = command_line.has("overwrite");
  ml::prepare_process(threads);
  const auto recipe = read_recipe(command_line);
  const auto device = command_line.device();
  const NewFolders new_folders(output);
  ml::prepare_folder(output);
  const ml::FolderLock lock(output);
  if (!overwrite) {
    const auto identity = ml::training_identity(recipe, ml::list_samples(store, recipe.image));
    if (ml::holds_model(output, identity)) {
      ml::remove_checkpoint(ml::checkpoint_file(output));
      std::cout << "model: " << output.string()
                << " is complete, trained with this recipe on these runs; --overwrite trains it again\n";
      return success;
    }
    ml::read_checkpoint(ml::checkpoint_file(output), identity);  // refuses another's before the work begins
  }
  std::cout << "recipe:\n" << recipe.to_yaml() << std::endl;

  Watcher watcher(recipe, output, signals, start, interval, time_limit);
  const auto samples = load(store, recipe.image, threads,
                            [&](std::size_t made, std::size_t all) { watcher.check_loading(made, all); });
  const auto session = [&] {
    try {
      return ml::train_model(recipe, samples, output, device, threads, watcher.hooks(), overwrite);
    } catch (const tdse::NumericsError& error) {
      throw tdse::NumericsError(error.what() + after_divergence(store, output));
    }
  }();
  watcher.check_stopped(session);

  std::cout << "\ntest of the best epoch (" << session.description.best_epoch << ")\n";
  report(ml::best_model(session, output, device), samples, output);
  draw([&] {
    ml::draw_learning_curve(output / "learning_curve.png", "Learning curve, recipe " + recipe.name,
                            recipe.targets, session.curve);
  });
  // Last: from here on the folder holds a model, and who waits for one finds everything else there.
  ml::finish(session, output);
  std::cout << "model: " << output.string() << " (this took " << ml::duration(seconds_since(start)) << ")\n";
  return success;
}

int evaluate(const std::vector<std::string>& arguments) {
  po::options_description options("Options");
  options.add_options()                                                                                 //
      ("model,m", text_option("FOLDER"), "a folder that 'pmd_train train' made (required)")             //
      ("store,s", text_option("FILE.h5"), "the store or its images file (required)")                    //
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
