#include "libpmd/store/derivation_columns.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/json.hpp"

namespace bondscope::layout {
namespace {

using hdf5::Handle;

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

}  // namespace

void check_origin(const StoreDescription& d) {
  if (!d.history.empty() && !is_json(d.history, nlohmann::json::value_t::array))
    throw DataError("the history is not a JSON array, or nested too deep");
  if (d.derivation) check_derivation(d);
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
  writer.dataset(
      "/derivation/links", link_type().get(), {links.all.size()}, "",
      "store (entry of the attribute history), number and payload checksum of a run, and its weight",
      link_type().get(), links.all.data());
  const Flat roots(derived.roots);
  writer.dataset("/derivation/roots_end", H5T_STD_U64LE, rows, "", "as links_end, of /derivation/roots",
                 H5T_NATIVE_UINT64, roots.ends.data());
  writer.dataset("/derivation/roots", H5T_STD_U64LE, {roots.all.size()}, "",
                 "payload checksums of the computed runs behind a row, through all derivations",
                 H5T_NATIVE_UINT64, roots.all.data());
  writer.attribute("derivation", derived.method);
}

std::optional<Derivation> read_derivation(const hdf5::CheckedReader& reader, std::size_t rows) {
  if (!reader.has("/derivation")) return {};
  Derivation derived;
  derived.method = reader.text("derivation");
  for (const auto use : reader.byte_column("/derivation/use"))
    derived.use.push_back(static_cast<Use>(use));
  const char* path = "/derivation/links";
  const Handle dataset = reader.open(path);
  reader.expect_type(dataset.get(), path, link_type().get());
  std::vector<Link> links(reader.shape(dataset.get(), path, 1)[0]);
  if (!hdf5::read_rows(dataset.get(), link_type().get(), 0, links.size(), links.data()))
    reader.fail(fmt::format("the dataset {} cannot be read: {}", path, hdf5::last_error()));
  derived.links =
      in_rows(reader, "/derivation/links_end", links, reader.integer_column("/derivation/links_end"));
  derived.roots = in_rows(reader, "/derivation/roots_end", reader.integer_column("/derivation/roots"),
                          reader.integer_column("/derivation/roots_end"));
  if (derived.links.size() != rows || derived.roots.size() != rows || derived.use.size() != rows)
    reader.fail("damaged: the extents of /derivation do not fit the other datasets");
  return derived;
}

}  // namespace bondscope::layout
