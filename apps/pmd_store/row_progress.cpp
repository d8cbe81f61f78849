#include "apps/pmd_store/row_progress.hpp"

#include <csignal>

#include "libpmd/base/text/duration.hpp"

using namespace bondscope;

namespace {
volatile std::sig_atomic_t requested = 0;
}  // namespace

void catch_signals() {
  for (const int signal : {SIGINT, SIGTERM})
    std::signal(signal, [](int) { requested = 1; });
}

bool RowProgress::operator()(std::size_t done, std::size_t all) {
  printer_([&] {
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin_;
    std::string line = what_ + ": " + std::to_string(done) + " of " + std::to_string(all) + " runs";
    if (done > 0)
      line += ", " +
              format_duration(spent.count() * static_cast<double>(all - done) / static_cast<double>(done)) +
              " left";
    return line;
  });
  if (requested) end();
  return !requested;
}
