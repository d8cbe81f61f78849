#include "libpmd/store/checksum.hpp"

#include <algorithm>

#include "libpmd/base/files/hash.hpp"
#include "libpmd/model/declarations.hpp"

namespace bondscope {
namespace {

void add(Hash& hash, const RunParameters& run) {
  hash.add(run.molecule);
  for (const auto& parameter : common_parameters())
    hash.add(parameter.of(run));
  for (const auto& [name, value] : run.declared)
    hash.add(name).add(value);
}

Hash payload_hash(const RunParameters& run, const Diagnostics& diagnostics, std::span<const float> pmd,
                  const RowArrays& arrays) {
  // What came later enters only where it says something, so that all that was there before keeps its
  // checksum.
  constexpr std::size_t always = 8;
  Hash hash;
  add(hash, run);
  for (std::size_t i = 0; i < always; ++i)
    hash.add(diagnostics.*diagnostics_fields[i].member);
  hash.add(pmd);
  for (std::size_t i = always; i < diagnostics_fields.size(); ++i)
    if (const double value = diagnostics.*diagnostics_fields[i].member; value != 0)
      hash.add(std::string(diagnostics_fields[i].name)).add(value);
  for_each_array(arrays, [&](const char* name, const char*, const char*, const auto& values) {
    const auto bytes = std::as_bytes(std::span(values));
    if (std::ranges::any_of(bytes, [](std::byte byte) { return byte != std::byte{0}; }))
      hash.add(std::string(name)).add(bytes);
  });
  return hash;
}

}  // namespace

std::uint64_t checksum(const StoreDescription& d) {
  Hash hash;
  hash.add(d.dataset).add(d.preset).add(d.seed).add(d.configuration).add(d.configuration_given);
  hash.add(d.code_version).add(d.libraries).add(d.machine).add(d.created);
  hash.add(d.kx).add(d.ky).add(std::uint64_t{d.runs.size()});
  for (const auto& run : d.runs)
    add(hash, run);
  hash.add(std::uint64_t{d.numbers.size()}).add(std::span<const std::uint64_t>(d.numbers));
  hash.add(d.part).add(d.history);
  if (!d.declared.empty()) hash.add(declarations_text(d.declared));
  if (d.derivation) {
    hash.add(d.derivation->method);
    for (std::size_t row = 0; row < d.derivation->links.size(); ++row) {
      const auto& links = d.derivation->links[row];
      hash.add(static_cast<std::uint32_t>(d.derivation->use[row])).add(std::uint64_t{links.size()});
      hash.add(std::as_bytes(std::span(links)));
      const auto& roots = d.derivation->roots[row];
      hash.add(std::uint64_t{roots.size()}).add(std::span<const std::uint64_t>(roots));
    }
  }
  for (const auto& name : d.arrays)
    hash.add("array " + name);
  for (const auto& names : d.unknown) {
    hash.add(std::uint64_t{names.size()});
    for (const auto& name : names)
      hash.add(name);
  }
  if (!d.measured.empty()) hash.add(std::span<const std::uint8_t>(d.measured));
  return hash.value();
}

std::uint64_t payload_checksum(const StoreDescription& d, std::size_t row, const Diagnostics& diagnostics,
                               std::span<const float> pmd, const RowArrays& arrays) {
  auto hash = payload_hash(d.runs[row], diagnostics, pmd, arrays);
  if (!d.unknown.empty())
    for (const auto& name : d.unknown[row])
      hash.add("unknown " + name);
  if (d.is_measured(row)) hash.add(std::string("measured"));
  return hash.value();
}

std::uint64_t payload_checksum(const RunParameters& run, const Diagnostics& diagnostics,
                               std::span<const float> pmd, const RowArrays& arrays) {
  return payload_hash(run, diagnostics, pmd, arrays).value();
}

std::uint64_t reason_checksum(std::span<const char> reason) {
  return Hash().add(reason).value();
}

}  // namespace bondscope
