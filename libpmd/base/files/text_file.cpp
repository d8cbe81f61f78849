#include "libpmd/base/files/text_file.hpp"

#include <fstream>
#include <span>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/replacement.hpp"

namespace bondscope {

void expect_file(const std::filesystem::path& file) {
  std::error_code status;
  if (!std::filesystem::exists(file, status)) throw FileError(file.string() + ": no such file");
  if (!std::filesystem::is_regular_file(file, status))
    throw FileError(file.string() + ": not a regular file");
}

std::string read_text_file(const std::filesystem::path& file, std::size_t max_bytes) {
  expect_file(file);
  std::error_code status;
  const auto size = std::filesystem::file_size(file, status);
  if (status) throw FileError(fmt::format("{}: {}", file.string(), status.message()));
  if (size > max_bytes)
    throw FileError(fmt::format("{}: {} bytes, expected at most {}", file.string(), size, max_bytes));
  std::ifstream in(file, std::ios::binary);
  std::string text(size, '\0');
  if (!in.read(text.data(), static_cast<std::streamsize>(size)))
    throw FileError(file.string() + ": cannot be read");
  return text;
}

void write_file(const std::filesystem::path& file, const std::string& bytes) {
  Replacement replacement(file);
  replacement.append(std::as_bytes(std::span(bytes)));
  replacement.commit();
}

}  // namespace bondscope
