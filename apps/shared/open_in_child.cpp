#include "apps/shared/open_in_child.hpp"

#include <algorithm>
#include <cstdint>
#include <system_error>

#include "libpmd/base/error.hpp"
#include "libpmd/base/process/child.hpp"
#include "libpmd/images/survey.hpp"

namespace bondscope {

void open_in_child(const std::filesystem::path& path, const std::function<void()>& read) {
  // A slow disk may need its time for a large file; that it takes all of it is not likely.
  constexpr std::uint64_t bytes_per_second = 20'000'000;
  std::error_code unreadable;
  const auto bytes = std::filesystem::file_size(path, unreadable);
  const int more =
      unreadable ? 0 : static_cast<int>(std::min<std::uint64_t>(bytes / bytes_per_second, 100'000));
  ChildLimits limits;
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
