#pragma once

// SIGTERM, SIGINT and SIGUSR1 as a request to stop.

#include <array>
#include <csignal>

namespace bondscope {

/// What has been asked for so far.
enum class StopRequest : int {
  none = 0,
  drain = 1,    ///< let running runs finish, start no others
  abandon = 2,  ///< stop running runs too
};

/// Catches the signals for as long as it lives; at most one at a time. Make it the first object of main(), so
/// that a late signal cannot kill a program that is about to end well. The first signal means drain, a second
/// one abandon. What arrives within a second after the first belongs to it: mpirun, a batch system and a
/// terminal may each deliver the same request.
///
/// SIGXFSZ is ignored: a file size limit then makes a write fail, as a full disk does.
class SignalWatch {
 public:
  SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;
  ~SignalWatch();

  /// What has been asked for since this was made.
  StopRequest request() const;

 private:
  std::array<struct sigaction, 4> previous_{};
};

}  // namespace bondscope
