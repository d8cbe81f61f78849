#include "libpmd/base/files/array_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "libpmd/base/files/hash.hpp"
#include "libpmd/base/files/replacement.hpp"

namespace bondscope {
namespace {

constexpr std::array<char, 8> magic{'P', 'M', 'D', 'S', 'T', 'A', 'T', 'E'};
constexpr std::uint32_t byte_order_mark = 0x01020304, version = 1;

// No file comes near these; they keep a forged one from costing memory.
constexpr std::size_t longest_identity = std::size_t{1} << 20, longest_name = 200, most_sections = 100'000;
constexpr std::uint32_t largest_element = 1u << 20;

/// The start of a file. Magic, mark, version and size, and the checksum at the end, belong to every version.
struct Header {
  std::array<char, 8> magic;
  std::uint32_t byte_order_mark, version;
  std::uint64_t file_size;
  std::uint32_t identity_size, section_count;
};
struct TableEntry {
  std::uint32_t name_size;
  ElementType::Kind kind;
  std::uint32_t element_size, count_low, count_high;
  std::uint64_t count() const { return std::uint64_t{count_high} << 32 | count_low; }
};
static_assert(std::has_unique_object_representations_v<Header> && sizeof(Header) == 32);
static_assert(std::has_unique_object_representations_v<TableEntry> && sizeof(TableEntry) == 20);

template <class T>
std::span<const std::byte> bytes_of(const T& object) {
  return std::as_bytes(std::span(&object, 1));
}

/// Adds to a new file and its checksum, piece by piece so that what was hashed is still in the cache to be
/// written.
class Output {
 public:
  explicit Output(const std::filesystem::path& path) : replacement_(path) {}
  void add(std::span<const std::byte> bytes) {
    constexpr std::size_t most_at_once = std::size_t{1} << 20;
    while (!bytes.empty()) {
      const auto piece = bytes.first(std::min(most_at_once, bytes.size()));
      hash_.add(piece);
      replacement_.append(piece);
      bytes = bytes.subspan(piece.size());
    }
  }
  void finish() {
    replacement_.append(hash_.wide());
    replacement_.commit();
  }

 private:
  Replacement replacement_;
  Hash hash_;
};

[[noreturn]] void refuse(const File& file, const std::string& what) {
  throw DataError(fmt::format("{}: {}", file.name().string(), what));
}

/// Reads the part of a file before its checksum from its start on; nothing beyond is ever asked for.
class Input {
 public:
  Input(const File& file, std::uint64_t end) : file_(file), end_(end) {}

  std::uint64_t left() const { return end_ - position_; }
  std::uint64_t position() const { return position_; }

  template <class T>
  T take() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value;
    read(std::as_writable_bytes(std::span(&value, 1)));
    return value;
  }
  std::string text(std::size_t size, std::size_t longest, const char* what) {
    if (size > longest || size > left())
      refuse(file_, fmt::format("implausible: {} bytes of {}", size, what));
    std::string value(size, '\0');
    read(std::as_writable_bytes(std::span(value)));
    return value;
  }
  void skip(std::uint64_t bytes) { position_ += bytes; }

 private:
  void read(std::span<std::byte> into) {
    if (into.size() > left()) refuse(file_, "implausible: its table goes beyond its end");
    file_.read(position_, into);
    position_ += into.size();
  }
  const File& file_;
  std::uint64_t end_, position_ = 0;
};

void check_start(const File& file, const Header& header, std::uint64_t size) {
  if (header.magic != magic) refuse(file, "not a saved state");
  if (header.byte_order_mark == __builtin_bswap32(byte_order_mark))
    refuse(file, "written on a machine with the other byte order");
  if (header.byte_order_mark != byte_order_mark) refuse(file, "damaged: no byte-order mark");
  if (header.file_size != size)
    refuse(file, fmt::format("has {} bytes instead of {}: {}", size, header.file_size,
                             size < header.file_size ? "truncated" : "damaged"));
}

void check_end(const File& file, std::uint64_t size) {
  Hash::Wide expected;
  const std::uint64_t end = size - expected.size();
  const auto found = Hash().add(file, end).wide();
  file.read(end, expected);
  if (found != expected) refuse(file, "damaged: its checksum does not fit its content");
}

}  // namespace

std::string ElementType::describe() const {
  switch (kind) {
    case Kind::signed_integer:
      return fmt::format("int{}", 8 * size);
    case Kind::unsigned_integer:
      return fmt::format("uint{}", 8 * size);
    case Kind::floating:
      return fmt::format("float{}", 8 * size);
    case Kind::complex:
      return fmt::format("complex{}", 8 * size);
    case Kind::other:
      break;
  }
  return fmt::format("struct of {} bytes", size);
}

