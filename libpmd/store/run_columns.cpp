#include "libpmd/store/run_columns.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/json.hpp"
#include "libpmd/model/declarations.hpp"
#include "libpmd/store/row_arrays.hpp"

namespace bondscope::layout {
namespace {

using hdf5::Handle;

constexpr std::size_t max_molecule_name = 64, longest_declarations = 1 << 16;

struct Text {
  const char* name;
  const char* meaning;
  std::string StoreDescription::*member;
};

constexpr std::array<Text, 7> provenance{{
    {"configuration", "resolved: YAML with the sections preset and dataset",
     &StoreDescription::configuration},
    {"configuration_given", "the YAML texts as the user gave them", &StoreDescription::configuration_given},
    {"code_version", "version of the program", &StoreDescription::code_version},
    {"libraries", "versions of the libraries", &StoreDescription::libraries},
    {"machine", "where it was made", &StoreDescription::machine},
    {"created", "when it was made, UTC", &StoreDescription::created},
    {"history", "JSON array: the files that this one was made from", &StoreDescription::history},
}};
/// Short ones.
constexpr std::array<Text, 3> attributes{{
    {"dataset", "", &StoreDescription::dataset},
    {"preset", "", &StoreDescription::preset},
    {"part", "", &StoreDescription::part},
}};
constexpr const char *declarations_path = "/provenance/declared_parameters",
                     *method_path = "/provenance/derivation";

Handle link_type() {
  Handle type(H5Tcreate(H5T_COMPOUND, sizeof(Link)), H5Tclose);
  H5Tinsert(type.get(), "source", HOFFSET(Link, source), H5T_STD_U32LE);
  H5Tinsert(type.get(), "reserved", HOFFSET(Link, reserved), H5T_STD_U32LE);
  H5Tinsert(type.get(), "run", HOFFSET(Link, run), H5T_STD_U64LE);
  H5Tinsert(type.get(), "payload_checksum", HOFFSET(Link, payload_checksum), H5T_STD_U64LE);
  H5Tinsert(type.get(), "weight", HOFFSET(Link, weight), H5T_IEEE_F64LE);
  return type;
}

/// Whether `text` is JSON of that type and not nested beyond reason.
bool is_json(const std::string& text, nlohmann::json::value_t type) {
  try {
    return parse_json(text).type() == type;
  } catch (const DataError&) {
    return false;
  }
}

void check_derivation(const StoreDescription& d) {
  const Derivation& derived = *d.derivation;
  if (!is_json(derived.method, nlohmann::json::value_t::object))
    throw DataError("the derivation is not a JSON object");
  if (derived.use.size() != d.runs.size() || derived.links.size() != d.runs.size() ||
      derived.roots.size() != d.runs.size())
    throw DataError("the derivation does not have as many rows as there are distributions");
  const auto sources = d.history.empty() ? 0 : nlohmann::json::parse(d.history).size();
  for (std::size_t row = 0; row < d.runs.size(); ++row) {
    const auto name = fmt::format("distribution {}", row);
    if (derived.use[row] > Use::test) throw DataError(name + " has an unknown use");
    const auto& roots = derived.roots[row];
    if (derived.links[row].empty() || roots.empty()) throw DataError(name + " was made from nothing");
    if (std::adjacent_find(roots.begin(), roots.end(), std::greater_equal<>()) != roots.end())
      throw DataError(name + " has runs behind it that do not increase");
    for (const auto& link : derived.links[row])
      if (link.source >= sources || link.reserved != 0 || !std::isfinite(link.weight))
        throw DataError(name + " has a link that leads nowhere");
  }
}

/// Rows one behind the other, and where each ends.
template <class Value>
struct Flat {
  std::vector<Value> all;
  std::vector<std::uint64_t> ends;

