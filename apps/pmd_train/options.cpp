#include "apps/pmd_train/options.hpp"

#include "apps/shared/open_in_child.hpp"
#include "libml/train/process.hpp"
#include "libpmd/base/config/find_config.hpp"

using namespace bondscope;

void MachineOptions::declare(CommandLine& command_line) {
  command_line.choice("device", "DEVICE", device, {"auto", "cpu", "cuda"},
                      "cpu, cuda, or auto (default): cuda if there is one");
  add_threads_option(command_line, threads);
}

ml::Machine MachineOptions::prepare() const {
  ml::prepare_process(threads);
  return {ml::choose_device(device), threads};
}

void LimitOptions::declare(CommandLine& command_line) {
  command_line.duration("time-limit", "TIME", time_limit,
                        "stop before, saved, with exit code 75 (default: none)");
  command_line.duration_or_zero("checkpoint-interval", "TIME", checkpoint_interval,
                                "within an epoch, save as often; 0: only after epochs");
}

void RecipeOptions::declare(CommandLine& command_line, const std::string& help) {
  command_line.text("recipe,r", "NAME|FILE", recipe, help).required();
  command_line.assignments("set", "KEY=VALUE", set, "change a value of the recipe");
}

void ModelOptions::declare(CommandLine& command_line) {
  command_line
      .text("model,m", "NAME|FOLDER", folder,
            "a folder that 'pmd_train train' made, or the name of a model that comes along")
      .required();
  command_line.choice("weights", "WHICH", weights, {"best", "last"}, "of the model: best or last epoch");
  command_line.flag("force", force, "go on although the store's preset makes other images than the model's");
}

void ModelOptions::open_in_child() const {
  bondscope::open_in_child(find_model(folder), [this] { load(ml::Device::cpu); });
}

ml::Model ModelOptions::load(ml::Device device) const {
  return ml::load_model(find_model(folder), weights == "best" ? ml::Weights::best : ml::Weights::last,
                        device);
}

void add_store(CommandLine& command_line, std::string& store) {
  command_line.text("store,s", "FILE.h5", store, "the store that tdse_farm made, or its images file")
      .required();
}

void add_output(CommandLine& command_line, std::filesystem::path& output, const std::string& help) {
  command_line.text("output,o", "FOLDER", output, help).required();
}

void add_overwrite(CommandLine& command_line, bool& overwrite) {
  command_line.flag("overwrite", overwrite,
                    "replace models and checkpoints of other trainings that are there");
}

void add_seeds(CommandLine& command_line, std::vector<std::uint64_t>& seeds, const std::string& help) {
  command_line.integers("seeds", "S,S,...", seeds, 0, ml::largest_seed, help);
}

Option& add_samples(CommandLine& command_line, std::vector<std::size_t>& samples, const std::string& help) {
  return command_line.integers("samples,n", "N,N,...", samples, 2, 1'000'000'000, help);
}
