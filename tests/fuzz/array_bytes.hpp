#pragma once

// The bytes of an array file that must fit the others (libpmd/base/files/array_file.hpp).

#include <cstdint>
#include <cstring>
#include <span>

#include "libpmd/base/files/hash.hpp"

namespace bondscope::fuzz {

/// Puts size and checksum right, where there is space for them. Returns `size`.
inline std::size_t seal_array_file(std::uint8_t* data, std::size_t size) {
  constexpr std::size_t header = 32, place_of_size = 16;
  if (size < header + sizeof(Hash::Wide)) return size;
  const std::uint64_t bytes = size;
  std::memcpy(data + place_of_size, &bytes, sizeof bytes);
  const auto body = std::span<const std::uint8_t>(data, size - sizeof(Hash::Wide));
  const auto checksum = Hash().add(body).wide();
  std::memcpy(data + body.size(), checksum.data(), checksum.size());
  return size;
}

}  // namespace bondscope::fuzz
