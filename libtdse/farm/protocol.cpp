#include "libtdse/farm/protocol.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

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
  MPI_Comm_free(&node);
}

Mailbox::~Mailbox() {
  // Whoever does not look any more will never get it.
  constexpr int most_looks = 1000;
  for (int look = 0; look < most_looks && !sending_.empty(); ++look) {
    forget_sent();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
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
  // What is short leaves at once, whether or not the receiver is looking; for the rest nobody waits either.
  // Open MPI 4.1 waits within a machine for a receiver that stands still from 256 bytes on.
  constexpr std::size_t surely_short = 128;
  const int length = static_cast<int>(bytes->size());
  if (bytes->size() <= surely_short) {
    MPI_Send(bytes->data(), length, MPI_BYTE, to, tag, comm_);
    return;
  }
  sending_.push_back({bytes, MPI_REQUEST_NULL});
  auto& sending = sending_.back();
  MPI_Isend(bytes->data(), length, MPI_BYTE, to, tag, comm_, &sending.request);
}

void Mailbox::forget_sent() {
  sending_.remove_if([](Sending& sending) {
    int over = 0;
    MPI_Test(&sending.request, &over, MPI_STATUS_IGNORE);
    return over != 0;
  });
}

std::optional<std::pair<int, Message>> Mailbox::poll() {
  if (!sending_.empty()) forget_sent();
  int arrived = 0;
  MPI_Message handle = MPI_MESSAGE_NULL;
  MPI_Status status;
  // After a while without MPI the first look may only set things going (seen with Open MPI 4.1): a message
  // that has been waiting is found by the second.
  for (int look = 0; look < 2 && !arrived; ++look)
    MPI_Improbe(MPI_ANY_SOURCE, tag, comm_, &arrived, &handle, &status);
  if (!arrived) return {};
  int length = 0;
  MPI_Get_count(&status, MPI_BYTE, &length);
  std::vector<char> bytes(static_cast<std::size_t>(length));
  MPI_Mrecv(bytes.data(), length, MPI_BYTE, &handle, MPI_STATUS_IGNORE);
  return std::pair{status.MPI_SOURCE, decode(bytes)};
}

void Patience::wait() {
  std::this_thread::sleep_for(std::chrono::microseconds(microseconds_));
  microseconds_ = std::min(2 * microseconds_, longest);
}

}  // namespace bondscope::tdse
