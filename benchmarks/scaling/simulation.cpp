#include "benchmarks/scaling/simulation.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <limits>
#include <optional>
#include <queue>
#include <random>
#include <set>

#include "libpmd/base/error.hpp"
#include "libtdse/farm/ledger.hpp"

namespace bondscope::tdse::scaling {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();

struct Poll {
  double time = 0;   ///< when it sees what arrived
  double polls = 0;  ///< after how many in vain
};

/// Somebody waits since `since` as Patience does (protocol.hpp), and something arrives at `arrival`.
Poll seen(double since, double arrival, double round, bool sleeping_polls) {
  if (!sleeping_polls || arrival <= since) return {std::max(since, arrival), 0};
  // Linux adds about as much to a short sleep.
  constexpr double shortest = 50e-6, longest = 5e-3, timer_slack = 55e-6;
  double wait = shortest;
  Poll poll{since, 0};
  while (poll.time < arrival && wait < longest) {
    poll.time += wait + timer_slack + round;
    ++poll.polls;
    wait *= 2;
  }
  if (poll.time >= arrival) return poll;
  const double step = longest + timer_slack + round;
  const double steps = std::ceil((arrival - poll.time) / step);
  return {poll.time + steps * step, poll.polls + steps};
}

/// What the store would know after some jobs.
struct Books {
  std::vector<CommitRecord> commits;
  std::vector<std::uint32_t> begun;
};

std::vector<RunToDo> to_do_list(const Books& books, const std::vector<RunTime>& runs, Order order,
                                std::mt19937_64& random) {
  // runs_to_do() sorts by cost; equal ones stay in the order of their numbers.
  std::uniform_real_distribution<double> any;
  std::vector<double> costs;
  for (const auto& run : runs)
    costs.push_back(order == Order::known_times     ? run.seconds
                    : order == Order::longest_first ? run.cost
                    : order == Order::random        ? 1 + any(random)
                                                    : 1);
  return runs_to_do(books.commits, costs, books.begun);
}

struct Sums : Simulated {
  double waited = 0;
  std::size_t waits = 0;
};

/// One job, from its begin to the last run or to the failure that ends it.
class Job {
 public:
  Job(const FarmModel& model, const std::vector<RunTime>& runs, Books& books,
      const std::vector<RunToDo>& to_do, std::mt19937_64& random)
      : model_(model),
        runs_(runs),
        books_(books),
        to_do_(to_do.size()),
        ledger_({runs.size(), runs.size() - to_do.size(), 0}, to_do, {}),
        workers_(model.workers),
        alive_(model.workers),
        random_(random) {}

  /// Adds to `sum`; false if a failure ended the job.
  bool run(Sums& sum);

 private:
  enum class What { message_to_master, master_goes_on, message_to_worker, run_ends, node_dies, loss_noticed };
  enum class Said { ready, progress, done };
  struct Event {
    double time;
    std::uint64_t number;  // first come, first served
    What what;
    std::size_t who;  // worker or node
    Said said = Said::ready;
    std::size_t run = 0;
    bool operator>(const Event& o) const { return time != o.time ? time > o.time : number > o.number; }
  };
  struct Message {
    std::size_t worker;
    Said said;
  };
  struct Worker {
    bool alive = true;
    std::optional<std::size_t> running;
    double began = 0, idle_since = 0;
    double last_end = 0;           // of its last run
    std::deque<std::size_t> next;  // arrived and not begun
    std::deque<std::size_t> held;  // as the master sees it
  };

  void at(double time, What what, std::size_t who, Said said = Said::ready, std::size_t run = 0) {
    events_.push({time, number_++, what, who, said, run});
  }
  void begin_next(std::size_t w, double time);
  void end_run(std::size_t w, double time);
  void tell_master(std::size_t w, double time, Said said) {
    at(time + model_.latency, What::message_to_master, w, said);
  }
  void wake_master(double arrival);
  void master_goes_on(double time);
  void handle(const Message& message);
  void file(std::size_t w);
  double hand_out(double time);
  void plan_next_death(double time);
  void kill_node(double time);
  void notice_loss(std::size_t node);
  double round_cost() const {
    return model_.master.round + model_.master.round_per_running * static_cast<double>(in_flight_);
  }

  const FarmModel& model_;
  const std::vector<RunTime>& runs_;
  Books& books_;
  std::size_t to_do_, reported_ = 0;
  Ledger ledger_;
  std::vector<Worker> workers_;
  std::size_t alive_, in_flight_ = 0;
  std::mt19937_64& random_;

  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t number_ = 0;
  std::deque<Message> inbox_;
  std::set<std::pair<std::size_t, std::size_t>> by_queue_;  // (runs held, worker) of all that are ready
  bool asleep_ = true, something_ = false;
  double asleep_since_ = 0;

