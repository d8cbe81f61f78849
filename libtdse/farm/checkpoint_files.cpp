#include "libtdse/farm/checkpoint_files.hpp"

#include <charconv>
#include <cmath>
#include <string>

#include <fmt/format.h>

#include "libpmd/base/files/disk.hpp"

namespace bondscope::tdse {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view before_number = ".run-", behind_number = ".checkpoint";

fs::path name_of(const fs::path& stem, std::size_t run) {
  return fmt::format("{}{}{}{}", stem.string(), before_number, run, behind_number);
}

/// The path that runs' numbers are added to.
fs::path stem_in_folder(const WorkOrder& order) {
  const auto store = fs::path(order.store).filename().string();
  return fs::path(order.checkpoint_folder) /
         fmt::format("{}.{:016x}", store, order.shape.description_checksum);
}

std::set<std::size_t> runs_of(const fs::path& stem) {
  std::set<std::size_t> runs;
  const std::string begin = stem.filename().string() + std::string(before_number);
  std::error_code status;
  for (fs::directory_iterator entry(folder_of(stem), status), end; !status && entry != end;
       entry.increment(status)) {
    const auto name = entry->path().filename().string();
    if (!name.starts_with(begin)) continue;
    std::size_t run = 0;
    const auto [rest, error] = std::from_chars(name.data() + begin.size(), name.data() + name.size(), run);
    // What a kill left half-written is to be removed, too.
    if (error == std::errc() && std::string_view(rest).starts_with(behind_number)) runs.insert(run);
  }
  return runs;
}

}  // namespace

fs::path checkpoint_file(const fs::path& store, std::size_t run) {
  return name_of(store, run);
}

fs::path checkpoint_file(const WorkOrder& order, std::size_t run) {
  return order.checkpoint_folder.empty() ? checkpoint_file(fs::path(order.store), run)
                                         : name_of(stem_in_folder(order), run);
}

double saving_phase(int worker) {
  constexpr double golden_section = 0.6180339887498949;
  return std::fmod(golden_section * worker, 1.0);
}

std::set<std::size_t> saved_beside(const fs::path& store) {
  return runs_of(store);
}

std::set<std::size_t> saved_in_folder(const WorkOrder& order) {
  if (order.checkpoint_folder.empty()) return {};
  std::error_code status;  // a run that cannot be saved says so
  fs::create_directories(order.checkpoint_folder, status);
  return runs_of(stem_in_folder(order));
}

}  // namespace bondscope::tdse
