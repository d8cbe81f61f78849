#include "libpmd/store/checksum.hpp"

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
  return hash.value();
}

std::uint64_t payload_checksum(const RunParameters& parameters, const Diagnostics& diagnostics,
                               std::span<const float> pmd) {
  Hash hash;
  add(hash, parameters);
  for (const auto& field : diagnostics_fields)
    hash.add(diagnostics.*field.member);
  return hash.add(pmd).value();
}

std::uint64_t reason_checksum(std::span<const char> reason) {
  return Hash().add(reason).value();
}

std::uint64_t record_checksum(const CommitRecord& record, std::uint64_t run,
                              std::uint64_t description_checksum) {
  return Hash()
      .add(static_cast<std::uint32_t>(record.state))
      .add(record.attempt)
      .add(static_cast<std::uint32_t>(record.failure))
      .add(record.payload_checksum)
      .add(run)
      .add(description_checksum)
      .value();
}

std::uint64_t seal_checksum(std::uint64_t description_checksum, std::span<const std::byte> records) {
  return Hash().add(description_checksum).add(records).value();
}

}  // namespace bondscope
