#include "libpmd/store/run_columns_2.hpp"

#include <array>

#include "libpmd/model/declarations.hpp"
#include "libpmd/store/run_columns.hpp"

namespace bondscope::layout_2 {
namespace {

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
