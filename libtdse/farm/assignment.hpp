#pragma once

// A run that a worker is given, with all that it must know of it: it does not look into the store.

#include <cstddef>
#include <cstdint>
#include <string>

#include "libpmd/model/run_parameters.hpp"

namespace bondscope::tdse {

/// A run that a worker is given.
struct Assignment {
  std::size_t run = 0;         ///< row of the store
  std::uint32_t attempt = 1;   ///< which attempt this is
  std::uint32_t deaths = 0;    ///< of farms during it, see blame.hpp
  bool last_try = true;        ///< nobody else can try it: what goes wrong here counts as the run's failure
  bool saved = false;          ///< a state may have been saved from which it can go on
  RunParameters parameters{};  ///< what it is
};

/// The parameters with all their bits, for a message.
std::string to_text(const RunParameters& run);
/// Throws DataError for what to_text() did not make.
RunParameters run_from_text(const std::string& text);

}  // namespace bondscope::tdse
