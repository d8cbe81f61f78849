#include "libtdse/farm/node_writer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/store/checksum.hpp"
#include "libtdse/farm/assignment.hpp"
#include "libtdse/farm/mpi_session.hpp"

namespace bondscope::tdse {
namespace {

template <class Value>
void append(std::string& text, const std::vector<Value>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

template <class Value>
void take_from(std::string_view& bytes, std::size_t count, std::vector<Value>& values) {
  if (bytes.size() / sizeof(Value) < count) throw DataError("a finished run from another rank is cut off");
  values.resize(count);
  std::memcpy(values.data(), bytes.data(), count * sizeof(Value));
  bytes.remove_prefix(count * sizeof(Value));
}

}  // namespace

std::string to_text(const FinishedRun& run) {
  nlohmann::json head{{"parameters", to_text(run.parameters)},
                      {"sum", payload_checksum(run.parameters, run.diagnostics, run.pmd, run.arrays)},
                      {"values", run.pmd.size()},
                      {"amplitudes", run.arrays.amplitude.size()}};
  std::vector<double> diagnostics;
  for (const auto& field : diagnostics_fields)
    diagnostics.push_back(run.diagnostics.*field.member);
  // Diagnostics need not be finite, which JSON could not say.
  auto text = head.dump() + "\n";
  append(text, diagnostics);
  append(text, run.pmd);
  append(text, run.arrays.amplitude);
  return text;
}

FinishedRun finished_from_text(const std::string& text) {
  try {
    const auto end = std::min(text.find('\n'), text.size());
    const auto head = nlohmann::json::parse(text.substr(0, end));
    std::string_view bytes = std::string_view(text).substr(std::min(end + 1, text.size()));
    FinishedRun run{.parameters = run_from_text(head.at("parameters"))};
    std::vector<double> diagnostics;
    take_from(bytes, diagnostics_fields.size(), diagnostics);
    for (std::size_t i = 0; i < diagnostics.size(); ++i)
      run.diagnostics.*diagnostics_fields[i].member = diagnostics[i];
    take_from(bytes, head.at("values"), run.pmd);
    take_from(bytes, head.at("amplitudes"), run.arrays.amplitude);
    if (!bytes.empty() || payload_checksum(run.parameters, run.diagnostics, run.pmd, run.arrays) !=
                              head.at("sum").get<std::uint64_t>())
      throw DataError("a finished run from another rank does not match its checksum");
    return run;
  } catch (const nlohmann::json::exception& e) {
    throw DataError(fmt::format("a finished run from another rank cannot be read: {}", e.what()));
  }
}

void NodeRecorder::mark_begun(std::size_t run, std::uint32_t count, bool in_flight) {
  say_({.type = MessageType::mark,
        .run = run,
        .attempt = order_,
        .code = count,
        .value = in_flight ? 1.0 : 0.0});
}

bool NodeRecorder::failed(std::size_t run, std::uint32_t attempt, FailureKind kind,
                          const std::string& reason) {
  say_({.type = MessageType::failure,
        .run = run,
        .attempt = attempt,
        .code = static_cast<std::uint32_t>(kind),
        .value = static_cast<double>(order_),
        .text = reason});
  return false;
}

bool NodeRecorder::done(FinishedRun run) {
  say_({.type = MessageType::row,
        .run = run.run,
        .attempt = run.attempt,
        .value = static_cast<double>(order_),
        .text = to_text(run)});
  return false;
}

std::uint32_t order_of(const Message& message) {
  return message.type == MessageType::mark ? message.attempt : static_cast<std::uint32_t>(message.value);
}

NodeWriter::NodeWriter(const WorkOrder& order, Answer answer)
    : writer_(order.store, order.shape, parallel_access()), answer_(std::move(answer)) {}

void NodeWriter::take(int from, const Message& message) {
  try {
    if (message.type == MessageType::mark) {
      writer_.mark_begun(message.run, message.code, message.value != 0);
    } else if (message.type == MessageType::failure) {
      writer_.write_failure(message.run, message.attempt, static_cast<FailureKind>(message.code),
                            message.text);
      answer(from, message.run, nullptr);
    } else {
      auto run = finished_from_text(message.text);
      run.run = message.run;
      run.attempt = message.attempt;
      if (rows_.empty()) first_ = Clock::now();
      bytes_ += message.text.size();
      rows_.push_back(std::move(run));
      senders_.push_back(from);
    }
  } catch (const std::exception& e) {
    // A mark is advice; if the disk is full or cannot be read, writing the run will show it.
    if (message.type != MessageType::mark) answer(from, message.run, &e);
  }
}

void NodeWriter::write(bool now) {
  constexpr double longest_wait = 0.5;  // s
  constexpr std::size_t most_bytes = std::size_t{64} << 20;
  if (rows_.empty()) return;
  if (now || bytes_ >= most_bytes || seconds_since(first_) >= longest_wait) write_all();
}

void NodeWriter::write_all() {
  const auto rows = std::exchange(rows_, {});
  const auto senders = std::exchange(senders_, {});
  bytes_ = 0;
  try {
    // A worker that was given up may have finished a run all the same: what is done stays as it is.
    std::vector<FinishedRun> missing;
    for (const auto& row : rows) {
      const auto record = writer_.commit(row.run);
      if (record.state != RunState::done || record.attempt < row.attempt) missing.push_back(row);
    }
    writer_.write(missing);
    for (std::size_t i = 0; i < rows.size(); ++i)
      answer(senders[i], rows[i].run, nullptr);
  } catch (const std::exception& e) {
    for (std::size_t i = 0; i < rows.size(); ++i)
      answer(senders[i], rows[i].run, &e);
  }
}

void NodeWriter::answer(int rank, std::size_t run, const std::exception* error) const {
  if (error)
    answer_(rank, {.type = MessageType::unwritten,
                   .run = run,
                   .code = dynamic_cast<const DiskFull*>(error) ? 1u : 0u,
                   .text = error->what()});
  else
    answer_(rank, {.type = MessageType::written, .run = run});
}

}  // namespace bondscope::tdse