  double end_ = 0, busy_ = 0, lost_ = 0, messages_ = 0, rounds_ = 0, waited_ = 0;
  std::size_t waits_ = 0, failures_ = 0;
};

void Job::begin_next(std::size_t w, double time) {
  auto& worker = workers_[w];
  worker.running = worker.next.front();
  worker.next.pop_front();
  worker.began = time;
  ++in_flight_;
  const double seconds = runs_[*worker.running].seconds;
  at(time + seconds, What::run_ends, w, Said::done, *worker.running);
  if (model_.progress_interval > 0 && seconds > model_.progress_interval)
    at(time + model_.progress_interval, What::message_to_master, w, Said::progress, *worker.running);
}

void Job::end_run(std::size_t w, double time) {
  auto& worker = workers_[w];
  busy_ += runs_[*worker.running].seconds;
  books_.commits[*worker.running].state = RunState::done;  // before the master hears of it
  worker.running.reset();
  worker.last_end = worker.idle_since = time;
  --in_flight_;
  tell_master(w, time, Said::done);
  if (!worker.next.empty()) {
    ++waits_;
    begin_next(w, time);
  }
}

void Job::wake_master(double arrival) {
  if (!asleep_) return;
  asleep_ = false;
  const Poll poll = seen(asleep_since_, arrival, round_cost(), model_.sleeping_polls);
  rounds_ += poll.polls * round_cost();
  at(poll.time, What::master_goes_on, 0);
}

void Job::file(std::size_t w) {
  by_queue_.insert({workers_[w].held.size(), w});
}

void Job::handle(const Message& message) {
  auto& worker = workers_[message.worker];
  if (!worker.alive || message.said == Said::progress) return;
  by_queue_.erase({worker.held.size(), message.worker});
  if (message.said == Said::done) {
    ledger_.done(static_cast<int>(message.worker), worker.held.front(), 0);
    worker.held.pop_front();
    ++reported_;
  }
  file(message.worker);
}

void Job::master_goes_on(double time) {
  if (!inbox_.empty()) {
    const double cost =
        inbox_.front().said == Said::progress ? model_.master.progress : model_.master.receive;
    handle(inbox_.front());
    inbox_.pop_front();
    something_ = true;
    messages_ += cost;
    at(time + cost, What::master_goes_on, 0);
    end_ = time + cost;
    return;
  }
  const double then = hand_out(time);
  messages_ += then - time;
  rounds_ += round_cost();
  if (something_) {
    something_ = false;
    at(then + round_cost(), What::master_goes_on, 0);
  } else {
    asleep_ = true;
    asleep_since_ = then + round_cost();
  }
}

/// As the farm's master does (master.cpp). Returns when it is through.
double Job::hand_out(double time) {
  while (!by_queue_.empty()) {
    const auto [length, w] = *by_queue_.begin();
    const double kept = model_.held_back * static_cast<double>(by_queue_.size());
    if (length > 0 && (length > model_.prefetch || static_cast<double>(ledger_.pending()) <= kept)) break;
    const auto run = ledger_.assign(static_cast<int>(w), {never, never});
    if (!run) break;
    by_queue_.erase(by_queue_.begin());
    workers_[w].held.push_back(run->run);
    file(w);
    time += model_.master.assign;
    at(time + model_.latency, What::message_to_worker, w, Said::ready, run->run);
  }
  return time;
}

void Job::plan_next_death(double time) {
  const auto& failures = model_.failures;
  if (failures.per_node_hour <= 0 || alive_ == 0) return;
  const double nodes =
      std::ceil(static_cast<double>(alive_) / static_cast<double>(failures.workers_per_node));
  at(time + std::exponential_distribution<>(failures.per_node_hour / 3600 * nodes)(random_), What::node_dies,
     0);
}

void Job::kill_node(double time) {
  ++failures_;
  // The node of a random living worker.
  std::uniform_int_distribution<std::size_t> any(0, workers_.size() - 1);
  std::size_t w = any(random_);
  while (!workers_[w].alive)
    w = any(random_);
  const std::size_t node = w / model_.failures.workers_per_node;
  const std::size_t first = node * model_.failures.workers_per_node;
  const std::size_t last = std::min(workers_.size(), first + model_.failures.workers_per_node);
  for (w = first; w < last; ++w) {
    auto& worker = workers_[w];
    if (worker.running) {
      lost_ += std::max(0.0, time - worker.began);
      --in_flight_;
    }
    worker.alive = false;
    worker.running.reset();
    worker.next.clear();
    --alive_;
  }
  at(time + model_.failures.noticed_seconds, What::loss_noticed, node);
}

void Job::notice_loss(std::size_t node) {
  const std::size_t first = node * model_.failures.workers_per_node;
  const std::size_t last = std::min(workers_.size(), first + model_.failures.workers_per_node);
  for (std::size_t w = first; w < last; ++w) {
    by_queue_.erase({workers_[w].held.size(), w});
    for (const std::size_t run : workers_[w].held)
      // It may be committed, and the word of it lost with the node.
      if (books_.commits[run].state == RunState::done) {
        ledger_.done(static_cast<int>(w), run, 0);
        ++reported_;
      } else {
        ledger_.returned(static_cast<int>(w), run);
      }
    workers_[w].held.clear();
  }
}

bool Job::run(Sums& sum) {
  for (std::size_t w = 0; w < workers_.size(); ++w)
    tell_master(w, 0, Said::ready);
  plan_next_death(0);
  double time = 0;
  bool ended_by_failure = false;
  while (reported_ < to_do_ && !events_.empty() && alive_ > 0) {
    const Event event = events_.top();
    events_.pop();
    time = event.time;
    switch (event.what) {
      case What::message_to_master: {
        const auto& worker = workers_[event.who];
        if (event.said == Said::progress) {
          if (worker.running != event.run) break;
          const double again = time + model_.progress_interval;
          if (again < worker.began + runs_[event.run].seconds)
            at(again, What::message_to_master, event.who, Said::progress, event.run);
        }
        inbox_.push_back({event.who, event.said});
        wake_master(time);
        break;
      }
      case What::master_goes_on:
        master_goes_on(time);
        break;
      case What::message_to_worker: {
        auto& worker = workers_[event.who];
        if (!worker.alive) break;
        worker.next.push_back(event.run);
        if (worker.running || worker.next.size() > 1) break;
        const double begin = seen(worker.idle_since, time, 0, model_.sleeping_polls).time;
        if (worker.last_end > 0) {
          waited_ += begin - worker.idle_since;
          ++waits_;
        }
        begin_next(event.who, begin);
        break;
      }
      case What::run_ends:
        if (workers_[event.who].running == event.run) end_run(event.who, time);
        break;
      case What::node_dies:
        if (model_.failures.end_the_job) {
          ++failures_;
          for (const auto& worker : workers_)
            if (worker.running) {
              lost_ += std::max(0.0, time - worker.began);
              ++books_.begun[*worker.running];
            }
          ended_by_failure = true;
        } else {
          kill_node(time);
          plan_next_death(time);
        }
        break;
      case What::loss_noticed:
        notice_loss(event.who);
        wake_master(time);
        break;
    }
    if (ended_by_failure) break;
  }
  const double end = ended_by_failure ? time : std::max(end_, time);
  double first_idle = end;
  for (const auto& worker : workers_)
    if (worker.alive) first_idle = std::min(first_idle, worker.last_end);
  sum.wall += end;
  sum.busy += busy_;
  sum.lost += lost_;
  sum.tail = end - first_idle;
  sum.failures += failures_;
  sum.waited += waited_;
  sum.waits += waits_;
  sum.messages += messages_;
  sum.rounds += rounds_;
  return !ended_by_failure;
}

}  // namespace

