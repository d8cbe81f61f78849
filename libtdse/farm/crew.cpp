#include "libtdse/farm/crew.hpp"

#include <chrono>
#include <numeric>

namespace bondscope::tdse {

std::vector<int> Teams::ranks_of(int worker) const {
  std::vector<int> team(static_cast<std::size_t>(ranks_per_run));
  std::iota(team.begin(), team.end(), first_rank_of(worker));
  return team;
}

int Teams::worker_of(int rank) const {
  if (rank < 1) return 0;
  const int worker = 1 + (rank - 1) / ranks_per_run;
  return worker <= workers() ? worker : 0;
}

Crew::~Crew() {
  constexpr double patience_seconds = 10;
  if (!dismissed_) dismiss(patience_seconds);
}

bool Crew::dismiss(double seconds) {
  dismissed_ = true;
  tell_all({.type = MessageType::dismiss});
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  Patience patience;
  int gone = 0;
  while (gone + 1 < mailbox_.size()) {
    if (const auto arrived = mailbox_.poll()) {
      if (arrived->second.type == MessageType::bye) ++gone;
      patience.reset();
    } else if (std::chrono::steady_clock::now() > end) {
      return false;
    } else {
      patience.wait();
    }
  }
  return true;
}

void Crew::begin(const WorkOrder& order) {
  teams_.ranks_per_run = order.ranks_per_run;
  tell_all({.type = MessageType::begin, .text = order.to_text()});
}

void Crew::assign(int worker, const PlannedRun& run) {
  mailbox_.send(teams_.first_rank_of(worker),
                {.type = MessageType::assign, .run = run.run, .attempt = run.attempt, .code = run.begun});
}

void Crew::withdraw(int worker) {
  mailbox_.send(teams_.first_rank_of(worker), {.type = MessageType::withdraw});
}

void Crew::withdraw() {
  tell_workers({.type = MessageType::withdraw});
}

void Crew::abandon() {
  tell_workers({.type = MessageType::abandon});
}

std::optional<std::pair<int, Message>> Crew::poll() {
  auto arrived = mailbox_.poll();
  if (!arrived) return {};
  const int worker = teams_.worker_of(arrived->first);
  const bool first = worker > 0 && teams_.first_rank_of(worker) == arrived->first;
  return std::pair{first ? worker : 0, std::move(arrived->second)};
}

void Crew::tell_workers(const Message& message) {
  for (int worker = 1; worker <= teams_.workers(); ++worker)
    mailbox_.send(teams_.first_rank_of(worker), message);
}

void Crew::tell_all(const Message& message) {
  for (int rank = 1; rank < mailbox_.size(); ++rank)
    mailbox_.send(rank, message);
}

}  // namespace bondscope::tdse
