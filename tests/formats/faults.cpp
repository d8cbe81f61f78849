#include "tests/formats/faults.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iostream>
#include <random>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "libpmd/base/process/child.hpp"
#include "tests/support/temporary_folder.hpp"

namespace bondscope::faults {
namespace {

namespace fs = std::filesystem;
using End = ChildOutcome::End;

constexpr ChildLimits limits{.memory_bytes = std::uint64_t{512} << 20, .processor_seconds = 3, .seconds = 20};

struct DamagedFile {
  fs::path path;
  std::string bytes;  ///< as they should be
};

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_at(const fs::path& path, std::size_t offset, std::string_view bytes) {
  const int file = open(path.c_str(), O_WRONLY);
  if (file < 0 || pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset)) !=
                      static_cast<ssize_t>(bytes.size()))
    throw FileError(path.string() + ": cannot be written");
  close(file);
}

/// Without what differs from fault to fault.
std::string kind_of(std::string message, const std::string& path) {
  for (auto found = message.find(path); found != std::string::npos; found = message.find(path))
    message.replace(found, path.size(), "FILE");
  std::string kind;
  for (const char c : message) {
    const bool digit = std::isdigit(static_cast<unsigned char>(c)) != 0;
    if (!digit) kind += std::isprint(static_cast<unsigned char>(c)) != 0 ? c : '?';
    if (digit && !kind.ends_with('#')) kind += '#';
  }
  return kind.substr(0, 100);
}

class Trial {
 public:
  Trial(const fs::path& copy, const ReadAll& read) : copy_(copy), read_(read) { read_(copy_, before_); }

  void judge(const std::string& fault, Tally& tally) const {
    ++tally.faults;
    const auto outcome = run_in_child([this] { return verdict(); }, limits);
    const auto harm = [&](std::size_t& count, const std::string& what) {
      ++count;
      ++tally.harm[fmt::format("{} ({})", what, fault)];
    };
    switch (outcome.end) {
      case End::crash:
        return harm(tally.crashed, "crash: " + outcome.text);
      case End::out_of_time:
        return harm(tally.hung, "hang");
      case End::out_of_memory:
        return harm(tally.hungry, "memory");
      case End::error:
        return harm(tally.crashed, "crash: not an error of this project: " + outcome.text);
      case End::well:
        break;
    }
    if (outcome.text.empty()) {
      ++tally.unchanged;
    } else if (outcome.text.front() == 'S') {
      harm(tally.silent, "silently changed: " + outcome.text.substr(1));
    } else {
      ++tally.refused;
      const auto message = outcome.text.substr(1);
      if (!names_file_and_place(message))
        harm(tally.nameless, "no file or place: " + kind_of(message, copy_.string()));
      ++tally.messages[kind_of(message, copy_.string())];
    }
  }

 private:
  bool names_file_and_place(const std::string& message) const {
    const auto path = copy_.string();
    const auto at = message.find(path);
    if (at == std::string::npos) return false;
    const auto rest = message.substr(at + path.size());
    // Of a folder the file in it, of a file an object in it or a part of it.
    constexpr std::array places{"/",        "run ", "byte",      "attribute",           "user block",
                                "skeleton", "seal", "truncated", "declared_parameters", "history"};
    return std::ranges::any_of(places,
                               [&](const char* place) { return rest.find(place) != std::string::npos; });
  }

  /// Nothing, a refusal behind an R, or what has silently changed behind an S.
  std::string verdict() const {
    Content now;
    try {
      read_(copy_, now);
    } catch (const Error& error) {
      return fmt::format("R{}", error.what());
    }
    if (const auto changed = now.changed_since(before_); !changed.empty()) return "S" + changed;
    return now.refusal().empty() ? "" : "R" + now.refusal();
  }

  fs::path copy_;
  const ReadAll& read_;
  Content before_;
};

void flip(const DamagedFile& file, std::size_t byte, int bit, const Trial& trial, Tally& tally) {
  const char wrong = static_cast<char>(file.bytes[byte] ^ (1 << bit));
  write_at(file.path, byte, {&wrong, 1});
  trial.judge(fmt::format("{}: byte {}, bit {}", file.path.filename().string(), byte, bit), tally);
  write_at(file.path, byte, {&file.bytes[byte], 1});
}