  explicit Flat(const std::vector<std::vector<Value>>& rows) {
    for (const auto& row : rows) {
      all.insert(all.end(), row.begin(), row.end());
      ends.push_back(all.size());
    }
  }
};

/// Cuts `all` into rows that end at `ends`.
template <class Value>
std::vector<std::vector<Value>> in_rows(const hdf5::CheckedReader& reader, const char* path,
                                        const std::vector<Value>& all,
                                        const std::vector<std::uint64_t>& ends) {
  std::vector<std::vector<Value>> rows;
  std::uint64_t begin = 0;
  for (const auto end : ends) {
    if (end < begin || end > all.size()) reader.fail(fmt::format("damaged: {} does not increase", path));
    rows.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(begin),
                      all.begin() + static_cast<std::ptrdiff_t>(end));
    begin = end;
  }
  if (begin != all.size())
    reader.fail(fmt::format("damaged: {} does not fit the other datasets of /derivation", path));
  return rows;
}

/// Throws DataError if history or derivation are not sensible.
void check_origin(const StoreDescription& d) {
  if (!d.history.empty() && !is_json(d.history, nlohmann::json::value_t::array))
    throw DataError("the history is not a JSON array, or nested too deep");
  if (d.derivation) check_derivation(d);
}

void check_marks(const StoreDescription& d) {
  const auto wrong = [&](std::size_t marks) { return marks != 0 && marks != d.runs.size(); };
  if (wrong(d.unknown.size()) || wrong(d.measured.size()))
    throw DataError("the marks of rows are not as many as the runs");
  for (std::size_t row = 0; row < d.unknown.size(); ++row) {
    const auto values = values_of(d.runs[row]);
    const auto& names = d.unknown[row];
    if (std::ranges::adjacent_find(names, std::greater_equal<>()) != names.end())
      throw DataError(
          fmt::format("the unknown parameters of run {} are not in the order of their names", row));
    for (const auto& name : names) {
      const auto value = std::ranges::find(values, name, &DeclaredValue::name);
      if (value == values.end() || value->value != 0)
        throw DataError(fmt::format("{} of run {} is unknown, but no parameter of value 0", name, row));
    }
  }
  for (std::size_t row = 0; row < d.measured.size(); ++row)
    if (d.measured[row] > 1)
      throw DataError(
          fmt::format("whether run {} was measured is {}; expected 0 or 1", row, d.measured[row]));
  const auto names = row_array_names();
  std::size_t next = 0;
  for (const auto& array : d.arrays) {
    const auto at = std::find(names.begin() + static_cast<std::ptrdiff_t>(next), names.end(), array);
    if (at == names.end()) throw DataError(fmt::format("'{}' is no array of rows, or out of order", array));
    next = static_cast<std::size_t>(at - names.begin()) + 1;
  }
}

void write_marks(hdf5::SkeletonWriter& writer, const StoreDescription& d) {
  const auto column = [&](const std::string& path, const char* meaning,
                          const std::vector<std::uint8_t>& marks) {
    writer.dataset(path.c_str(), H5T_STD_U8LE, {marks.size()}, "", meaning, H5T_NATIVE_UINT8, marks.data());
    writer.attach(path.c_str(), {run_path});
  };
  if (!d.measured.empty()) column("/measured", "1 if the row was measured and not computed", d.measured);
  std::set<std::string> all;
  for (const auto& names : d.unknown)
    all.insert(names.begin(), names.end());
  if (all.empty()) return;
  writer.group("/unknown", "1 where the value of a parameter is not known and stored as 0");
  for (const auto& name : all) {
    std::vector<std::uint8_t> marks;
    for (std::size_t row = 0; row < d.runs.size(); ++row)
      marks.push_back(d.knows(row, name) ? 0 : 1);
    column("/unknown/" + name, "1 where the value is not known", marks);
  }
}

void read_marks(const hdf5::CheckedReader& reader, StoreDescription& d) {
  const auto column = [&](const std::string& path) {
    auto marks = reader.byte_column(path.c_str());
    if (marks.size() != d.runs.size())
      reader.fail(fmt::format("damaged: the extents of {} do not fit the other datasets", path));
    return marks;
  };
  if (reader.has("/measured")) d.measured = column("/measured");
  if (!reader.has("/unknown")) return;
  d.unknown.resize(d.runs.size());
  std::vector<std::string> names;
  for (const auto& parameter : all_parameters(d.declared))
    names.push_back(parameter.name);
  std::ranges::sort(names);
  for (const auto& name : names) {
    const auto path = "/unknown/" + name;
    if (!reader.has(path.c_str())) continue;
    const auto marks = column(path);
    for (std::size_t row = 0; row < marks.size(); ++row)
      if (marks[row] != 0) d.unknown[row].push_back(name);
  }
}

/// What write_derivation() wrote, if the file has one, of so many rows. Throws DataError.
std::optional<Derivation> read_derivation(const hdf5::CheckedReader& reader, const std::string& method,
                                          std::size_t rows) {
  if (!reader.has("/derivation")) return {};
  Derivation derived;
  derived.method = method;
  for (const auto use : reader.byte_column("/derivation/use"))
    derived.use.push_back(static_cast<Use>(use));
  const Handle type = link_type();
  const auto links = reader.column<Link>("/derivation/links", type.get(), type.get());
  derived.links =
      in_rows(reader, "/derivation/links_end", links, reader.integer_column("/derivation/links_end"));
  derived.roots = in_rows(reader, "/derivation/roots_end", reader.integer_column("/derivation/roots"),
                          reader.integer_column("/derivation/roots_end"));
  if (derived.links.size() != rows || derived.roots.size() != rows || derived.use.size() != rows)
    reader.fail("damaged: the extents of /derivation do not fit the other datasets");
  return derived;
}

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
    throw DataError(fmt::format("part: '{}' is not of the form I/N with 1 <= I <= N", d.part));
  check_origin(d);
  check_marks(d);
}