void ArrayWriter::write(const std::filesystem::path& path, std::string_view identity) const {
  const auto refuse = [&](const std::string& what) {
    throw ConfigError(fmt::format("{}: {}", path.string(), what));
  };
  if (identity.empty() || identity.size() > longest_identity)
    refuse(fmt::format("an identity of {} bytes; expected 1 to {}", identity.size(), longest_identity));
  if (sections_.size() > most_sections)
    refuse(fmt::format("{} sections; expected at most {}", sections_.size(), most_sections));
  Header header{magic,
                byte_order_mark,
                version,
                sizeof header + identity.size() + sizeof(Hash::Wide),
                static_cast<std::uint32_t>(identity.size()),
                static_cast<std::uint32_t>(sections_.size())};
  std::set<std::string_view> names;
  for (const auto& section : sections_) {
    if (section.name.empty() || section.name.size() > longest_name)
      refuse(fmt::format("the section name '{}' is empty or longer than {}",
                         section.name.substr(0, longest_name), longest_name));
    if (!names.insert(section.name).second) refuse(fmt::format("two sections are called '{}'", section.name));
    header.file_size += sizeof(TableEntry) + section.name.size() + section.bytes.size();
  }

  Output output(path);
  output.add(bytes_of(header));
  output.add(std::as_bytes(std::span(identity)));
  for (const auto& section : sections_) {
    const std::uint64_t count = section.bytes.size() / section.type.size;
    output.add(bytes_of(TableEntry{static_cast<std::uint32_t>(section.name.size()), section.type.kind,
                                   section.type.size, static_cast<std::uint32_t>(count),
                                   static_cast<std::uint32_t>(count >> 32)}));
    output.add(std::as_bytes(std::span(section.name)));
  }
  for (const auto& section : sections_)
    output.add(section.bytes);
  output.finish();
}

ArrayReader::ArrayReader(File file) : file_(std::move(file)) {
  const std::uint64_t size = file_.size();
  if (size < sizeof(Header) + sizeof(Hash::Wide))
    refuse(file_, fmt::format("truncated: {} bytes are too few", size));
  check_start(file_, Input(file_, size).take<Header>(), size);
  check_end(file_, size);
}

void ArrayReader::read_table(std::string_view identity) {
  Input input(file_, file_.size() - sizeof(Hash::Wide));
  const auto header = input.take<Header>();
  if (header.version != version)
    throw ForeignFile(fmt::format("{}: a saved state of format version {}; expected version {}",
                                  file_.name().string(), header.version, version));
  if (input.text(header.identity_size, longest_identity, "identity") != identity)
    throw ForeignFile(file_.name().string() + ": the saved state of another run");
  if (header.section_count > most_sections)
    refuse(file_, fmt::format("implausible: {} sections", header.section_count));
  std::set<std::string> names;
  for (std::uint32_t i = 0; i < header.section_count; ++i) {
    const auto raw = input.take<TableEntry>();
    auto name = input.text(raw.name_size, longest_name, "a section's name");
    if (name.empty() || !names.insert(name).second)
      refuse(file_, "implausible: a section without a name of its own");
    if (raw.kind > ElementType::Kind::complex || raw.element_size == 0 || raw.element_size > largest_element)
      refuse(file_, fmt::format("implausible: elements of section '{}'", name));
    entries_.push_back({std::move(name), {raw.kind, raw.element_size}, raw.count(), 0});
  }
  for (auto& entry : entries_) {
    if (entry.count > input.left() / entry.type.size)
      refuse(file_, fmt::format("implausible: {} elements in section '{}'", entry.count, entry.name));
    entry.offset = input.position();
    input.skip(entry.count * entry.type.size);
  }
  if (input.left() != 0) refuse(file_, fmt::format("implausible: {} bytes too many", input.left()));
}

std::optional<ArrayReader> ArrayReader::open(const std::filesystem::path& path, std::string_view identity) {
  // Without O_NONBLOCK a pipe would be waited for.
  File file(path, O_RDONLY | O_NONBLOCK, 0, path);
  if (!file.is_open()) {
    if (errno == ENOENT) return std::nullopt;
    throw FileError(fmt::format("{}: cannot be opened: {}", path.string(), std::strerror(errno)));
  }
  ArrayReader reader(std::move(file));
  reader.read_table(identity);
  return reader;
}

std::vector<std::string> ArrayReader::names() const {
  std::vector<std::string> names;
  for (const auto& entry : entries_)
    names.push_back(entry.name);
  return names;
}

bool ArrayReader::has(std::string_view name) const {
  return std::ranges::find(entries_, name, &Entry::name) != entries_.end();
}

const ArrayReader::Entry& ArrayReader::entry(std::string_view name) const {
  const auto entry = std::ranges::find(entries_, name, &Entry::name);
  if (entry == entries_.end()) refuse(file_, fmt::format("no section '{}'", name));
  return *entry;
}

std::size_t ArrayReader::count(std::string_view name) const {
  return static_cast<std::size_t>(entry(name).count);
}

const ArrayReader::Entry& ArrayReader::find(std::string_view name, ElementType type,
                                            std::optional<std::uint64_t> count) const {
  const auto& found = entry(name);
  if (found.type != type || (count && found.count != *count))
    refuse(file_,
           fmt::format("section '{}' holds {} × {}, expected {}{}", name, found.count, found.type.describe(),
                       count ? fmt::format("{} × ", *count) : "", type.describe()));
  return found;
}

void remove_array_file(const std::filesystem::path& path) {
  for (const auto& file : {path, temporary_name(path)})
    if (::unlink(file.c_str()) != 0 && errno != ENOENT)
      throw FileError(fmt::format("{}: cannot be removed: {}", file.string(), std::strerror(errno)));
}

}  // namespace bondscope
