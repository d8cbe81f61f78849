#include "tests/fuzz/user_block.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "libpmd/base/files/hash.hpp"
#include "tests/fuzz/target.hpp"

namespace bondscope::fuzz {
namespace {

// libpmd/store/user_block.hpp
constexpr std::size_t header_bytes = 48, place_of_count = 20, place_of_size = 24, place_of_skeleton = 32,
                      place_of_checksum = 40, smallest_block = 4096;
constexpr std::string_view magic = "BONDSCOPE-HDF5\r\n", signature = "\x89HDF\r\n\x1a\n";

template <class T>
T number(std::span<const std::uint8_t> file, std::size_t at) {
  T value = 0;
  if (at + sizeof value <= file.size()) std::memcpy(&value, file.data() + at, sizeof value);
  return value;
}
template <class T>
void put(std::span<std::uint8_t> file, std::size_t at, T value) {
  if (at + sizeof value <= file.size()) std::memcpy(file.data() + at, &value, sizeof value);
}

/// Bob Jenkins' lookup3, hashlittle(), which HDF5 guards its metadata with.
std::uint32_t lookup3(std::span<const std::uint8_t> bytes) {
  std::uint32_t a = 0xdeadbeef + static_cast<std::uint32_t>(bytes.size()), b = a, c = a;
  const auto word = [&](std::size_t at) {
    std::uint32_t value = 0;
    if (at < bytes.size())
      std::memcpy(&value, bytes.data() + at, std::min<std::size_t>(4, bytes.size() - at));
    return value;
  };
  const auto rotated = [](std::uint32_t x, int k) { return std::rotl(x, k); };
  while (bytes.size() > 12) {
    a += word(0), b += word(4), c += word(8);
    a -= c, a ^= rotated(c, 4), c += b;
    b -= a, b ^= rotated(a, 6), a += c;
    c -= b, c ^= rotated(b, 8), b += a;
    a -= c, a ^= rotated(c, 16), c += b;
    b -= a, b ^= rotated(a, 19), a += c;
    c -= b, c ^= rotated(b, 4), b += a;
    bytes = bytes.subspan(12);
  }
  if (bytes.empty()) return c;
  a += word(0), b += word(4), c += word(8);
  c ^= b, c -= rotated(b, 14);
  a ^= c, a -= rotated(c, 11);
  b ^= a, b -= rotated(a, 25);
  c ^= b, c -= rotated(b, 16);
  a ^= c, a -= rotated(c, 4);
  b ^= a, b -= rotated(a, 14);
  c ^= b, c -= rotated(b, 24);
  return c;
}

/// Of the first chunk of an object header of version 2, without its checksum; 0 if it is none.
std::size_t header_size(std::span<const std::uint8_t> header) {
  constexpr std::size_t fixed = 6;
  if (header.size() < fixed || header[4] != 2) return 0;
  const auto flags = header[5];
  std::size_t size = fixed + ((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0);
  const std::size_t width = std::size_t{1} << (flags & 3);
  if (size + width > header.size()) return 0;
  std::uint64_t messages = 0;
  std::memcpy(&messages, header.data() + size, width);
  size += width;
  return messages <= header.size() - size ? size + messages : 0;
}

}  // namespace

std::size_t end_of_user_block(std::span<const std::uint8_t> file) {
  for (std::size_t at = smallest_block; at + signature.size() <= file.size(); at *= 2)
    if (std::memcmp(file.data() + at, signature.data(), signature.size()) == 0) return at;
  return file.size();
}

std::vector<Range> data_ranges(std::span<const std::uint8_t> file) {
  std::vector<Range> ranges;
  if (file.size() < smallest_block || std::memcmp(file.data(), magic.data(), magic.size()) != 0)
    return ranges;
  const auto count = number<std::uint32_t>(file, place_of_count);
  for (std::size_t i = 0, at = header_bytes; i < count && at + 16 <= end_of_user_block(file); ++i, at += 16) {
    const Range range{number<std::uint64_t>(file, at), number<std::uint64_t>(file, at + 8)};
    if (range.begin <= file.size() && range.bytes <= file.size() - range.begin) ranges.push_back(range);
  }
  return ranges;
}

void mend_hdf5(std::span<std::uint8_t> file) {
  const auto begin = end_of_user_block(file);
  constexpr std::size_t superblock = 44;
  if (begin + superblock + 4 > file.size()) return;
  put(file, begin + superblock, lookup3(file.subspan(begin, superblock)));
  constexpr std::string_view of_objects = "OHDR";
  for (auto at = file.begin() + static_cast<std::ptrdiff_t>(begin);;) {
    at = std::search(at, file.end(), of_objects.begin(), of_objects.end());
    if (at == file.end()) return;
    const auto header = file.subspan(static_cast<std::size_t>(at - file.begin()));
    if (const auto size = header_size(header); size > 0) put(header, size, lookup3(header.first(size)));
    at += static_cast<std::ptrdiff_t>(of_objects.size());
  }
}

void mend_user_block(std::span<std::uint8_t> file) {
  const auto end = end_of_user_block(file);
  if (end >= file.size() || std::memcmp(file.data(), magic.data(), magic.size()) != 0) return;
  put(file, place_of_size, std::uint64_t{file.size()});
  Hash skeleton;
  std::size_t from = end;
  for (const auto& range : data_ranges(file)) {
    if (range.begin < from) continue;
    skeleton.add(std::span<const std::uint8_t>(file.subspan(from, range.begin - from)));
    from = range.begin + range.bytes;
  }
  skeleton.add(std::span<const std::uint8_t>(file.subspan(from)));
  put(file, place_of_skeleton, skeleton.value());
  put(file, place_of_checksum, std::uint64_t{0});
  put(file, place_of_checksum, Hash().add(std::span<const std::uint8_t>(file.first(end))).value());
}

void change(std::span<std::uint8_t> file, Range range, unsigned seed) {
  if (range.bytes == 0) return;
  constexpr std::uint64_t most = 64;
  const std::uint64_t bytes = std::min(range.bytes, most);
  const auto at = range.begin + (std::uint64_t{seed} * 2654435761u >> 8) % (range.bytes - bytes + 1);
  std::array<std::uint8_t, most> part{};
  std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(at), bytes, part.begin());
  LLVMFuzzerMutate(part.data(), bytes, bytes);
  std::copy_n(part.begin(), bytes, file.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace bondscope::fuzz
