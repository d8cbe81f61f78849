#include "libtdse/farm/crew.hpp"

namespace tdse {

Crew::~Crew() {
  tell_all({.type = MessageType::dismiss});
}

void Crew::begin(const std::filesystem::path& store, double checkpoint_interval) {
  tell_all({.type = MessageType::begin,
            .value = checkpoint_interval,
            .text = std::filesystem::absolute(store).string()});
}

void Crew::assign(int worker, const PlannedRun& run) {
  mailbox_.send(worker, {.type = MessageType::assign, .run = run.run, .attempt = run.attempt});
}

void Crew::abandon() {
  tell_all({.type = MessageType::abandon});
}

void Crew::tell_all(const Message& message) {
  for (int rank = 1; rank < mailbox_.size(); ++rank)
    mailbox_.send(rank, message);
}

}  // namespace tdse
