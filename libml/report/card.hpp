#pragma once

// What a stranger should know of a model before using it.

#include <optional>
#include <string>

#include "libml/report/tables.hpp"
#include "libml/train/description.hpp"

namespace bondscope::ml {

/// Markdown: what it answers, from which data and how it has learned, how good it was in its own test (if
/// that is known), what its intervals hold (`intervals`, Markdown; empty: not known), and where it must not
/// be trusted.
std::string card(const ModelDescription& model, const std::optional<TestResult>& test,
                 const std::string& intervals = {});

}  // namespace bondscope::ml
