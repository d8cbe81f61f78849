#include "libpmd/store/user_block.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <span>

#include <fcntl.h>
#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/file.hpp"
#include "libpmd/base/files/hash.hpp"

namespace bondscope {
namespace {

namespace fs = std::filesystem;
static_assert(std::endian::native == std::endian::little, "files are little-endian");

constexpr std::uint64_t smallest_block = 4096, largest_block = std::uint64_t{1} << 28;
constexpr std::array<char, 16> magic{'B', 'O', 'N', 'D', 'S', 'C', 'O',  'P',
                                     'E', '-', 'H', 'D', 'F', '5', '\r', '\n'};
constexpr std::array<char, 8> hdf5_signature{'\x89', 'H', 'D', 'F', '\r', '\n', '\x1a', '\n'};

struct Header {
  std::array<char, 16> begin = magic;
  std::uint32_t version = 1;
  std::uint32_t ranges = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t skeleton_checksum = 0;
  std::uint64_t block_checksum = 0;
};
static_assert(sizeof(Header) == 48);

File open_file(const fs::path& name, int flags) {
  File file(name, flags, 0, name);
  if (!file.is_open())
    throw FileError(fmt::format("{}: cannot be opened: {}", name.string(), std::strerror(errno)));
  return file;
}

[[noreturn]] void fail(const File& file, const std::string& what) {
  throw DataError(fmt::format("{}: damaged: {}", file.name().string(), what));
}

/// Where HDF5's part of the file begins, found as HDF5 finds it: its signature at 512, 1024, 2048, …
std::uint64_t block_bytes(const File& file, std::uint64_t file_bytes) {
  std::array<char, 8> found{};
  for (std::uint64_t at = 512; at <= largest_block && at + found.size() <= file_bytes; at *= 2) {
    file.read(at, std::as_writable_bytes(std::span(found)));
    if (found != hdf5_signature) continue;
    if (at < smallest_block)
      fail(file, fmt::format("HDF5's signature lies in its user block, at byte {}", at));
    return at;
  }
  fail(file, "there is no HDF5 file behind its user block");
}

std::uint64_t checksum_of_block(std::span<const std::byte> block) {
  constexpr auto own = offsetof(Header, block_checksum);
  return Hash().add(block.first(own)).add(std::uint64_t{0}).add(block.subspan(own + sizeof own)).value();
}

std::uint64_t checksum_of_skeleton(const File& file, std::uint64_t begin, std::uint64_t end,
                                   const std::vector<ByteRange>& ranges) {
  Hash hash;
  std::vector<std::byte> buffer(1 << 20);
  const auto add = [&](std::uint64_t at, std::uint64_t stop) {
    while (at < stop) {
      const auto part = std::span(buffer).first(std::min<std::uint64_t>(buffer.size(), stop - at));
      file.read(at, part);
      hash.add(std::span<const std::byte>(part));
      at += part.size();
    }
  };
  for (const auto& range : ranges) {
    add(begin, range.begin);
    begin = range.begin + range.bytes;
  }
  add(begin, end);
  return hash.value();
}

bool fit(const std::vector<ByteRange>& ranges, std::uint64_t begin, std::uint64_t end) {
  for (const auto& range : ranges) {
    if (range.begin < begin || range.begin > end || range.bytes == 0 || range.bytes > end - range.begin)
      return false;
    begin = range.begin + range.bytes;
  }
  return true;
}

std::vector<ByteRange> sorted_and_joined(std::vector<ByteRange> ranges) {
  std::ranges::sort(ranges);
  std::vector<ByteRange> joined;
  for (const auto& range : ranges)
    if (!joined.empty() && joined.back().begin + joined.back().bytes == range.begin)
      joined.back().bytes += range.bytes;
    else if (range.bytes > 0)
      joined.push_back(range);
  return joined;
}

}  // namespace

std::uint64_t user_block_bytes(std::size_t ranges) {
  constexpr std::size_t most = (largest_block - sizeof(Header)) / sizeof(ByteRange);
  if (ranges > most)
    throw DataError(fmt::format("a file with {} rows of data in chunks; expected at most {}", ranges, most));
  return std::max(smallest_block, std::bit_ceil(std::uint64_t{sizeof(Header) + ranges * sizeof(ByteRange)}));
}

void write_user_block(const fs::path& name, std::vector<ByteRange> ranges) {
  File file = open_file(name, O_RDWR);
  Header header;
  header.file_bytes = file.size();
  std::vector<std::byte> block(block_bytes(file, header.file_bytes));
  ranges = sorted_and_joined(std::move(ranges));
  if (user_block_bytes(ranges.size()) > block.size())
    throw DataError(
        fmt::format("{}: its user block is too small for {} data ranges", name.string(), ranges.size()));
  if (!fit(ranges, block.size(), header.file_bytes))
    throw DataError(name.string() + ": its data overlap, or lie outside of the file");
  header.ranges = static_cast<std::uint32_t>(ranges.size());
  header.skeleton_checksum = checksum_of_skeleton(file, block.size(), header.file_bytes, ranges);
  std::ranges::copy(std::as_bytes(std::span(ranges)), block.begin() + sizeof header);
  std::memcpy(block.data(), &header, sizeof header);
  header.block_checksum = checksum_of_block(block);
  std::memcpy(block.data(), &header, sizeof header);
  file.append(block);  // from byte 0, where the file was opened
}

bool has_user_block(const fs::path& name) {
  try {
    const File file = open_file(name, O_RDONLY | O_NONBLOCK);
    std::array<char, magic.size()> begin{};
    if (file.size() < begin.size()) return false;
    file.read(0, std::as_writable_bytes(std::span(begin)));
    return begin == magic;
  } catch (const Error&) {
    return false;
  }
}

void check_user_block(const fs::path& name) {
  const File file = open_file(name, O_RDONLY);
  const auto file_bytes = file.size();
  if (file_bytes < smallest_block) fail(file, "truncated: it ends in its user block");
  Header header;
  file.read(0, std::as_writable_bytes(std::span(&header, 1)));
  if (header.begin != magic) fail(file, "it has no user block");
  if (header.version != 1)
    fail(file, fmt::format("its user block is of version {}; this program reads version 1", header.version));
  if (header.file_bytes != file_bytes)
    fail(file, fmt::format("{}: it has {} bytes, but should have {} (user block, byte 24)",
                           file_bytes < header.file_bytes ? "truncated" : "its length changed", file_bytes,
                           header.file_bytes));
  std::vector<std::byte> block(block_bytes(file, file_bytes));
  file.read(0, block);
  if (checksum_of_block(block) != header.block_checksum)
    fail(file, fmt::format("its user block, bytes 0 to {}, does not match its checksum", block.size() - 1));
  std::vector<ByteRange> ranges;
  if (header.ranges <= (block.size() - sizeof header) / sizeof(ByteRange)) {
    ranges.resize(header.ranges);
    const auto stored = std::as_writable_bytes(std::span(ranges));
    std::copy_n(block.begin() + sizeof header, stored.size(), stored.begin());
  }
  if (ranges.size() != header.ranges || !fit(ranges, block.size(), file_bytes))
    fail(file, "the data ranges of its user block (byte 48) lie outside of the file or overlap");
  if (checksum_of_skeleton(file, block.size(), file_bytes, ranges) != header.skeleton_checksum)
    fail(file,
         "its skeleton (HDF5 structure, axes, parameters, texts: all bytes behind the user block that are no "
         "data) does not match its checksum");
}

}  // namespace bondscope
