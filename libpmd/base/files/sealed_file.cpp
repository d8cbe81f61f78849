#include "libpmd/base/files/sealed_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>
#include <type_traits>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "libpmd/base/files/replacement.hpp"
#include "libpmd/base/files/seal.hpp"

namespace bondscope {
namespace {

constexpr std::array<char, 8> magic{'P', 'M', 'D', 'S', 'T', 'A', 'T', 'E'};
constexpr std::uint32_t byte_order_mark = 0x01020304, version = 1;

// No state comes near these; they keep a forged file from costing memory.
constexpr std::size_t longest_identity = std::size_t{1} << 20, longest_name = 200, most_sections = 10000;
constexpr std::uint32_t largest_element = 1u << 20;

/// What goes through memory at once.
constexpr std::size_t chunk = std::size_t{1} << 20;

/// The start of a file. Magic, mark, version and size, and the seal at the end, belong to every version.
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

/// Adds to a new file and its seal, piece by piece so that what is sealed is still in the cache to be
/// written.
class Writer {
 public:
  explicit Writer(const std::filesystem::path& path) : replacement_(path) {}
  void add(std::span<const std::byte> bytes) {
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(chunk, bytes.size()))) {
      const auto piece = bytes.first(std::min(chunk, bytes.size()));
      seal_.add(piece);
      replacement_.append(piece);
    }
  }
  void finish() {
    const auto value = seal_.value();
    replacement_.append(value);
    replacement_.commit();
  }

 private:
  Replacement replacement_;
  Seal seal_;
};

void check(const std::filesystem::path& path, std::string_view identity, std::span<const Section> sections) {
  const auto refuse = [&](const std::string& what) { throw ConfigError(path.string() + ": " + what); };
  if (identity.empty() || identity.size() > longest_identity)
    refuse("an identity of " + std::to_string(identity.size()) + " bytes; expected 1 to " +
           std::to_string(longest_identity));
  if (sections.size() > most_sections)
    refuse(std::to_string(sections.size()) + " sections; expected at most " + std::to_string(most_sections));
  std::set<std::string_view> names;
  for (const auto& section : sections) {
    if (section.name.empty() || section.name.size() > longest_name)
      refuse("the section name '" + section.name.substr(0, longest_name) + "' is empty or longer than " +
             std::to_string(longest_name));
    if (!names.insert(section.name).second) refuse("two sections are called '" + section.name + "'");
    if (section.type.size == 0 || section.type.size > largest_element ||
        section.bytes.size() % section.type.size != 0)
      refuse("section '" + section.name + "' has " + std::to_string(section.bytes.size()) +
             " bytes, which are no elements of " + std::to_string(section.type.size));
  }
}

[[noreturn]] void refuse(const File& file, const std::string& what) {
  throw DataError(file.name().string() + ": " + what);
}

/// Reads the part of a file before its seal from its start on; nothing beyond is ever asked for.
class Cursor {
 public:
  Cursor(const File& file, std::uint64_t end) : file_(file), end_(end) {}

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
      refuse(file_, "implausible: " + std::to_string(size) + " bytes of " + what);
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
    refuse(file, "has " + std::to_string(size) + " bytes instead of " + std::to_string(header.file_size) +
                     (size < header.file_size ? ": truncated" : ": damaged"));
}

void check_seal(const File& file, std::uint64_t size) {
  Seal::Value expected;
  const std::uint64_t end = size - expected.size();
  Seal seal;
  std::vector<std::byte> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(chunk, end)));
  for (std::uint64_t position = 0; position < end;) {
    const auto piece = std::span(buffer).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), end - position)));
    file.read(position, piece);
    seal.add(piece);
    position += piece.size();
  }
  file.read(end, expected);
  if (seal.value() != expected) refuse(file, "damaged: its checksum does not fit its content");
}

std::vector<SealedFile::Entry> read_table(const File& file, Cursor& cursor, std::uint32_t count) {
  if (count > most_sections) refuse(file, "implausible: " + std::to_string(count) + " sections");
  std::vector<SealedFile::Entry> entries;
  std::set<std::string> names;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto raw = cursor.take<TableEntry>();
    auto name = cursor.text(raw.name_size, longest_name, "a section's name");
    if (name.empty() || !names.insert(name).second)
      refuse(file, "implausible: a section without a name of its own");
    if (raw.kind > ElementType::Kind::complex || raw.element_size == 0 || raw.element_size > largest_element)
      refuse(file, "implausible: elements of section '" + name + "'");
    entries.push_back({std::move(name), {raw.kind, raw.element_size}, raw.count(), 0});
  }
  for (auto& entry : entries) {
    if (entry.count > cursor.left() / entry.type.size)
      refuse(file,
             "implausible: " + std::to_string(entry.count) + " elements in section '" + entry.name + "'");
    entry.offset = cursor.position();
    cursor.skip(entry.bytes());
  }
  if (cursor.left() != 0) refuse(file, "implausible: " + std::to_string(cursor.left()) + " bytes too many");
  return entries;
}

}  // namespace

