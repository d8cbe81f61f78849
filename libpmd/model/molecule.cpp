#include "libpmd/model/molecule.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/nearest.hpp"
#include "libpmd/model/built_in_molecules.hpp"
#include "libpmd/model/declarations.hpp"
#include "libpmd/model/pulse_parameters.hpp"

namespace bondscope {
namespace {

constexpr std::size_t most_centres = 32, most_steps = 16, longest_molecule_name = 40, longest_meaning = 200;
constexpr const char* polar = "distance";

bool is_molecule_name(const std::string& name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto fits = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || std::string_view("+-_()").find(c) != std::string_view::npos;
  };
  return !name.empty() && name.size() <= longest_molecule_name && letter(name.front()) &&
         std::ranges::all_of(name, fits);
}

/// Reads forms, and notes which names they depend on.
class Forms {
 public:
  explicit Forms(const std::vector<Parameter>& parameters) : known_{"R", "softening"} {
    for (const auto& parameter : parameters)
      known_.push_back(parameter.name);
  }

  LinearForm read(const Config& config, const std::string& key, Range range) const {
    LinearForm form;
    try {
      form = LinearForm::parse(config.text(key));
    } catch (const ConfigError& error) {
      config.fail(key, error.what());
    }
    for (const auto& name : form.names())
      if (std::ranges::find(known_, name) == known_.end())
        config.fail(
            key, fmt::format("{} is no parameter of the molecule; {}", name, expected_one_of(known_, name)));
    if (form.is_number() && !range.contains(form.value({})))
      config.fail(key, fmt::format("{} is out of range; expected {}", form.text(), range.describe()));
    return form;
  }

 private:
  std::vector<std::string> known_;
};

Molecule::Step read_step(const Config& config, const Forms& forms) {
  config.expect_keys({"x", "y", polar, "direction"});
  Molecule::Step step;
  for (const auto& [key, form] : {std::pair{"x", &step.x}, std::pair{"y", &step.y},
                                  std::pair{polar, &step.distance}, std::pair{"direction", &step.direction}})
    if (config.has(key)) *form = forms.read(config, key, Range::between(-1e4, 1e4));
  if (step.direction && !step.distance) config.fail("direction", "is given without a distance");
  return step;
}

Molecule::Centre read_centre(const Config& config, const Forms& forms) {
  config.expect_keys({"charge", "softening", "core", "at"});
  Molecule::Centre centre;
  centre.charge = forms.read(config, "charge", Molecule::charge_range());
  centre.softening = forms.read(config, "softening", Molecule::softening_range());
  if (config.has("core")) {
    const Config core = config.section("core");
    core.expect_keys({"charge", "decay"});
    centre.core = forms.read(core, "charge", Molecule::charge_range());
    centre.core_decay = forms.read(core, "decay", Molecule::decay_range());
  }
  if (config.is_list("at")) {
    const auto steps = config.sections("at");
    if (steps.size() > most_steps)
      config.fail("at", fmt::format("{} steps; expected at most {}", steps.size(), most_steps));
    for (const Config& step : steps)
      centre.at.push_back(read_step(step, forms));
  } else if (config.has("at")) {
    centre.at.push_back(read_step(config.section("at"), forms));
  }
  return centre;
}

void emit_step(YAML::Emitter& out, const Molecule::Step& step) {
  out << YAML::Flow << YAML::BeginMap;
  for (const auto& [key, form] : {std::pair{"x", &step.x}, std::pair{"y", &step.y},
                                  std::pair{polar, &step.distance}, std::pair{"direction", &step.direction}})
    if (*form) out << YAML::Key << key << YAML::Value << (*form)->text();
  out << YAML::EndMap;
}

void emit_centre(YAML::Emitter& out, const Molecule::Centre& centre) {
  out << YAML::Flow << YAML::BeginMap;
  out << YAML::Key << "charge" << YAML::Value << centre.charge.text();
  out << YAML::Key << "softening" << YAML::Value << centre.softening.text();
  if (centre.core != LinearForm(0))
    out << YAML::Key << "core" << YAML::Value << YAML::BeginMap << YAML::Key << "charge" << YAML::Value
        << centre.core.text() << YAML::Key << "decay" << YAML::Value << centre.core_decay.text()
        << YAML::EndMap;
  if (!centre.at.empty()) {
    out << YAML::Key << "at" << YAML::Value << YAML::BeginSeq;
    for (const auto& step : centre.at)
      emit_step(out, step);
    out << YAML::EndSeq;
  }
  out << YAML::EndMap;
}

template <class Visit>
void for_each_form(const Molecule::Centre& centre, const Visit& visit) {
  for (const auto* form : {&centre.charge, &centre.softening, &centre.core, &centre.core_decay})
    visit(*form);
  for (const auto& step : centre.at)
    for (const auto* form : {&step.x, &step.y, &step.distance, &step.direction})
      if (*form) visit(**form);
}

}  // namespace

