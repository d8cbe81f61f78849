#include "libtdse/farm/worker.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "libpmd/base/clock.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libtdse/farm/checkpoint_files.hpp"
#include "libtdse/farm/executor.hpp"
#include "libtdse/farm/node_writer.hpp"
#include "libtdse/farm/workers.hpp"
#include "libtdse/parallel/mpi_ranks.hpp"

namespace bondscope::tdse {
namespace {

constexpr int master = 0;
constexpr std::size_t longest_reason = 500;
/// Finished runs that may wait for the node's writer before this worker waits, too.
constexpr std::size_t most_underway = 2;

class Worker {
 public:
  Worker(Mailbox& mailbox, const SolverFactory& make_solver, const SignalWatch& signals)
      : mailbox_(mailbox), make_solver_(make_solver), signals_(signals) {}

  void serve() {
    Patience patience;
    while (!dismissed_) {
      pass_on_signals();
      if (hear()) {
        patience.reset();
      } else if (writer_ && writer_->waiting() && !may_begin()) {
        writer_->write(true);
      } else if (may_begin()) {
        const Message assignment = queue_.front();
        queue_.pop_front();
        guarded(assignment.run, [&] { execute(assignment); });
        patience.reset();
      } else if (withdrawn_ && underway_.empty()) {
        withdrawn_ = false;
        mailbox_.send(master, {.type = MessageType::idle});
      } else {
        patience.wait();
      }
    }
    if (writer_) writer_->write(true);
    mailbox_.send(master, {.type = MessageType::bye});
  }

 private:
  /// Whether there is a run to begin, and the node's writer keeps up.
  bool may_begin() const { return !queue_.empty() && underway_.size() < most_underway; }

  /// False if nobody says anything.
  bool hear() {
    const auto arrived = mailbox_.poll();
    if (arrived) handle(arrived->first, arrived->second);
    return arrived.has_value();
  }

  void handle(int sender, const Message& message) {
    switch (message.type) {
      case MessageType::begin:
        guarded(0, [&] { begin(WorkOrder::from_text(message.text)); });
        // Also if that failed: the neighbours wait for answers.
        return guarded(0, [&] { hear_early(); });
      case MessageType::assist:
        // It comes from another rank than `begin`, so perhaps after the `begin` of the next store.
        if (executor_ && message.code == orders_)
          executor_->assist(
              {.run = message.run, .saved = is_saved(message), .parameters = run_from_text(message.text)});
        return;
      case MessageType::assign:
        if (executor_ && !broken_) queue_.push_back(message);
        return;
      case MessageType::withdraw:
        withdrawn_ = true;
        if (executor_) executor_->forgive();
        return give_back();
      case MessageType::abandon:
        abandoned_ = true;
        return give_back();
      case MessageType::dismiss:
        dismissed_ = true;
        return give_back();
      case MessageType::mark:
      case MessageType::row:
      case MessageType::failure:
        return write_for(sender, message);
      case MessageType::written:
      case MessageType::unwritten:
        return hear_of_written(message);
      default:
        return;  // only a master hears these
    }
  }

  static bool is_saved(const Message& message) { return (static_cast<unsigned>(message.value) & 2u) != 0; }

  /// This worker writes for its node.
  void write_for(int sender, const Message& message) {
    // The neighbour may have begun with a store before this worker has.
    if (order_of(message) > orders_) return early_.emplace_back(sender, message), void();
    if (writer_) return writer_->take(sender, message);
    if (message.type != MessageType::mark)
      tell_neighbour(sender, {.type = MessageType::unwritten,
                              .run = message.run,
                              .text = "the worker that writes for this node cannot open the store"});
  }

  void hear_early() {
    const auto early = std::exchange(early_, {});
    for (const auto& [sender, message] : early)
      write_for(sender, message);
  }

  void tell_neighbour(int rank, const Message& message) {
    if (rank == mailbox_.rank())
      handle(rank, message);
    else
      mailbox_.send(rank, message);
  }

  /// A row of this worker's is on disk, or cannot be written.
  void hear_of_written(const Message& message) {
    const auto found = underway_.find(message.run);
    if (found == underway_.end()) return answers_.push_back(message);
    auto report = found->second;
    underway_.erase(found);
    if (message.type == MessageType::unwritten)
      return break_down(message.run, message.code != 0, message.text);
    if (executor_)
      if (const auto why = executor_->committed(message.run);
          !why.empty() && report.type == MessageType::done)
        report.text = why.substr(0, longest_reason);
    mailbox_.send(master, report);
  }

