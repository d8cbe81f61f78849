#include "libpmd/store/description.hpp"

#include <numeric>

#include "libpmd/model/diagnostics.hpp"
#include "libpmd/store/failure.hpp"
#include "libpmd/store/layout.hpp"

namespace bondscope {

std::vector<std::uint64_t> numbers_of(const StoreDescription& description) {
  if (!description.numbers.empty()) return description.numbers;
  std::vector<std::uint64_t> numbers(description.runs.size());
  std::iota(numbers.begin(), numbers.end(), std::uint64_t{0});
  return numbers;
}

const char* to_string(Use use) {
  switch (use) {
    case Use::training:
      return "training";
    case Use::test:
      return "test";
    case Use::any:
      break;
  }
  return "any";
}

std::uint64_t store_bytes(const StoreDescription& d) {
  constexpr std::uint64_t objects = 64 * 1024;  // what HDF5 needs for them, generously
  const std::uint64_t slab = std::uint64_t{d.kx.size()} * d.ky.size() * sizeof(float);
  const std::uint64_t numbers =
      1 + common_parameters().size() + d.declared.size() + diagnostics_fields.size();
  const std::uint64_t columns =
      numbers * sizeof(double) + 16 + sizeof(layout::StoredRecord) + reason_bytes + sizeof(std::uint32_t);
  return d.runs.size() * (slab + columns) + (d.kx.size() + d.ky.size()) * sizeof(double) + objects;
}

}  // namespace bondscope
