#include "libtdse/farm/farm.hpp"

#include <filesystem>

#include <nlohmann/json.hpp>

#include "libpmd/base/process/build_info.hpp"
#include "libtdse/farm/checkpoint_files.hpp"
#include "libtdse/farm/executor.hpp"
#include "libtdse/farm/master.hpp"

namespace bondscope::tdse {
namespace {

/// The farm of a lone rank.
void run_alone(const WorkOrder& order, const StoreFacts& store, Dispatcher& dispatcher,
               const SolverFactory& make_solver, const FarmReport& report) {
  constexpr int myself = 1;
  std::size_t current = 0;
  try {
    Team team;
    team.threads = std::make_shared<Threads>(order.threads);
    Executor executor(order, make_solver, team, store_recorder(order));
    const auto saved_here = saved_in_folder(order);
    dispatcher.ready(myself, host_name(), {0}, saved_here);
    const RunMonitor monitor = [&](double fraction) {
      dispatcher.watch();
      if (dispatcher.ledger().stopping()) executor.forgive();
      dispatcher.ledger().progress(myself, current, fraction);
      report(dispatcher.ledger());
      return !dispatcher.abandoning();
    };
    while (!dispatcher.over()) {
      dispatcher.watch();
      auto run = dispatcher.next(myself);
      if (!run) continue;  // then it is over, or the time is
      complete(*run, store);
      run->saved = run->saved || saved_here.contains(run->run);
      current = run->run;
      report(dispatcher.ledger());
      dispatcher.ended(myself, run->run, executor.execute(*run, monitor));
      report(dispatcher.ledger());
    }
  } catch (const std::exception& e) {
    dispatcher.broken(myself, current, e.what(), dynamic_cast<const DiskFull*>(&e) != nullptr);
  }
}

}  // namespace

FarmResult run_farm(Workers& workers, const StoreFacts& store, Ledger ledger, const FarmSettings& settings,
                    Journal& journal, const SolverFactory& make_solver, const SignalWatch& signals,
                    const FarmReport& report, Afterwards afterwards) {
  Dispatcher dispatcher(ledger, settings, journal, signals);
  FarmResult result;
  WorkOrder order = settings.order;
  order.store = std::filesystem::absolute(order.store).string();
  order.configuration = store.configuration;
  order.shape = store.shape;
  if (!ledger.anything_pending()) {
    // Then nobody needs to open the store.
  } else if (workers.ranks() == 1) {
    run_alone(order, store, dispatcher, make_solver, report);
  } else {
    Master master(workers, dispatcher, store, settings, report);
    master.run(order);
    result.workers = workers.teams().workers();
    result.lost_workers =
        master.lost_workers() || (afterwards == Afterwards::stay && !master.wait_for_starters());
  }
  static_cast<FarmCourse&>(result) = dispatcher.course();
  result.status = ledger.status();
  result.done_now = ledger.done_now();
  result.run_seconds = ledger.run_seconds();
  result.unfinished = ledger.unfinished();
  result.failures = ledger.failures();
  if (!journal.problem().empty()) result.notes.push_back(journal.problem());
  journal.write("farm_end", {{"done", result.done_now},
                             {"failed", result.failures.size()},
                             {"unfinished", result.unfinished},
                             {"seconds", result.status.seconds},
                             {"busy_seconds", result.busy_seconds},
                             {"reason", result.reason}});
  // Those who have not answered so far are unlikely to do so now.
  constexpr double usual_patience = 20, little_patience = 3;
  const bool stay = afterwards == Afterwards::stay && !result.lost_workers && result.cause == StopCause::none;
  if (!stay) result.ranks_left = !workers.dismiss(result.lost_workers ? little_patience : usual_patience);
  return result;
}

}  // namespace bondscope::tdse
