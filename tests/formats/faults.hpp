#pragma once

// Damage to files, one place at a time: is it found, or does it do harm? Every fault is read in a child
// process.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "libpmd/base/error.hpp"

namespace bondscope::faults {

/// What a file says: a checksum of each thing that can be read from it on its own, or why it is refused.
class Content {
 public:
  /// `checksum` reads the thing; an Error is its refusal.
  void read(const std::string& thing, const std::function<std::uint64_t()>& checksum) {
    try {
      checksums_[thing] = checksum();
    } catch (const Error& error) {
      refuse(error.what());
    }
  }
  void refuse(const std::string& text) {
    if (refusal_.empty()) refusal_ = text;
  }

  const std::string& refusal() const { return refusal_; }  ///< the first; empty: none
  /// A thing that is not what it was, or is missing although nothing was refused; empty: none.
  std::string changed_since(const Content& before) const;

 private:
  std::map<std::string, std::uint64_t> checksums_;
  std::string refusal_;
};

/// Reads all of a file or folder. An Error refuses it as a whole.
using ReadAll = std::function<void(const std::filesystem::path&, Content&)>;

struct Settings {
  std::size_t flips = 0;        ///< of single bits, anywhere
  std::size_t truncations = 0;  ///< to any length
  bool every_byte = false;      ///< a bit in each byte as well
  std::uint64_t seed = 1;
};

struct Tally {
  std::size_t bytes = 0;  ///< of all files
  std::size_t faults = 0, refused = 0, unchanged = 0, crashed = 0, hung = 0, hungry = 0, silent = 0;
  std::size_t nameless = 0;                     ///< refusals that do not name the file and a place in it
  std::map<std::string, std::size_t> messages;  ///< refusals without file name and numbers, and how often
  std::map<std::string, std::size_t> harm;      ///< all but refusals: what happened, where

  bool harmless() const { return crashed + hung + hungry + silent + nameless == 0; }
};

/// Damages copies of `original`, which must be sound: a file, or a folder whose files are all fair game.
Tally try_faults(const std::filesystem::path& original, const ReadAll& read, const Settings& settings);

/// A program of one or several originals: NAME ORIGINAL... [--flips N] [--truncations N] [--every-byte]
/// [--seed S]
/// [--messages]. Prints a row of a Markdown table for each. Exit code 3 if a fault did harm.
int run(int argc, char** argv, const ReadAll& read);

}  // namespace bondscope::faults
