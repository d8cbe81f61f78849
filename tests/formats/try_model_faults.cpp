// Faults in model folders: faults.hpp.

#include <string>
#include <variant>

#include "libml/train/model_folder.hpp"
#include "libml/train/process.hpp"
#include "libpmd/base/files/hash.hpp"
#include "libpmd/model/declarations.hpp"
#include "tests/formats/faults.hpp"

using namespace bondscope;

namespace {

void add(Hash& hash, const std::vector<ml::UsedRun>& runs, const std::vector<Parameter>& declared) {
  hash.add(std::uint64_t{runs.size()});
  for (const auto& run : runs) {
    hash.add(run.parameters.molecule).add(run.checksum);
    for (const auto& parameter : all_parameters(declared))
      hash.add(parameter.of(run.parameters));
  }
}

std::uint64_t checksum_of(const ml::ModelDescription& d) {
  Hash hash;
  const auto& data = d.data;
  for (const auto& text : {d.recipe.to_json(), data.kind, data.store, data.dataset, data.preset,
                           data.code_version, declarations_text(data.declared), d.data_checksum, d.selection,
                           d.device, d.code_version, d.libtorch, d.machine, d.created})
    hash.add(text);
  for (const auto count : {data.runs, data.pending, data.failed, data.repeated, d.test_runs})
    hash.add(count);
  for (const auto& entry : data.setting)
    hash.add(entry.key).add(entry.value.value_or(""));
  for (const auto* runs : {&d.train, &d.validation, &d.unused})
    add(hash, *runs, data.declared);
  for (const auto root : d.roots)
    hash.add(root);
  for (const auto& scaling : d.scaling)
    hash.add(scaling.offset).add(scaling.scale);
  for (const auto& scaling : d.extent_scaling)
    hash.add(scaling.offset).add(scaling.scale);
  if (d.origin)
    hash.add(d.origin->model)
        .add(d.origin->weights)
        .add(d.origin->which)
        .add(d.origin->recipe)
        .add(d.origin->dataset)
        .add(d.origin->frozen_blocks);
  for (const auto& [name, value] : d.settings)
    hash.add(name).add(value);
  hash.add(d.parameter_count).add(d.epochs_done).add(d.best_epoch).add(d.threads);
  return hash.value();
}

void read_model(const std::filesystem::path& folder, faults::Content& content) {
  for (const auto which : {ml::Weights::best, ml::Weights::last}) {
    const auto model = ml::load_model(folder, which, ml::Device::cpu);
    const auto& description = model.description;
    content.read("description", [&] { return checksum_of(description); });
    content.read(ml::to_string(which), [&] {
      Hash hash;
      for (const auto& array : ml::read_arrays(folder, description, which)) {
        hash.add(array.name);
        std::visit([&](const auto& values) { hash.add(std::span(values)); }, array.values);
      }
      return hash.value();
    });
    if (!description.recipe.is_network()) break;
  }
}

}  // namespace

int main(int argc, char** argv) {
  ml::prepare_process(1);
  return faults::run(argc, argv, read_model);
}