  /// The master goes on without this worker.
  void break_down(std::uint64_t run, bool disk_full, const std::string& why) {
    broken_ = true;  // which ends a run in flight; the executor must outlive it
    if (!executing_) executor_.reset();
    queue_.clear();
    mailbox_.send(master, {.type = MessageType::broken,
                           .run = run,
                           .code = disk_full ? 1u : 0u,
                           .text = why.substr(0, longest_reason)});
  }

  /// What goes wrong in `task` ends this worker, but the master goes on.
  template <class Task>
  void guarded(std::uint64_t run, const Task& task) {
    try {
      task();
    } catch (const LostTeam&) {
      throw;
    } catch (const std::exception& e) {
      if (!leads()) throw LostTeam(e.what());
      executing_ = false;
      break_down(run, dynamic_cast<const DiskFull*>(&e) != nullptr, e.what());
    }
  }

  void begin(const WorkOrder& order) {
    ++orders_;
    executor_.reset();
    teams_ = {mailbox_.size(), order.ranks_per_run};
    const int worker = teams_.worker_of(mailbox_.rank());
    if (worker == 0) return;
    Team team;
    if (order.ranks_per_run > 1) team.ranks = team_of(teams_.ranks_of(worker), mailbox_.communicator());
    team.threads = std::make_shared<Threads>(order.threads);
    writer_.reset();
    underway_.clear();
    answers_.clear();
    broken_ = executing_ = false;
    std::unique_ptr<Recorder> recorder;
    if (leads()) recorder = order.node_writers ? neighbours_recorder(order) : store_recorder(order);
    shares_writer_ = order.node_writers;
    saved_here_ = saved_in_folder(order);
    executor_.emplace(order, make_solver_, team, std::move(recorder), saving_phase(worker));
    if (leads())
      mailbox_.send(master, {.type = MessageType::ready,
                             .text = nlohmann::json{{"host", host_name()}, {"saved", saved_here_}}.dump()});
  }

  /// The first worker of a machine writes for all of them.
  std::unique_ptr<Recorder> neighbours_recorder(const WorkOrder& order) {
    const auto first = std::ranges::find_if(mailbox_.neighbours(), [&](int rank) {
      const int worker = teams_.worker_of(rank);
      return worker > 0 && teams_.first_rank_of(worker) == rank;
    });
    const int writer = *first;  // there is one: this rank at the latest
    if (writer == mailbox_.rank())
      writer_ = std::make_unique<NodeWriter>(
          order, [this](int rank, const Message& message) { tell_neighbour(rank, message); });
    return std::make_unique<NodeRecorder>(
        [this, writer](const Message& message) {
          if (writer == mailbox_.rank())
            write_for(writer, message);
          else
            mailbox_.send(writer, message);
        },
        orders_);
  }

  static std::shared_ptr<Ranks> team_of(const std::vector<int>& ranks, MPI_Comm all) {
    MPI_Group world = MPI_GROUP_NULL, group = MPI_GROUP_NULL;
    MPI_Comm_group(all, &world);
    MPI_Group_incl(world, static_cast<int>(ranks.size()), ranks.data(), &group);
    MPI_Comm comm = MPI_COMM_NULL;
    // Collective for the team only. Its messages travel in the same communicator, so they need a tag of their
    // own.
    constexpr int team_tag = 2;
    MPI_Comm_create_group(all, group, team_tag, &comm);
    auto team = std::make_shared<MpiRanks>(comm);
    MPI_Comm_free(&comm);
    MPI_Group_free(&group);
    MPI_Group_free(&world);
    return team;
  }

  bool leads() const {
    const int worker = teams_.worker_of(mailbox_.rank());
    return worker == 0 || teams_.first_rank_of(worker) == mailbox_.rank();
  }