void write_derivation(hdf5::SkeletonWriter& writer, const Derivation& derived) {
  const hdf5::Shape rows{derived.links.size()};
  writer.group("/derivation", "what each distribution was made from");
  const Flat links(derived.links);
  std::vector<std::uint8_t> use;
  for (const auto one : derived.use)
    use.push_back(static_cast<std::uint8_t>(one));
  writer.dataset("/derivation/use", H5T_STD_U8LE, rows, "",
                 "in learning: 0 for anything, 1 for training only, 2 for tests only", H5T_NATIVE_UINT8,
                 use.data());
  writer.dataset("/derivation/links_end", H5T_STD_U64LE, rows, "",
                 "links of row i: from links_end[i-1] (0 for the first) up to, not including, links_end[i]",
                 H5T_NATIVE_UINT64, links.ends.data());
  writer.dataset("/derivation/links", link_type().get(), {links.all.size()}, "",
                 "store (entry of the history), number and payload checksum of a run, and its weight",
                 link_type().get(), links.all.data());
  const Flat roots(derived.roots);
  writer.dataset("/derivation/roots_end", H5T_STD_U64LE, rows, "", "as links_end, of /derivation/roots",
                 H5T_NATIVE_UINT64, roots.ends.data());
  writer.dataset("/derivation/roots", H5T_STD_U64LE, {roots.all.size()}, "",
                 "payload checksums of the computed runs behind a row, through all derivations",
                 H5T_NATIVE_UINT64, roots.all.data());
}

void write_runs(hdf5::SkeletonWriter& writer, const StoreDescription& d) {
  const hdf5::Shape rows{d.runs.size()};
  writer.dataset(run_path, H5T_STD_U64LE, rows, "", "number of the run in the whole data set",
                 H5T_NATIVE_UINT64, d.numbers.data());
  writer.scale(run_path, "run");
  writer.group("/parameters", "what each row shows");
  std::vector<double> values(d.runs.size());
  for (const auto& parameter : all_parameters(d.declared)) {
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = parameter.of(d.runs[i]);
    const auto path = parameter.path();
    writer.dataset(path.c_str(), H5T_IEEE_F64LE, rows, parameter.unit.c_str(), parameter.meaning.c_str(),
                   H5T_NATIVE_DOUBLE, values.data());
    writer.attribute_of(path.c_str(), "symbol", parameter.symbol);
    writer.attach(path.c_str(), {run_path});
  }
  std::size_t length = 1;
  for (const auto& run : d.runs)
    length = std::max(length, run.molecule.size());
  std::string molecules;
  for (const auto& run : d.runs)
    molecules += run.molecule + std::string(length - run.molecule.size(), '\0');
  const Handle type = hdf5::text_type(length);
  writer.dataset("/parameters/molecule", type.get(), rows, "", "molecule", type.get(), molecules.data());
  writer.attach("/parameters/molecule", {run_path});
  write_marks(writer, d);
  if (d.derivation) {
    write_derivation(writer, *d.derivation);
    for (const char* column : {"/derivation/use", "/derivation/links_end", "/derivation/roots_end"})
      writer.attach(column, {run_path});
  }
  writer.group("/provenance", "how the file came about");
  for (const auto& text : provenance)
    writer.text(fmt::format("/provenance/{}", text.name).c_str(), text.meaning, d.*text.member);
  writer.text(declarations_path, "YAML: the parameters that the data set declares",
              d.declared.empty() ? "" : declarations_text(d.declared));
  if (d.derivation)
    writer.text(method_path, "JSON object: how the distributions were derived from those of other files",
                d.derivation->method);
  writer.attribute("seed", d.seed);
  for (const auto& text : attributes)
    writer.attribute(text.name, d.*text.member);
}

void read_columns(const hdf5::CheckedReader& reader, const char* numbers, const std::string& declarations,
                  const std::string& method, StoreDescription& d) {
  const auto molecules = reader.text_column("/parameters/molecule", max_molecule_name);
  d.runs.resize(molecules.size());
  for (std::size_t i = 0; i < molecules.size(); ++i)
    d.runs[i].molecule = molecules[i];
  d.numbers = reader.integer_column(numbers);
  if (declarations.size() > longest_declarations)
    reader.fail(fmt::format("damaged: the declared parameters have {} bytes", declarations.size()));
  try {
    d.declared = read_declarations(declarations, "declared_parameters");
  } catch (const ConfigError& error) {
    reader.fail(fmt::format("damaged: {}", error.what()));
  }
  for (const auto& parameter : all_parameters(d.declared)) {
    const auto values = reader.column(parameter.path().c_str());
    if (values.size() != d.runs.size())
      reader.fail(fmt::format("damaged: the extents of {} do not fit the other datasets", parameter.path()));
    for (std::size_t i = 0; i < values.size(); ++i)
      parameter.set(d.runs[i], values[i]);
  }
  d.derivation = read_derivation(reader, method, d.runs.size());
}

StoreDescription read_runs(const hdf5::CheckedReader& reader) {
  StoreDescription d;
  for (const auto& text : provenance)
    d.*text.member = reader.text_dataset(fmt::format("/provenance/{}", text.name).c_str());
  for (const auto& text : attributes)
    d.*text.member = reader.text(text.name);
  d.seed = reader.integer("seed");
  read_columns(reader, run_path, reader.text_dataset(declarations_path), reader.text_dataset(method_path), d);
  read_marks(reader, d);
  return d;
}

}  // namespace bondscope::layout
