#include "libtdse/farm/worker.hpp"

#include <chrono>
#include <optional>

#include "libtdse/farm/executor.hpp"

namespace tdse {
namespace {

constexpr int master = 0;
constexpr std::size_t longest_reason = 500;
constexpr auto progress_interval = std::chrono::seconds(1);

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
      } else {
        patience.wait();
      }
    }
  }

 private:
  std::optional<Message> receive() {
    auto arrived = mailbox_.poll();
    if (!arrived) return {};
    return std::move(arrived->second);
  }

  void handle(const Message& message) {
    try {
      if (message.type == MessageType::begin) {
        executor_.emplace(message.text, make_solver_, message.value);
        mailbox_.send(master, {.type = MessageType::ready});
      } else if (message.type == MessageType::assign && executor_) {
        execute(message);
      } else if (message.type == MessageType::dismiss) {
        dismissed_ = true;
      }
      // `abandon` needs nothing here: there is no run to abandon.
    } catch (const std::exception& e) {
      executor_.reset();
      mailbox_.send(master, {.type = MessageType::broken,
                             .run = message.run,
                             .text = std::string(e.what()).substr(0, longest_reason)});
    }
  }

  void execute(const Message& assignment) {
    auto last_report = std::chrono::steady_clock::now();
    bool abandoned = false;
    const RunMonitor monitor = [&](double fraction) {
      pass_on_signals();
      while (const auto message = receive()) {
        abandoned =
            abandoned || message->type == MessageType::abandon || message->type == MessageType::dismiss;
        dismissed_ = dismissed_ || message->type == MessageType::dismiss;
      }
      const auto now = std::chrono::steady_clock::now();
      if (now - last_report >= progress_interval) {
        last_report = now;
        mailbox_.send(master, {.type = MessageType::progress, .run = assignment.run, .value = fraction});
      }
      return !abandoned;
    };
    const auto ended = executor_->execute(assignment.run, assignment.attempt, monitor);
    const auto type = ended.outcome == RunOutcome::done     ? MessageType::done
                      : ended.outcome == RunOutcome::failed ? MessageType::failed
                                                            : MessageType::interrupted;
    mailbox_.send(
        master,
        {.type = type,
         .run = assignment.run,
         .value = ended.seconds,
         .text =
             (ended.outcome == RunOutcome::failed ? ended.reason : ended.note).substr(0, longest_reason)});
  }

  void pass_on_signals() {
    const StopRequest now = signals_.request();
    if (now <= passed_on_) return;
    passed_on_ = now;
    mailbox_.send(master, {.type = MessageType::stop, .value = static_cast<double>(now)});
  }

  Mailbox& mailbox_;
  const SolverFactory& make_solver_;
  const SignalWatch& signals_;
  StopRequest passed_on_ = StopRequest::none;
  std::optional<Executor> executor_;
  bool dismissed_ = false;
};

}  // namespace

void serve(Mailbox& mailbox, const SolverFactory& make_solver, const SignalWatch& signals) {
  Worker(mailbox, make_solver, signals).serve();
}

}  // namespace tdse
