#pragma once

// A line of progress on stderr: on a terminal one that is rewritten, elsewhere a new one now and then.

#include <chrono>
#include <cstdio>
#include <string>

#include <unistd.h>

class ProgressPrinter {
 public:
  /// `elsewhere`: time between lines where stderr is not a terminal.
  explicit ProgressPrinter(std::chrono::seconds elsewhere)
      : terminal_(::isatty(STDERR_FILENO) != 0), interval_(terminal_ ? std::chrono::seconds(1) : elsewhere) {}

  /// Prints line() if the last one was long enough ago.
  template <class Line>
  void operator()(const Line& line) {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return;
    next_ = now + interval_;
    print(line());
  }

  /// Prints the last line whenever the one before was.
  void finish(const std::string& line) {
    print(line);
    if (terminal_) std::fputc('\n', stderr);
  }

  /// Ends the line on a terminal, if there is one.
  void end() const {
    if (terminal_ && printed_) std::fputc('\n', stderr);
  }

 private:
  void print(const std::string& line) {
    // "\033[K" clears what a longer line left behind.
    std::fprintf(stderr, terminal_ ? "\r%s\033[K" : "%s\n", line.c_str());
    std::fflush(stderr);
    printed_ = true;
  }

  bool terminal_, printed_ = false;
  std::chrono::seconds interval_;
  // Not at once: the first line should have something to say.
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now() + std::chrono::seconds(1);
};