bool Molecule::depends_on(const std::string& parameter) const {
  bool depends = false;
  for (const auto& centre : centres)
    for_each_form(centre, [&](const LinearForm& form) { depends |= form.depends_on(parameter); });
  return depends;
}

Molecule Molecule::from_file(const std::filesystem::path& file) {
  const Config config = Config::from_file(file);
  return from_config(config.text("name"), config);
}

Molecule Molecule::from_config(const std::string& name, const Config& config) {
  config.expect_keys({"meaning", "parameters", "centres"});
  Molecule molecule;
  molecule.name = name;
  if (!is_molecule_name(name))
    config.fail("name",
                fmt::format("'{}' is no name of a molecule; expected a letter and then letters, digits "
                            "and + - _ ( ), at most {} together",
                            name, longest_molecule_name));
  molecule.meaning = config.text("meaning", "");
  if (molecule.meaning.size() > longest_meaning || molecule.meaning.find('\n') != std::string::npos)
    config.fail("meaning", fmt::format("expected one line of at most {} bytes", longest_meaning));
  molecule.parameters = read_declarations(config);
  for (const auto& parameter : molecule.parameters)
    if (parameter.name == "pi")
      config.section("parameters").fail("pi", "this name is that of a number; expected another one");
  for (const auto& known : pulse_parameters())
    if (std::ranges::find(molecule.parameters, known.parameter.name, &Parameter::name) !=
        molecule.parameters.end())
      config.section("parameters")
          .fail(known.parameter.name, "this name is that of a number of the pulse; expected another one");
  const Forms forms(molecule.parameters);
  const auto centres = config.sections("centres");
  if (centres.empty() || centres.size() > most_centres)
    config.fail("centres", fmt::format("expected 1 to {} of them", most_centres));
  for (const Config& centre : centres)
    molecule.centres.push_back(read_centre(centre, forms));
  for (const auto& parameter : molecule.parameters)
    if (!molecule.depends_on(parameter.name))
      config.section("parameters").fail(parameter.name, "no centre depends on it");
  config.expect_all_known();
  return molecule;
}

void Molecule::emit(YAML::Emitter& out) const {
  out << YAML::BeginMap;
  if (!meaning.empty()) out << YAML::Key << "meaning" << YAML::Value << meaning;
  if (!parameters.empty()) {
    out << YAML::Key << "parameters" << YAML::Value;
    bondscope::emit(out, parameters);
  }
  out << YAML::Key << "centres" << YAML::Value << YAML::BeginSeq;
  for (const auto& centre : centres)
    emit_centre(out, centre);
  out << YAML::EndSeq << YAML::EndMap;
}

std::string Molecule::to_yaml() const {
  YAML::Emitter out;
  out << YAML::BeginMap << YAML::Key << name << YAML::Value;
  emit(out);
  out << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

bool Molecule::operator==(const Molecule& other) const {
  return to_yaml() == other.to_yaml();
}

const std::vector<Molecule>& built_in_molecules() {
  static const std::vector<Molecule> all = [] {
    std::vector<Molecule> molecules;
    for (const char* text : built_in_molecule_texts) {
      const auto config = Config::from_text(text, "built-in molecules");
      molecules.push_back(Molecule::from_config(config.text("name"), config));
    }
    return molecules;
  }();
  return all;
}

const Molecule* find_molecule(const std::vector<Molecule>& defined, const std::string& name) {
  for (const auto* molecules : {&defined, &built_in_molecules()})
    for (const auto& molecule : *molecules)
      if (molecule.name == name) return &molecule;
  return nullptr;
}

}  // namespace bondscope
