#include "libtdse/farm/worker.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>

#include "libpmd/base/clock.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libtdse/farm/executor.hpp"
#include "libtdse/farm/workers.hpp"
#include "libtdse/parallel/mpi_ranks.hpp"

namespace bondscope::tdse {
namespace {

constexpr int master = 0;
constexpr std::size_t longest_reason = 500;

class Worker {
 public:
  Worker(Mailbox& mailbox, const SolverFactory& make_solver, const SignalWatch& signals)
      : mailbox_(mailbox), make_solver_(make_solver), signals_(signals) {}

  void serve() {
    Patience patience;
    while (!dismissed_) {
      pass_on_signals();
      if (const auto message = receive()) {
        handle(*message);
        patience.reset();
      } else if (!queue_.empty()) {
        const Message assignment = queue_.front();
        queue_.pop_front();
        guarded(assignment.run, [&] { execute(assignment); });
        patience.reset();
      } else if (withdrawn_) {
        withdrawn_ = false;
        mailbox_.send(master, {.type = MessageType::idle});
      } else {
        patience.wait();
      }
    }
    mailbox_.send(master, {.type = MessageType::bye});
  }

 private:
  std::optional<Message> receive() {
    auto arrived = mailbox_.poll();
    if (!arrived) return {};
    return std::move(arrived->second);
  }

  void handle(const Message& message) {
    switch (message.type) {
      case MessageType::begin:
        return guarded(0, [&] { begin(WorkOrder::from_text(message.text)); });
      case MessageType::assist:
        // It comes from another rank than `begin`, so perhaps after the `begin` of the next store.
        if (executor_ && message.code == orders_) executor_->assist(message.run);
        return;
      case MessageType::assign:
        if (executor_) queue_.push_back(message);
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
      default:
        return;  // only a master hears these
    }
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
      executor_.reset();
      queue_.clear();
      mailbox_.send(master, {.type = MessageType::broken,
                             .run = run,
                             .code = dynamic_cast<const DiskFull*>(&e) ? 1u : 0u,
                             .text = std::string(e.what()).substr(0, longest_reason)});
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
    executor_.emplace(order, make_solver_, team);
    if (leads()) mailbox_.send(master, {.type = MessageType::ready, .text = host_name()});
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
    const auto call_team = [&] {
      for (int i = 1; i < teams_.ranks_per_run; ++i)
        mailbox_.send(mailbox_.rank() + i,
                      {.type = MessageType::assist, .run = assignment.run, .code = orders_});
    };
    auto last_report = Clock::now();
    const RunMonitor monitor = [&](double fraction) {
      pass_on_signals();
      while (const auto message = receive())
        handle(*message);
      const auto now = Clock::now();
      if (now - last_report >= progress_interval()) {
        last_report = now;
        mailbox_.send(master, {.type = MessageType::progress, .run = assignment.run, .value = fraction});
      }
      return !abandoned_ && !dismissed_;
    };
    const auto ended = executor_->execute({.run = assignment.run,
                                           .attempt = assignment.attempt,
                                           .deaths = assignment.code,
                                           .last_try = assignment.value != 0},
                                          monitor, call_team);
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
    mailbox_.send(master, report);
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
  std::deque<Message> queue_;
  bool abandoned_ = false, withdrawn_ = false, dismissed_ = false;
};

}  // namespace

void serve(Mailbox& mailbox, const SolverFactory& make_solver, const SignalWatch& signals) {
  Worker(mailbox, make_solver, signals).serve();
}

}  // namespace bondscope::tdse