Simulated simulate(const FarmModel& model, const std::vector<RunTime>& runs, Order order,
                   std::uint64_t seed) {
  const auto& m = model.master;
  const auto& f = model.failures;
  const std::array<double, 11> times{
      m.receive,       model.held_back,     m.progress,       m.assign,
      m.round,         m.round_per_running, model.latency,    model.progress_interval,
      f.per_node_hour, f.requeue_seconds,   f.noticed_seconds};
  if (model.workers == 0 || f.workers_per_node == 0 ||
      std::any_of(times.begin(), times.end(), [](double t) { return !(t >= 0 && t < 1e9); }))
    throw ConfigError("a simulated farm needs at least one worker, and times between 0 and 1e9 s");
  std::mt19937_64 random(seed);
  Books books{std::vector<CommitRecord>(runs.size()), std::vector<std::uint32_t>(runs.size())};
  Sums sum;
  for (;;) {
    Job job(model, runs, books, to_do_list(books, runs, order, random), random);
    constexpr std::size_t hopeless = 10000;
    if (job.run(sum) || sum.failures > hopeless) break;
    sum.requeued += f.requeue_seconds;
  }
  if (sum.waits > 0) sum.wait = sum.waited / static_cast<double>(sum.waits);
  for (const auto& commit : books.commits)
    if (commit.state == RunState::done) ++sum.done;
  sum.unfinished = runs.size() - sum.done;
  if (sum.wall > 0) {
    sum.messages /= sum.wall;
    sum.rounds /= sum.wall;
  }
  return sum;
}

}  // namespace bondscope::tdse::scaling
