#include "libtdse/farm/protocol.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <set>
#include <thread>

#include <sched.h>

#include "libpmd/base/error.hpp"

namespace bondscope::tdse {
namespace {

constexpr std::uint32_t protocol_version = 4;
constexpr int tag = 1;  // worker.cpp has another one

/// Goes in front of the text.
struct Header {
  std::uint32_t version = protocol_version;
  std::uint32_t type = 0;
  std::uint64_t run = 0;
  double value = 0;
  std::uint32_t attempt = 0;
  std::uint32_t code = 0;
  std::uint32_t text_length = 0;
  std::uint32_t reserved = 0;
};

bool is_over(MPI_Request& request) {
  int over = 0;
  MPI_Test(&request, &over, MPI_STATUS_IGNORE);
  return over != 0;
}

}  // namespace

std::vector<char> encode(const Message& message) {
  Header header;
  header.type = static_cast<std::uint32_t>(message.type);
  header.run = message.run;
  header.value = message.value;
  header.attempt = message.attempt;
  header.code = message.code;
  header.text_length = static_cast<std::uint32_t>(message.text.size());
  std::vector<char> bytes(sizeof header + message.text.size());
  std::memcpy(bytes.data(), &header, sizeof header);
  std::copy(message.text.begin(), message.text.end(), bytes.begin() + sizeof header);
  return bytes;
}

Message decode(const std::vector<char>& bytes) {
  Header header;
  if (bytes.size() < sizeof header) throw DataError("a message between ranks is too short");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.version != protocol_version)
    throw DataError(
        "ranks speak different versions of the farm's protocol; start the same program everywhere");
  if (header.type < static_cast<std::uint32_t>(MessageType::begin) ||
      header.type > static_cast<std::uint32_t>(MessageType::bye) ||
      bytes.size() != sizeof header + header.text_length)
    throw DataError("a message between ranks is damaged");
  return {static_cast<MessageType>(header.type),
          header.run,
          header.attempt,
          header.code,
          header.value,
          std::string(bytes.begin() + sizeof header, bytes.end())};
}

Mailbox::Mailbox(MPI_Comm world) {
  MPI_Comm_dup(world, &comm_);
  MPI_Comm_rank(comm_, &rank_);
  MPI_Comm_size(comm_, &size_);
  MPI_Comm node = MPI_COMM_NULL;
  MPI_Comm_split_type(comm_, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &node);
  int here = 1;
  MPI_Comm_size(node, &here);
  neighbours_.resize(static_cast<std::size_t>(here));
  MPI_Allgather(&rank_, 1, MPI_INT, neighbours_.data(), 1, MPI_INT, node);
  cpu_set_t mine, all;
  CPU_ZERO(&mine);
  if (::sched_getaffinity(0, sizeof mine, &mine) != 0) CPU_ZERO(&mine);
  MPI_Allreduce(&mine, &all, sizeof mine, MPI_BYTE, MPI_BOR, node);
  for (int processor = 0; processor < CPU_SETSIZE; ++processor)
    if (CPU_ISSET(processor, &all)) processors_.push_back(processor);
  MPI_Comm_free(&node);
}

Mailbox::~Mailbox() {
  // Whoever does not look any more will never get it, and what has not come will not.
  constexpr int most_looks = 1000;
  for (int look = 0; look < most_looks && !(sending_.empty() && receiving_.empty()); ++look) {
    forget_sent();
    receiving_.remove_if([](Receiving& receiving) { return is_over(receiving.request); });
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  // MPI may still use what is left, until the process ends: it is never freed.
  if (!sending_.empty()) static_cast<void>(new std::list<Sending>(std::move(sending_)));
  if (!receiving_.empty()) static_cast<void>(new std::list<Receiving>(std::move(receiving_)));
  MPI_Comm_free(&comm_);
}

void Mailbox::send(int to, const Message& message) {
  forget_sent();
  send(to, std::make_shared<const std::vector<char>>(encode(message)));
}

void Mailbox::send_to_all(const Message& message) {
  forget_sent();
  const auto bytes = std::make_shared<const std::vector<char>>(encode(message));
  for (int rank = 0; rank < size_; ++rank)
    if (rank != rank_) send(rank, bytes);
}

void Mailbox::send(int to, const std::shared_ptr<const std::vector<char>>& bytes) {
  // MPI_Send would wait within a machine for a receiver that stands still (Open MPI 4.1: from 256 bytes on),
  // and on another one that is gone for ever, however short the message is.
  sending_.push_back({bytes, MPI_REQUEST_NULL});
  MPI_Isend(bytes->data(), static_cast<int>(bytes->size()), MPI_BYTE, to, tag, comm_,
            &sending_.back().request);
}

void Mailbox::forget_sent() {
  sending_.remove_if([](Sending& sending) { return is_over(sending.request); });
}

bool Mailbox::begin_to_receive() {
  int found = 0;
  MPI_Message handle = MPI_MESSAGE_NULL;
  MPI_Status status;
  // After a while without MPI the first look may only set things going (seen with Open MPI 4.1): a message
  // that has been waiting is found by the second.
  for (int look = 0; look < 2 && !found; ++look)
    MPI_Improbe(MPI_ANY_SOURCE, tag, comm_, &found, &handle, &status);
  if (!found) return false;
  int length = 0;
  MPI_Get_count(&status, MPI_BYTE, &length);
  receiving_.push_back(
      {status.MPI_SOURCE, std::make_shared<std::vector<char>>(static_cast<std::size_t>(length))});
  auto& receiving = receiving_.back();
  MPI_Imrecv(receiving.bytes->data(), length, MPI_BYTE, &handle, &receiving.request);
  return true;
}

std::optional<std::pair<int, Message>> Mailbox::arrived() {
  std::set<int> late;  // whose earlier message is still on its way
  for (auto receiving = receiving_.begin(); receiving != receiving_.end(); ++receiving) {
    if (late.contains(receiving->from)) continue;
    if (is_over(receiving->request)) {
      const auto complete = *receiving;
      receiving_.erase(receiving);
      return std::pair{complete.from, decode(*complete.bytes)};
    }
    late.insert(receiving->from);
  }
  return {};
}

std::optional<std::pair<int, Message>> Mailbox::poll() {
  if (!sending_.empty()) forget_sent();
  do {
    if (auto message = arrived()) return message;
  } while (begin_to_receive());
  return {};
}

void Patience::wait() {
  std::this_thread::sleep_for(std::chrono::microseconds(microseconds_));
  microseconds_ = std::min(2 * microseconds_, longest);
}

}  // namespace bondscope::tdse