  void execute(const Message& assignment) {
    // The whole team looks for a saved state, or nobody does.
    const bool saved = is_saved(assignment) || saved_here_.contains(assignment.run);
    const unsigned flags = static_cast<unsigned>(assignment.value) | (saved ? 2u : 0u);
    const auto call_team = [&] {
      for (int i = 1; i < teams_.ranks_per_run; ++i)
        mailbox_.send(mailbox_.rank() + i, {.type = MessageType::assist,
                                            .run = assignment.run,
                                            .code = orders_,
                                            .value = static_cast<double>(flags),
                                            .text = assignment.text});
    };
    auto last_report = Clock::now();
    const RunMonitor monitor = [&](double fraction) {
      pass_on_signals();
      while (hear()) {
      }
      if (writer_) writer_->write(false);
      const auto now = Clock::now();
      if (now - last_report >= progress_interval()) {
        last_report = now;
        mailbox_.send(master, {.type = MessageType::progress, .run = assignment.run, .value = fraction});
      }
      return !abandoned_ && !dismissed_ && !broken_;
    };
    // With a node's writer the master hears of a run's end only when it is on disk, perhaps after the next
    // one has begun. If that never ends, it must not be taken for one that waits.
    if (shares_writer_)
      mailbox_.send(master, {.type = MessageType::progress, .run = assignment.run, .value = 0});
    executing_ = true;
    const auto ended = executor_->execute({.run = assignment.run,
                                           .attempt = assignment.attempt,
                                           .deaths = assignment.code,
                                           .last_try = (flags & 1u) != 0,
                                           .saved = saved,
                                           .parameters = run_from_text(assignment.text)},
                                          monitor, call_team);
    executing_ = false;
    if (broken_) return executor_.reset();  // the master knows, and does not count on this run
    Message report{
        .run = assignment.run, .attempt = ended.attempt, .value = ended.seconds, .text = ended.note};
    switch (ended.outcome) {
      case RunOutcome::done:
        report.type = MessageType::done;
        report.code = ended.resumed ? 1 : 0;
        break;
      case RunOutcome::failed:
        report.type = MessageType::failed;
        report.code = static_cast<std::uint32_t>(ended.failure);
        report.text = ended.reason;
        break;
      case RunOutcome::interrupted:
        report.type = MessageType::interrupted;
        report.code = ended.saved ? 1 : 0;
        break;
      case RunOutcome::troubled:
        report.type = MessageType::troubled;
        report.text = ended.reason;
        break;
    }
    report.text.resize(std::min(report.text.size(), longest_reason));
    if (ended.committed)
      mailbox_.send(master, report);
    else
      report_when_written(report);
  }

  /// The writer may have answered while the run was being handed over.
  void report_when_written(const Message& report) {
    underway_[report.run] = report;
    const auto early = std::exchange(answers_, {});
    for (const auto& answer : early)
      hear_of_written(answer);
  }

  /// A second; with very many workers longer, so that the master hears at most a thousand reports a second.
  std::chrono::duration<double> progress_interval() const {
    return std::chrono::duration<double>(std::max(1.0, teams_.workers() / 1000.0));
  }

  void give_back() {
    for (const auto& assignment : queue_)
      mailbox_.send(master, {.type = MessageType::returned, .run = assignment.run});
    queue_.clear();
  }

  void pass_on_signals() {
    const StopRequest now = signals_.request();
    if (now <= passed_on_) return;
    passed_on_ = now;
    if (executor_) executor_->forgive();
    mailbox_.send(master, {.type = MessageType::stop, .value = static_cast<double>(now)});
  }

  Mailbox& mailbox_;
  const SolverFactory& make_solver_;
  const SignalWatch& signals_;
  StopRequest passed_on_ = StopRequest::none;
  Teams teams_;
  std::uint32_t orders_ = 0;  ///< begun so far
  std::optional<Executor> executor_;
  std::unique_ptr<NodeWriter> writer_;  ///< if this worker writes for its node
  std::deque<Message> queue_;
  std::map<std::uint64_t, Message> underway_;   ///< to the disk: what the master will be told then
  std::vector<Message> answers_;                ///< of the writer's, to what is not yet underway_
  std::vector<std::pair<int, Message>> early_;  ///< for a store that this worker has not begun with
  std::set<std::size_t> saved_here_;            ///< runs with states in this node's folder
  bool abandoned_ = false, withdrawn_ = false, dismissed_ = false;
  bool executing_ = false, broken_ = false, shares_writer_ = false;
};

}  // namespace

void serve(Mailbox& mailbox, const SolverFactory& make_solver, const SignalWatch& signals) {
  Worker(mailbox, make_solver, signals).serve();
}

}  // namespace bondscope::tdse
