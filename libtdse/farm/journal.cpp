#include "libtdse/farm/journal.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace bondscope::tdse {

std::filesystem::path journal_file(const std::filesystem::path& store) {
  return store.string() + ".log.jsonl";
}

Journal::Journal(const std::filesystem::path& file)
    : file_(std::make_unique<File>(file, O_RDWR | O_CREAT | O_APPEND, 0644, file)) {
  if (!file_->is_open()) {
    give_up("cannot be written to", std::strerror(errno));
    return;
  }
  const auto size = ::lseek(file_->descriptor(), 0, SEEK_END);
  char last = '\n';
  if (size > 0 && ::pread(file_->descriptor(), &last, 1, size - 1) == 1 && last != '\n') put("\n");
}

void Journal::write(const char* event, nlohmann::json values) {
  if (!file_) return;
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  values["time"] = now.count();
  values["event"] = event;
  // Reasons may hold anything.
  put(values.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void Journal::put(const std::string& text) {
  const auto written = ::write(file_->descriptor(), text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size()))
    give_up("is not complete", written < 0 ? std::strerror(errno) : "the disk is full");
}

void Journal::give_up(const char* what, const char* why) {
  problem_ = fmt::format("{}: {}: {}", file_->name().string(), what, why);
  file_.reset();
}

}  // namespace bondscope::tdse
