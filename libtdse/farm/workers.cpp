#include "libtdse/farm/workers.hpp"

#include "libpmd/base/clock.hpp"

namespace bondscope::tdse {

Workers::~Workers() {
  constexpr double patience_seconds = 10;
  if (!dismissed_) dismiss(patience_seconds);
}

bool Workers::dismiss(double seconds) {
  dismissed_ = true;
  mailbox_.send_to_all({.type = MessageType::dismiss});
  const auto begin = Clock::now();
  Patience patience;
  int gone = 0;
  while (gone + 1 < mailbox_.size()) {
    if (const auto arrived = mailbox_.poll()) {
      if (arrived->second.type == MessageType::bye) ++gone;
      patience.reset();
    } else if (seconds_since(begin) > seconds) {
      return false;
    } else {
      patience.wait();
    }
  }
  return true;
}

void Workers::begin(const WorkOrder& order) {
  teams_.ranks_per_run = order.ranks_per_run;
  mailbox_.send_to_all({.type = MessageType::begin, .text = order.to_text()});
}

void Workers::assign(int worker, const Assignment& run) {
  mailbox_.send(teams_.first_rank_of(worker), {.type = MessageType::assign,
                                               .run = run.run,
                                               .attempt = run.attempt,
                                               .code = run.deaths,
                                               .value = (run.last_try ? 1.0 : 0.0) + (run.saved ? 2.0 : 0.0),
                                               .text = to_text(run.parameters)});
}

void Workers::tell(int worker, MessageType what) {
  mailbox_.send(teams_.first_rank_of(worker), {.type = what});
}

void Workers::tell(MessageType what) {
  for (int worker = 1; worker <= teams_.workers(); ++worker)
    tell(worker, what);
}

std::optional<std::pair<int, Message>> Workers::poll() {
  auto arrived = mailbox_.poll();
  if (!arrived) return {};
  const int worker = teams_.worker_of(arrived->first);
  const bool first = worker > 0 && teams_.first_rank_of(worker) == arrived->first;
  return std::pair{first ? worker : 0, std::move(arrived->second)};
}

}  // namespace bondscope::tdse
