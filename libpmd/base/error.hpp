#pragma once

// Every error of this project derives from bondscope::Error. Libraries throw, apps print what() and exit.

#include <stdexcept>
#include <string>

namespace bondscope {

class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A configuration (YAML file, --set, command line) says something that cannot be: an unknown key, a value of
/// the wrong type or out of range, a time step above the resonance bound.
class ConfigError : public Error {
 public:
  using Error::Error;
};

/// A file is missing, unreadable or unwritable, or the disk is full.
class FileError : public Error {
 public:
  using Error::Error;
};

/// There is no room left, or no more is allowed (quota), where a file lies.
class DiskFull : public FileError {
 public:
  using FileError::FileError;
};

/// A store, image or model file is readable but not what it should be: foreign, truncated, of another
/// version, damaged, or made with another configuration.
class DataError : public Error {
 public:
  using Error::Error;
};

/// A computation went wrong: values not finite, norm growing, ground state not converged.
class NumericsError : public Error {
 public:
  using Error::Error;
};

/// A field or a result has values that are not numbers.
class NotFinite : public NumericsError {
 public:
  using NumericsError::NumericsError;
};

/// Probability came from nowhere: the time step is too long, or memory is faulty.
class NormGrew : public NumericsError {
 public:
  using NumericsError::NumericsError;
};

/// No start state that the propagator leaves alone was found.
class NoStartState : public NumericsError {
 public:
  using NumericsError::NumericsError;
};

/// Work was stopped on request (signal, time limit) before it was complete; it can be continued.
class Interrupted : public Error {
 public:
  using Error::Error;
};

}  // namespace bondscope
