#include "libpmd/base/files/state.hpp"

#include "libpmd/base/error.hpp"

namespace bondscope {

std::optional<StateReader> StateReader::open(const std::filesystem::path& path, std::string_view identity) {
  auto file = SealedFile::open(path, identity);
  if (!file) return std::nullopt;
  return StateReader(std::move(*file));
}

std::size_t StateReader::count(std::string_view name) const {
  return static_cast<std::size_t>(file_.entry(name).count);
}

const SealedFile::Entry& StateReader::find(std::string_view name, ElementType type,
                                           std::optional<std::uint64_t> count) const {
  const auto& entry = file_.entry(name);
  if (entry.type != type || (count && entry.count != *count))
    throw DataError(file_.path().string() + ": section '" + entry.name + "' holds " +
                    std::to_string(entry.count) + " × " + entry.type.describe() + ", expected " +
                    (count ? std::to_string(*count) + " × " : "") + type.describe());
  return entry;
}

}  // namespace bondscope
