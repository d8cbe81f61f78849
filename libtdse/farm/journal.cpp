#include "libtdse/farm/journal.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace bondscope::tdse {

std::filesystem::path journal_file(const std::filesystem::path& store) {
  return store.string() + ".log.jsonl";
}

Journal::Journal(const std::filesystem::path& file) : file_(file.string()) {
  descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor_ < 0) {
    problem_ = fmt::format("{}: cannot be written to: {}", file_, std::strerror(errno));
    return;
  }
  const auto size = ::lseek(descriptor_, 0, SEEK_END);
  char last = '\n';
  if (size > 0 && ::pread(descriptor_, &last, 1, size - 1) == 1 && last != '\n') put("\n");
}

Journal::Journal(Journal&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      file_(std::move(other.file_)),
      problem_(std::move(other.problem_)) {}

Journal& Journal::operator=(Journal&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(file_, other.file_);
  std::swap(problem_, other.problem_);
  return *this;
}

Journal::~Journal() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Journal::write(const char* event, nlohmann::json values) {
  if (descriptor_ < 0) return;
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  values["time"] = now.count();
  values["event"] = event;
  // Reasons may hold anything.
  put(values.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void Journal::put(const std::string& text) {
  const auto written = ::write(descriptor_, text.data(), text.size());
  if (written == static_cast<ssize_t>(text.size())) return;
  problem_ =
      fmt::format("{}: is not complete: {}", file_, written < 0 ? std::strerror(errno) : "the disk is full");
  ::close(std::exchange(descriptor_, -1));
}

}  // namespace bondscope::tdse
