#pragma once

// Rows of several stores as if they were of one.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "libpmd/store/derived_store.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope {

/// Rows are counted on from one store to the next: those of the first have their own numbers.
class StoreRows {
 public:
  /// At least one; they must outlive this. Throws as check_compatible().
  explicit StoreRows(std::vector<const Store*> stores);

  /// In the order of the sources of a derived store.
  const std::vector<const Store*>& stores() const { return stores_; }
  /// Rows of all of them.
  std::size_t size() const { return ends_.back(); }
  /// Those whose run is done, ascending.
  std::vector<std::size_t> done() const;
  /// Its parameters.
  const RunParameters& run(std::size_t row) const;
  /// Use::any unless a derived store says more.
  Use use_of(std::size_t row) const;
  /// File and run, for errors.
  std::string name_of(std::size_t row) const;
  /// Of all stores, for errors.
  std::string names() const;
  /// Throws as intact_pmd().
  std::vector<float> pmd(std::size_t row) const;
  /// As stored.
  Diagnostics diagnostics(std::size_t row) const;
  /// The farm's runs behind it.
  std::vector<std::uint64_t> roots(std::size_t row) const;
  /// Throws as link_to(). The stores are the sources from number `first_source` on.
  Link link(std::size_t row, double weight, std::uint32_t first_source = 0) const;

 private:
  struct Place {
    std::size_t source = 0, row = 0;
  };
  Place place(std::size_t row) const;

  std::vector<const Store*> stores_;
  std::vector<std::size_t> ends_;  ///< of each store's rows
};

/// Throws DataError that names two rows that differ in more than R and the intensity.
void check_agreement(const StoreRows& all, const std::vector<std::size_t>& rows);

}  // namespace bondscope
