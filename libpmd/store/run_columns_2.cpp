#include "libpmd/store/run_columns_2.hpp"

#include <algorithm>
#include <array>

#include "libpmd/model/declarations.hpp"
#include "libpmd/store/run_columns.hpp"

namespace bondscope::layout_2 {
namespace {

using hdf5::Handle;

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
  if (d.derivation) {
    layout::write_derivation(writer, *d.derivation);
    writer.attribute("derivation", d.derivation->method);
  }
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
  const auto optional = [&](const char* name) {
    return reader.has_attribute(name) ? reader.text(name) : std::string();
  };
  layout::read_columns(reader, "/parameters/run", optional(declarations_attribute), optional("derivation"),
                       d);
  return d;
}

}  // namespace bondscope::layout_2
