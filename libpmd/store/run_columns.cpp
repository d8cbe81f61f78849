#include "libpmd/store/run_columns.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/model/declarations.hpp"
#include "libpmd/store/derivation_columns.hpp"
#include "libpmd/store/part.hpp"

namespace bondscope::layout {
namespace {

using hdf5::Handle;

constexpr std::size_t max_molecule_name = 64;
constexpr const char* declarations_attribute = "declared_parameters";

struct TextAttribute {
  const char* name;
  std::string StoreDescription::*member;
};

constexpr std::array<TextAttribute, 10> text_attributes{{
    {"dataset", &StoreDescription::dataset},
    {"preset", &StoreDescription::preset},
    {"configuration", &StoreDescription::configuration},
    {"configuration_given", &StoreDescription::configuration_given},
    {"code_version", &StoreDescription::code_version},
    {"libraries", &StoreDescription::libraries},
    {"machine", &StoreDescription::machine},
    {"created", &StoreDescription::created},
    {"part", &StoreDescription::part},
    {"history", &StoreDescription::history},
}};

}  // namespace

void check_runs(const StoreDescription& d) {
  if (d.runs.empty()) throw DataError("a store needs at least one run");
  std::vector<std::string> names;
  for (const auto& parameter : d.declared)
    names.push_back(parameter.name);
  std::ranges::sort(names);
  for (std::size_t i = 0; i < d.runs.size(); ++i) {
    const auto& run = d.runs[i];
    for (const auto& [name, value] : values_of(run))
      if (!std::isfinite(value)) throw DataError(fmt::format("{} of run {} is not a finite number", name, i));
    if (!std::ranges::equal(run.declared, names, {}, &DeclaredValue::name))
      throw DataError(fmt::format("run {} has other parameters than the data set declares", i));
    if (run.molecule.empty() || run.molecule.size() > max_molecule_name ||
        run.molecule.find('\0') != std::string::npos)
      throw DataError(fmt::format("run {} has no usable molecule name", i));
  }
  if (d.numbers.size() != d.runs.size())
    throw DataError(fmt::format("{} runs have {} run numbers", d.runs.size(), d.numbers.size()));
  for (std::size_t i = 1; i < d.numbers.size(); ++i)
    if (d.numbers[i] <= d.numbers[i - 1])
      throw DataError(
          fmt::format("the run numbers do not increase: {} follows {}", d.numbers[i], d.numbers[i - 1]));
  if (!d.part.empty() && !parse_part(d.part))
    throw DataError("part: '" + d.part + "' is not of the form I/N with 1 <= I <= N");
  check_origin(d);
}

void write_runs(hdf5::SkeletonWriter& writer, const StoreDescription& d) {
  const hdf5::Shape rows{d.runs.size()};
  writer.group("/parameters", "what was simulated, one row per run");
  writer.dataset("/parameters/run", H5T_STD_U64LE, rows, "", "number of the run in the whole data set",
                 H5T_NATIVE_UINT64, d.numbers.data());
  std::vector<double> values(d.runs.size());
  for (const auto& parameter : all_parameters(d.declared)) {
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = parameter.of(d.runs[i]);
    writer.dataset(parameter.path().c_str(), H5T_IEEE_F64LE, rows, parameter.unit.c_str(),
                   parameter.meaning.c_str(), H5T_NATIVE_DOUBLE, values.data());
  }
  std::size_t length = 1;
  for (const auto& run : d.runs)
    length = std::max(length, run.molecule.size());
  std::string molecules;
  for (const auto& run : d.runs)
    molecules += run.molecule + std::string(length - run.molecule.size(), '\0');
  const Handle type = hdf5::text_type(length);
  writer.dataset("/parameters/molecule", type.get(), rows, "", "molecule", type.get(), molecules.data());
  if (d.derivation) write_derivation(writer, *d.derivation);
  if (!d.declared.empty()) writer.attribute(declarations_attribute, declarations_text(d.declared));
  writer.attribute("seed", d.seed);
  for (const auto& attribute : text_attributes)
    writer.attribute(attribute.name, d.*attribute.member);
}

StoreDescription read_runs(const hdf5::CheckedReader& reader) {
  StoreDescription d;
  for (const auto& attribute : text_attributes)
    d.*attribute.member = reader.text(attribute.name);
  d.seed = reader.integer("seed");
  const auto molecules = reader.text_column("/parameters/molecule", max_molecule_name);
  d.runs.resize(molecules.size());
  for (std::size_t i = 0; i < molecules.size(); ++i)
    d.runs[i].molecule = molecules[i];
  d.numbers = reader.integer_column("/parameters/run");
  if (reader.has_attribute(declarations_attribute)) try {
      d.declared = read_declarations(reader.text(declarations_attribute), declarations_attribute);
    } catch (const ConfigError& error) {
      reader.fail(fmt::format("damaged: the attribute {}", error.what()));
    }
  for (const auto& parameter : all_parameters(d.declared)) {
    const auto values = reader.column(parameter.path().c_str());
    if (values.size() != d.runs.size())
      reader.fail(fmt::format("damaged: the extents of {} do not fit the other datasets", parameter.path()));
    for (std::size_t i = 0; i < values.size(); ++i)
      parameter.set(d.runs[i], values[i]);
  }
  d.derivation = read_derivation(reader, d.runs.size());
  return d;
}

}  // namespace bondscope::layout
