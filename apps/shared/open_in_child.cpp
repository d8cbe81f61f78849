#include "apps/shared/open_in_child.hpp"

#include <algorithm>
#include <cstdint>
#include <system_error>

#include <unistd.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/process/child.hpp"
#include "libpmd/images/survey.hpp"

namespace bondscope {
namespace {

std::uint64_t machine_memory() {
  return static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

/// 0 if it cannot be read.
std::uint64_t file_bytes(const std::filesystem::path& file) {
  std::error_code unreadable;
  const auto bytes = std::filesystem::file_size(file, unreadable);
  return unreadable ? 0 : bytes;
}

std::uint64_t folder_bytes(const std::filesystem::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::directory_iterator(folder, unreadable))
    bytes += file_bytes(entry.path());
  return bytes;
}

}  // namespace

void open_in_child(const std::filesystem::path& path, const std::function<void()>& read) {
  // A slow disk may need its time for a large file; that it takes all of it is not likely.
  constexpr std::uint64_t bytes_per_second = 20'000'000;
  // Of a model everything is read: the files' bytes, the arrays in them, and what the method makes of them.
  constexpr std::uint64_t copies = 4;
  std::error_code status;
  const bool is_folder = std::filesystem::is_directory(path, status);
  const auto bytes = is_folder ? folder_bytes(path) : file_bytes(path);
  const int more = static_cast<int>(std::min<std::uint64_t>(bytes / bytes_per_second, 100'000));
  ChildLimits limits;
  if (is_folder) limits.memory_bytes += std::min(bytes, machine_memory() / copies) * copies;
  limits.processor_seconds += more;
  limits.seconds += more;
  try_in_child(path.string(), read, limits);
}

void open_in_child(const std::vector<std::filesystem::path>& files) {
  for (const auto& file : files)
    open_in_child(file, [&] { survey(file); });
}

void open_all_in_child(const std::filesystem::path& folder) {
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::directory_iterator(folder, unreadable))
    if (entry.path().extension() == ".h5")
      open_in_child(entry.path(), [&] {
        try {
          survey(entry.path());
        } catch (const Error&) {
        }
      });
}

}  // namespace bondscope
