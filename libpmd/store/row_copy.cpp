#include "libpmd/store/row_copy.hpp"

#include <vector>

#include "libpmd/base/error.hpp"
#include "libpmd/store/checksum.hpp"

namespace bondscope {

std::string copy_done(const Store& source, std::size_t row, const CommitRecord& record, Store& target,
                      std::size_t to) {
  std::vector<float> pmd;
  Diagnostics diagnostics;
  try {
    pmd = source.pmd(row);
    diagnostics = source.diagnostics(row);
  } catch (const DataError&) {
    return "its data cannot be read";
  }
  if (payload_checksum(target.description().runs[to], diagnostics, pmd) != record.payload_checksum)
    return "its data do not match their checksum";
  target.write(to, pmd, diagnostics, record.attempt);
  return {};
}

std::string copy_failed(const Store& source, std::size_t row, const CommitRecord& record, Store& target,
                        std::size_t to) {
  const bool believed = source.reason_intact(row);
  target.write_failure(to, record.attempt, record.failure,
                       believed ? source.failure_reason(row) : "(the reason was damaged)");
  return believed ? "" : "the reason of its failure is damaged";
}

}  // namespace bondscope