void truncate(const DamagedFile& file, std::size_t length, const Trial& trial, Tally& tally) {
  fs::resize_file(file.path, length);
  trial.judge(fmt::format("{}: only {} bytes", file.path.filename().string(), length), tally);
  write_at(file.path, length, std::string_view(file.bytes).substr(length));
}

/// The file that has this byte of all files together.
const DamagedFile& file_with(std::size_t& byte, const std::vector<DamagedFile>& files) {
  auto file = files.begin();
  for (; byte >= file->bytes.size(); ++file)
    byte -= file->bytes.size();
  return *file;
}

}  // namespace

std::string Content::changed_since(const Content& before) const {
  for (const auto& [thing, checksum] : checksums_) {
    const auto found = before.checksums_.find(thing);
    if (found == before.checksums_.end() || found->second != checksum) return thing;
  }
  if (refusal_.empty())
    for (const auto& [thing, checksum] : before.checksums_)
      if (!checksums_.count(thing)) return thing + " is missing";
  return {};
}

Tally try_faults(const fs::path& original, const ReadAll& read, const Settings& settings) {
  const TemporaryFolder folder;
  const auto copy = folder / original.filename();
  fs::copy(original, copy, fs::copy_options::recursive);
  std::vector<DamagedFile> files;
  if (fs::is_directory(copy))
    for (const auto& entry : fs::recursive_directory_iterator(copy))
      files.push_back({entry.path(), bytes_of(entry.path())});
  else
    files.push_back({copy, bytes_of(copy)});
  std::erase_if(files, [](const auto& file) { return file.bytes.empty(); });
  std::ranges::sort(files, {}, &DamagedFile::path);

  Tally tally;
  for (const auto& file : files)
    tally.bytes += file.bytes.size();
  const Trial trial(copy, read);
  std::mt19937_64 random(settings.seed);
  const auto random_byte = [&] { return static_cast<std::size_t>(random() % tally.bytes); };
  const auto random_bit = [&] { return static_cast<int>(random() % 8); };
  for (std::size_t i = 0; i < settings.flips; ++i) {
    auto byte = random_byte();
    const auto& file = file_with(byte, files);
    flip(file, byte, random_bit(), trial, tally);
  }
  for (std::size_t i = 0; i < settings.truncations; ++i) {
    auto length = random_byte();
    const auto& file = file_with(length, files);
    truncate(file, length, trial, tally);
  }
  if (settings.every_byte)
    for (const auto& file : files)
      for (std::size_t byte = 0; byte < file.bytes.size(); ++byte)
        flip(file, byte, random_bit(), trial, tally);
  return tally;
}

int run(int argc, char** argv, const ReadAll& read) {
  Settings settings;
  bool messages = false;
  std::vector<fs::path> originals;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const auto number = [&] { return std::stoull(i + 1 < argc ? argv[++i] : ""); };
    if (argument == "--flips")
      settings.flips = number();
    else if (argument == "--truncations")
      settings.truncations = number();
    else if (argument == "--seed")
      settings.seed = number();
    else if (argument == "--every-byte")
      settings.every_byte = true;
    else if (argument == "--messages")
      messages = true;
    else
      originals.emplace_back(argument);
  }
  bool harmless = true;
  for (const auto& original : originals) {
    const auto tally = try_faults(original, read, settings);
    std::cout << fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
                             original.filename().string(), tally.bytes, tally.faults, tally.refused,
                             tally.unchanged, tally.crashed, tally.hung, tally.hungry, tally.silent,
                             tally.nameless);
    constexpr std::size_t most_lines = 30;
    std::size_t lines = 0;
    for (const auto& [what, count] : tally.harm)
      if (++lines <= most_lines) std::cerr << fmt::format("{}: {}\n", original.string(), what);
    if (lines > most_lines) std::cerr << fmt::format("… and {} more\n", lines - most_lines);
    if (messages)
      for (const auto& [message, count] : tally.messages)
        std::cerr << fmt::format("{:6} {}\n", count, message);
    harmless = harmless && tally.harmless();
  }
  return harmless ? 0 : 3;
}

}  // namespace bondscope::faults
