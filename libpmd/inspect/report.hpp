#pragma once

// Summaries, verifications and failures as text for people and JSON for programs.

#include <string>

#include "libpmd/inspect/summary.hpp"
#include "libpmd/inspect/verify.hpp"

namespace bondscope {

/// What `pmd_store info` prints.
std::string summary_text(const Store& store, const StoreSummary& summary);
/// With the same words as the store's own names; `configuration` (resolved) included on request.
std::string summary_json(const Store& store, const StoreSummary& summary, bool configuration);

/// At most `most_listed` findings of each check.
std::string verify_text(const Store& store, const VerifyReport& report, std::size_t most_listed = 20);
/// All findings.
std::string verify_json(const Store& store, const VerifyReport& report);

/// What `pmd_store failures` prints.
std::string failures_text(const Store& store, const FailureList& list);
/// The same for programs.
std::string failures_json(const Store& store, const FailureList& list);

}  // namespace bondscope
