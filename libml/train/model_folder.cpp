#include "libml/train/model_folder.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "libml/arrays/old_weights.hpp"
#include "libml/arrays/safetensors.hpp"
#include "libml/baselines/baseline.hpp"
#include "libml/data/samples.hpp"
#include "libml/train/identity.hpp"
#include "libml/train/process.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/file.hpp"
#include "libpmd/base/files/hash.hpp"
#include "libpmd/base/files/text_file.hpp"

namespace bondscope::ml {
namespace {

namespace fs = std::filesystem;

/// Everything that belongs to a model, model.json first, and what earlier formats had.
constexpr std::array files{"model.json",
                           "best.safetensors",
                           "last.safetensors",
                           "calibration.safetensors",
                           "card.md",
                           "recipe.yaml",
                           "learning_curve.csv",
                           "learning_curve.png",
                           "metrics.json",
                           "predictions.csv",
                           "scatter.png",
                           "error_by_parameters.png",
                           "error_histogram.png",
                           "confusion.png",
                           "coverage.png",
                           "report.html",
                           "best.weights",
                           "last.weights"};
const auto others = std::span(files).subspan(1);

bool is_file(const fs::path& file) {
  std::error_code status;
  return fs::is_regular_file(file, status);
}

static_assert(most_safetensors_bytes >= 2 * most_image_bytes,
              "methods that keep the images they learned from write models that can be read");

std::uint64_t checksum(const std::string& bytes) {
  return Hash().add(std::span<const char>(bytes)).value();
}

KnownFile known_file(const fs::path& path) {
  const File file(path, O_RDONLY | O_CLOEXEC, 0, path);
  if (!file.is_open())
    throw FileError(fmt::format("{}: cannot be read: {}", path.string(), std::strerror(errno)));
  const auto size = file.size();
  return {size, Hash().add(file, size).value()};
}

std::string arrays_name(int format_version, Weights which) {
  return fmt::format("{}.{}", to_string(which), format_version == 1 ? "weights" : "safetensors");
}

/// What the method has learned.
bool is_of_method(const std::string& name) {
  return name.starts_with("best.") || name.starts_with("last.");
}

/// Adds the folder's files that the description does not have yet.
void know_others(const fs::path& folder, ModelDescription& description) {
  for (const std::string name : others)
    if (!description.files.contains(name) && is_file(folder / name))
      description.files[name] = known_file(folder / name);
}

/// Adds the name of the file to what is wrong with its content.
template <class Work>
auto about_file(const fs::path& file, const Work& work) {
  try {
    return work();
  } catch (const DataError& e) {
    throw DataError(fmt::format("{}: {}", file.string(), e.what()));
  }
}

}  // namespace

const char* to_string(Weights which) {
  return which == Weights::best ? "best" : "last";
}

const NetworkMethod& Model::layers() const {
  if (const auto* network = dynamic_cast<const NetworkMethod*>(method.get())) return *network;
  throw ConfigError(fmt::format("{}: its method {} has no layers; expected a network", folder.string(),
                                description.recipe.method));
}

void prepare_folder(const fs::path& folder) {
  std::error_code status;
  if (fs::exists(folder, status) && !fs::is_directory(folder, status))
    throw FileError(folder.string() + ": this is a file; the output must be a folder");
  fs::create_directories(folder, status);
  if (status) throw FileError(fmt::format("{}: cannot be made: {}", folder.string(), status.message()));
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    throw FileError(fmt::format("{}: cannot be written: {}", folder.string(), std::strerror(errno)));
}

void clear_folder(const fs::path& folder) {
  std::error_code status;
  for (const char* file : files) {
    fs::remove(folder / file, status);
    if (status)
      throw FileError(fmt::format("{}: cannot be removed: {}", (folder / file).string(), status.message()));
  }
  // What a training that was killed while it drew left behind.
  for (const auto& entry : fs::directory_iterator(folder, status)) {
    const auto name = entry.path().filename().string();
    if (name.find(".png.partial") != std::string::npos) fs::remove(entry.path(), status);
  }
}

void write_model(const fs::path& folder, ModelDescription description, const std::vector<NamedArray>& best,
                 const std::vector<NamedArray>& last) {
  description.files.clear();
  const auto write = [&](const std::string& name, const std::string& bytes) {
    write_file(folder / name, bytes);
    description.files[name] = {bytes.size(), checksum(bytes)};
  };
  write(arrays_name(2, Weights::best), to_safetensors(best));
  if (!last.empty()) write(arrays_name(2, Weights::last), to_safetensors(last));
  write("recipe.yaml", description.recipe.to_yaml());
  know_others(folder, description);
  write_file(folder / "model.json", description_text(description));
}

void describe_again(const fs::path& folder, ModelDescription description) {
  // What the method has learned is what was read, whatever the folder holds by now.
  std::erase_if(description.files, [](const auto& file) { return !is_of_method(file.first); });
  know_others(folder, description);
  write_file(folder / "model.json", description_text(description));
}

bool holds_model(const fs::path& folder, const std::string& identity) {
  std::error_code status;
  if (!fs::exists(folder / "model.json", status)) return false;
  constexpr const char* remedy = "; give another --output, or --overwrite to replace it";
  std::vector<Difference> differences;
  try {
    const auto d = load_model(folder, Weights::best, Device::cpu).description;
    if (d.recipe.is_network()) load_model(folder, Weights::last, Device::cpu);
    const auto& data = d.data;
    const auto runs = data.runs - data.pending - data.failed - data.repeated;
    differences =
        compare_identities(training_identity(d.recipe, data, runs, d.data_checksum, d.origin), identity);
  } catch (const Error& e) {
    throw FileError(
        fmt::format("{}: holds a model that cannot be used: {}{}", folder.string(), e.what(), remedy));
  }
  if (!differences.empty())
    throw FileError(fmt::format("{}: holds the model of another training: {}{}", folder.string(),
                                ml::describe(differences), remedy));
  return true;
}

std::string read_model_file(const fs::path& folder, const ModelDescription& description,
                            const std::string& name) {
  auto bytes = read_text_file(folder / name, most_safetensors_bytes);
  if (description.format_version == 1) return bytes;
  return about_file(folder / name, [&] {
    const auto known = description.files.find(name);
    if (known == description.files.end()) throw DataError("model.json does not know this file");
    if (bytes.size() != known->second.bytes)
      throw DataError(fmt::format("truncated or altered: it has {} bytes, model.json says {}", bytes.size(),
                                  known->second.bytes));
    if (checksum(bytes) != known->second.checksum)
      throw DataError("damaged or changed: its checksum is not the one in model.json");
    return std::move(bytes);
  });
}

std::vector<NamedArray> read_arrays(const fs::path& folder, const ModelDescription& description,
                                    Weights which) {
  if (which == Weights::last && !description.recipe.is_network())
    throw ConfigError(fmt::format("{}: the method {} has no epochs; expected the weights 'best'",
                                  folder.string(), description.recipe.method));
  const auto name = arrays_name(description.format_version, which);
  const auto bytes = read_model_file(folder, description, name);
  return about_file(folder / name, [&] {
    return description.format_version == 1 ? from_old_weights(bytes) : from_safetensors(bytes);
  });
}

std::vector<std::string> other_files(const fs::path& folder) {
  std::vector<std::string> found;
  for (const std::string name : others)
    if (is_file(folder / name) && !is_of_method(name)) found.push_back(name);
  return found;
}

std::shared_ptr<const Method> make_method(const ModelDescription& description, std::vector<NamedArray> arrays,
                                          Device device) {
  const auto& recipe = description.recipe;
  if (recipe.is_network()) return std::make_shared<NetworkMethod>(description, std::move(arrays), device);
  auto method =
      make_baseline(recipe.method, {recipe.seed, process_threads(), recipe.augmentation.mirrors(),
                                    signs_from(description.settings, recipe.targets), recipe.effects});
  method->restore(recipe.image, recipe.targets, {std::move(arrays), description.settings});
  return method;
}

Model load_model(const fs::path& folder, Weights which, Device device) {
  std::error_code status;
  if (!fs::is_directory(folder, status)) throw FileError(folder.string() + ": there is no such model folder");
  auto description = read_description(folder / "model.json");
  auto arrays = read_arrays(folder, description, which);
  auto method = about_file(folder / arrays_name(description.format_version, which),
                           [&] { return make_method(description, std::move(arrays), device); });
  return {folder, which, std::move(description), std::move(method)};
}

}  // namespace bondscope::ml
