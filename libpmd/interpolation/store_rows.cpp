#include "libpmd/interpolation/store_rows.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope {

StoreRows::StoreRows(std::vector<const Store*> stores) : stores_(std::move(stores)) {
  if (stores_.size() > 1) check_compatible(stores_);
  std::size_t end = 0;
  for (const auto* store : stores_)
    ends_.push_back(end += store->size());
}

StoreRows::Place StoreRows::place(std::size_t row) const {
  if (row >= size()) throw DataError(names() + ": has no such row");
  const auto source = static_cast<std::size_t>(std::ranges::upper_bound(ends_, row) - ends_.begin());
  return {source, source == 0 ? row : row - ends_[source - 1]};
}

std::vector<std::size_t> StoreRows::done() const {
  std::vector<std::size_t> rows;
  for (std::size_t source = 0; source < stores_.size(); ++source)
    for (const auto row : stores_[source]->runs_in(RunState::done))
      rows.push_back(row + (source == 0 ? 0 : ends_[source - 1]));
  return rows;
}

const RunParameters& StoreRows::run(std::size_t row) const {
  const auto at = place(row);
  return stores_[at.source]->description().runs[at.row];
}

Use StoreRows::use_of(std::size_t row) const {
  const auto at = place(row);
  return stores_[at.source]->description().use_of(at.row);
}

std::string StoreRows::name_of(std::size_t row) const {
  const auto at = place(row);
  return stores_[at.source]->name_of(at.row);
}

std::string StoreRows::names() const {
  std::string names;
  for (const auto* store : stores_)
    names += (names.empty() ? "" : ", ") + store->path().string();
  return names;
}

std::vector<float> StoreRows::pmd(std::size_t row) const {
  const auto at = place(row);
  return intact_pmd(*stores_[at.source], at.row);
}

Diagnostics StoreRows::diagnostics(std::size_t row) const {
  const auto at = place(row);
  return stores_[at.source]->diagnostics(at.row);
}

std::vector<std::uint64_t> StoreRows::roots(std::size_t row) const {
  const auto at = place(row);
  return roots_of(*stores_[at.source], at.row);
}

Link StoreRows::link(std::size_t row, double weight, std::uint32_t first_source) const {
  const auto at = place(row);
  return link_to(*stores_[at.source], at.row, weight, first_source + static_cast<std::uint32_t>(at.source));
}

void check_agreement(const StoreRows& all, const std::vector<std::size_t>& rows) {
  if (rows.empty()) return;
  const auto& first = all.run(rows.front());
  for (const auto row : rows) {
    const auto& run = all.run(row);
    const auto differ = [&](const std::string& what, const std::string& value,
                            const std::string& first_value) {
      throw DataError(fmt::format(
          "{} has {} {}, {} has {}; runs to interpolate between may differ in R and intensity only",
          all.name_of(row), what, value, all.name_of(rows.front()), first_value));
    };
    if (run.molecule != first.molecule) differ("the molecule", run.molecule, first.molecule);
    for (const auto& parameter : all_parameters(all.stores().front()->description().declared))
      if (parameter.member != &RunParameters::R && parameter.member != &RunParameters::intensity_w_cm2 &&
          parameter.of(run) != parameter.of(first))
        differ(parameter.name, format_number(parameter.of(run)), format_number(parameter.of(first)));
  }
}

}  // namespace bondscope