std::string ElementType::describe() const {
  const auto named = [this](const char* name) { return name + std::to_string(8 * size); };
  switch (kind) {
    case Kind::signed_integer:
      return named("int");
    case Kind::unsigned_integer:
      return named("uint");
    case Kind::floating:
      return named("float");
    case Kind::complex:
      return named("complex");
    case Kind::other:
      break;
  }
  return "struct of " + std::to_string(size) + " bytes";
}

void write_sealed(const std::filesystem::path& path, std::string_view identity,
                  std::span<const Section> sections) {
  check(path, identity, sections);
  Header header{magic,
                byte_order_mark,
                version,
                0,
                static_cast<std::uint32_t>(identity.size()),
                static_cast<std::uint32_t>(sections.size())};
  header.file_size = sizeof header + identity.size() + sizeof(Seal::Value);
  for (const auto& section : sections)
    header.file_size += sizeof(TableEntry) + section.name.size() + section.bytes.size();

  Writer writer(path);
  writer.add(bytes_of(header));
  writer.add(std::as_bytes(std::span(identity)));
  for (const auto& section : sections) {
    const std::uint64_t count = section.bytes.size() / section.type.size;
    writer.add(bytes_of(TableEntry{static_cast<std::uint32_t>(section.name.size()), section.type.kind,
                                   section.type.size, static_cast<std::uint32_t>(count),
                                   static_cast<std::uint32_t>(count >> 32)}));
    writer.add(std::as_bytes(std::span(section.name)));
  }
  for (const auto& section : sections)
    writer.add(section.bytes);
  writer.finish();
}

void remove_sealed(const std::filesystem::path& path) {
  for (const auto& file : {path, Replacement::temporary_name(path)})
    if (::unlink(file.c_str()) != 0 && errno != ENOENT)
      throw FileError(file.string() + ": cannot be removed: " + std::strerror(errno));
}

SealedFile::SealedFile(File file, std::vector<Entry> entries)
    : file_(std::move(file)), entries_(std::move(entries)) {}

std::optional<SealedFile> SealedFile::open(const std::filesystem::path& path, std::string_view identity) {
  // Without O_NONBLOCK a pipe would be waited for.
  File file(path, O_RDONLY | O_NONBLOCK, 0, path);
  if (!file.is_open()) {
    if (errno == ENOENT) return std::nullopt;
    throw FileError(path.string() + ": cannot be opened: " + std::strerror(errno));
  }
  const std::uint64_t size = file.size();
  if (size < sizeof(Header) + sizeof(Seal::Value))
    refuse(file, "truncated: " + std::to_string(size) + " bytes are too few");
  Cursor cursor(file, size - sizeof(Seal::Value));
  const auto header = cursor.take<Header>();
  check_start(file, header, size);
  check_seal(file, size);
  if (header.version != version)
    throw ForeignState(path.string() + ": a saved state of format version " + std::to_string(header.version) +
                       "; expected version " + std::to_string(version));
  if (cursor.text(header.identity_size, longest_identity, "identity") != identity)
    throw ForeignState(path.string() + ": the saved state of another run");
  auto entries = read_table(file, cursor, header.section_count);
  return SealedFile(std::move(file), std::move(entries));
}

bool SealedFile::has(std::string_view name) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& entry) { return entry.name == name; });
}

const SealedFile::Entry& SealedFile::entry(std::string_view name) const {
  for (const auto& entry : entries_)
    if (entry.name == name) return entry;
  refuse(file_, "no section '" + std::string(name) + "'");
}

void SealedFile::read(const Entry& entry, std::span<std::byte> into) const {
  if (into.size() != entry.bytes())
    refuse(file_, "section '" + entry.name + "' has " + std::to_string(entry.bytes()) + " bytes, expected " +
                      std::to_string(into.size()));
  file_.read(entry.offset, into);
}

}  // namespace bondscope
