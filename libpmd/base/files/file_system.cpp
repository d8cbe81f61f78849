#include "libpmd/base/files/file_system.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include <fmt/format.h>

namespace bondscope {
namespace {

namespace fs = std::filesystem;

/// The kernel writes a space in a name as \040.
std::string without_escapes(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\\' && i + 3 < text.size()) {
      plain += static_cast<char>(std::stoi(text.substr(i + 1, 3), nullptr, 8));
      i += 3;
    } else {
      plain += text[i];
    }
  return plain;
}

bool lies_in(const fs::path& path, const fs::path& folder) {
  if (folder == "/") return true;
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

}  // namespace

bool FileSystem::has(const std::string& option) const {
  return ("," + options + ",").find("," + option + ",") != std::string::npos;
}

FileSystem file_system_of(const fs::path& path, const std::string& mountinfo) {
  // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
  FileSystem found;
  std::size_t longest = 0;
  std::istringstream lines(mountinfo);
  for (std::string line; std::getline(lines, line);) {
    const auto separator = line.find(" - ");
    if (separator == std::string::npos) continue;
    std::istringstream before(line.substr(0, separator)), after(line.substr(separator + 3));
    std::string skipped, point, options, type, source, more;
    before >> skipped >> skipped >> skipped >> skipped >> point >> options;
    after >> type >> source >> more;
    point = without_escapes(point);
    // Of two mounts at the same place the later one hides the other.
    if (point.size() < longest || !lies_in(path, point)) continue;
    longest = point.size();
    found = {type, options + "," + more};
  }
  return found;
}

FileSystem file_system_of(const fs::path& path) {
  std::error_code status;
  const auto folder = fs::exists(path, status) ? path : fs::absolute(path, status).parent_path();
  const auto real = fs::weakly_canonical(folder, status);
  std::ifstream in("/proc/self/mountinfo");
  return file_system_of(real, {std::istreambuf_iterator<char>(in), {}});
}

std::string reach_of_locks(const FileSystem& system) {
  const auto option = [&](const std::string& name) {
    return fmt::format("this file system ({}) is mounted with {}, so that locks only work within a machine",
                       system.type, name);
  };
  if (system.type == "lustre" && system.has("localflock")) return option("localflock");
  if (system.type == "nfs" || system.type == "nfs4")
    for (const auto* name : {"nolock", "local_lock=all", "local_lock=flock"})
      if (system.has(name)) return option(name);
  if ((system.type == "cifs" || system.type == "smb3") && system.has("nobrl")) return option("nobrl");
  if (system.type == "fuse.sshfs") return "locks of sshfs only work within a machine";
  if (system.type == "beegfs")
    return "locks of BeeGFS only work within a machine, unless its tuneUseGlobalFileLocks is set";
  return {};
}

}  // namespace bondscope
