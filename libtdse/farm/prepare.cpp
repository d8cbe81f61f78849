#include "libtdse/farm/prepare.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "libpmd/base/config/differences.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/store/grow.hpp"
#include "libpmd/store/sealed.hpp"
#include "libtdse/farm/checkpoint_files.hpp"

namespace bondscope::tdse {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_value = 60;

void check_writable(const fs::path& file) {
  if (::access(file.c_str(), W_OK) != 0)
    throw FileError(fmt::format("{}: cannot be written to: {}", file.string(), std::strerror(errno)));
}

void check_space_left(const fs::path& file) {
  const auto missing = unallocated_bytes(file), available = free_bytes(folder_of(file));
  if (missing > available)
    throw FileError(fmt::format("{}: still needs {} of disk space, but {} has only {} free", file.string(),
                                format_bytes(missing), folder_of(file).string(), format_bytes(available)));
}

/// The last farm died of one of the runs that were in flight, or of something else. Runs that kill every farm
/// would keep a data set from ever being finished.
void settle_deaths(const fs::path& file, std::uint32_t most_deaths, const std::vector<std::size_t>& in_flight,
                   PreparedStore& prepared) {
  for (const auto run : in_flight)
    prepared.begun[run] = charged(prepared.begun[run], in_flight.size(), most_deaths);
  std::vector<std::size_t> deadly;
  for (std::size_t run = 0; run < prepared.commits.size(); ++run)
    if (prepared.commits[run].state == RunState::pending && prepared.begun[run] == most_deaths)
      deadly.push_back(run);
  if (deadly.empty() && in_flight.empty()) return;
  Store store = Store::open(file, Store::Mode::write);
  try {
    for (const auto run : in_flight)
      store.mark_begun(run, prepared.begun[run]);
  } catch (const FileError&) {
    // It is advice. If the disk is full, the first run will show it.
  }
  for (const auto run : deadly) {
    const std::string reason = fmt::format(
        "{} farms were killed while it was running, at last alone: too little memory, or killed from "
        "outside",
        prepared.begun[run]);
    store.write_failure(run, prepared.commits[run].attempt + 1, FailureKind::killed, reason);
    prepared.begun[run] = 0;
    prepared.commits[run] = store.commit(run);
    prepared.notes.push_back(fmt::format("run {} counts as failed: {}", run, reason));
  }
}

/// A farm that was killed may have stored a run and not removed its state.
void forget_states_of_done(const fs::path& file, PreparedStore& prepared) {
  std::erase_if(prepared.facts.saved, [&](std::size_t run) {
    if (run >= prepared.commits.size()) return true;
    const bool done = prepared.commits[run].state == RunState::done;
    std::error_code status;
    if (done) fs::remove(checkpoint_file(file, run), status);
    return done;
  });
}

/// A few done runs, evenly spread, with the time that they took.
std::vector<std::pair<std::size_t, double>> timed_runs(const Store& store,
                                                       const std::vector<CommitRecord>& commits) {
  constexpr std::size_t enough = 32;
  std::vector<std::size_t> done;
  for (std::size_t run = 0; run < commits.size(); ++run)
    if (commits[run].state == RunState::done) done.push_back(run);
  std::vector<std::pair<std::size_t, double>> timed;
  const std::size_t stride = std::max<std::size_t>(1, done.size() / enough);
  for (std::size_t i = 0; i < done.size(); i += stride)
    timed.emplace_back(done[i], store.diagnostics(done[i]).wall_seconds);
  return timed;
}

std::string note_on_version(const std::string& begun, const StoreDescription& wanted) {
  return fmt::format("the store was begun with version {} of this program; this is {}", begun,
                     wanted.code_version);
}

Store open_to_read(const fs::path& file) {
  Store::expect_user_block(file);
  return Store::open(file, Store::Mode::read);
}

/// Only looks: opening for writing would make HDF5 write, too. Returns the runs that were in flight when the
/// last farm died.
std::vector<std::size_t> look_into(const fs::path& file, const StoreDescription& wanted,
                                   const Preparation& how, PreparedStore& prepared) {
  const Store store = open_to_read(file);
  if (store.sealed()) throw DataError(why_read_only(file, store.kind(), store.description()));
  if (prepared.continued) {
    const auto& stored = store.description();
    if (stored.derivation)
      throw DataError(
          fmt::format("{}: was derived from other stores, there is nothing to compute; use another store",
                      file.string()));
    check_same_farm(file, stored, wanted);
    check_writable(file);
    check_space_left(file);
    if (stored.code_version != wanted.code_version)
      prepared.notes.push_back(note_on_version(stored.code_version, wanted));
  }
  prepared.facts.configuration = store.description().configuration;
  prepared.facts.runs = store.description().runs;
  prepared.facts.shape = shape_of(store);
  prepared.facts.saved = saved_beside(file);
  std::vector<std::size_t> in_flight;
  for (const auto& record : store.records()) {
    if (record.in_flight && record.commit.state != RunState::done)
      in_flight.push_back(prepared.commits.size());
    prepared.commits.push_back(record.commit);
    prepared.begun.push_back(record.begun);
  }
  if (how.repair)
    for (std::size_t run = 0; run < store.size(); ++run) {
      if (!how.keep_going())
        throw Interrupted("stopped while looking for damaged runs; the same command continues");
      if (prepared.commits[run].state == RunState::done && !store.payload_intact(run)) {
        prepared.commits[run].state = RunState::pending;
        prepared.notes.push_back(fmt::format("run {} is damaged and will be computed again", run));
      }
    }
  prepared.timed = timed_runs(store, prepared.commits);
  return in_flight;
}

/// Saved states are named by their rows.
void move_saved_states(const fs::path& file, const std::vector<std::size_t>& places) {
  std::error_code status;
  std::vector<std::pair<fs::path, fs::path>> moving;
  for (std::size_t row = 0; row < places.size(); ++row) {
    const auto from = checkpoint_file(file, row);
    if (places[row] == row || !fs::exists(from, status)) continue;
    // First aside: another state may still have the new name.
    fs::path aside = checkpoint_file(file, places[row]);
    aside += ".moving";
    fs::rename(from, aside, status);
    if (!status) moving.emplace_back(aside, checkpoint_file(file, places[row]));
  }
  for (const auto& [aside, to] : moving)
    fs::rename(aside, to, status);
}

void grow_if_smaller(const fs::path& file, const StoreDescription& wanted, const Preparation& how,
                     PreparedStore& prepared) {
  std::string version;
  {
    const Store store = open_to_read(file);
    if (store.sealed() || !is_smaller(store.description(), wanted)) return;
    version = store.description().code_version;
  }
  check_writable(file);
  const auto report =
      grow(file, wanted, prepared.lock, [&](std::size_t, std::size_t) { return how.keep_going(); });
  move_saved_states(file, report.places);
  prepared.notes.push_back(fmt::format("the store grew from {} to {} runs; {} done ones were kept",
                                       report.before, report.after, report.done));
  for (const auto& what : report.damaged)
    prepared.notes.push_back(what + "; it will be computed again");
  if (version != wanted.code_version) prepared.notes.push_back(note_on_version(version, wanted));
}

}  // namespace

void complete(Assignment& assignment, const StoreFacts& store) {
  assignment.parameters = store.runs.at(assignment.run);
  assignment.saved = assignment.saved || store.saved.contains(assignment.run);
}

bool is_smaller(const StoreDescription& stored, const StoreDescription& wanted) {
  for (const auto& difference : differences(stored.configuration, wanted.configuration))
    if (difference.key != "dataset.runs" && difference.key != "dataset.also" &&
        difference.key != "dataset.focal.points")
      return false;
  return can_grow(stored, wanted);
}

void check_same_farm(const fs::path& file, const StoreDescription& stored, const StoreDescription& wanted) {
  if (is_smaller(stored, wanted))
    throw DataError(fmt::format(
        "{}: has {} of these {} runs; with --grow it gets room for the others and keeps those that it has",
        file.string(), stored.runs.size(), wanted.runs.size()));
  std::vector<std::string> found;
  const auto differs = [&](const std::string& what, const std::string& before, const std::string& now) {
    found.push_back(fmt::format("{}: {} in the store, {} now", what, before, now));
  };
  std::vector<std::string> long_values;
  for (const auto& [key, before, now] : differences(stored.configuration, wanted.configuration))
    if (before.size() <= longest_value && now.size() <= longest_value)
      differs(key, before.empty() ? "nothing" : before, now.empty() ? "nothing" : now);
    else
      long_values.push_back(key);
  const auto name_part = [](const std::string& part) { return part.empty() ? "the whole data set" : part; };
  if (stored.part != wanted.part) differs("part", name_part(stored.part), name_part(wanted.part));
  // Lists of runs are too long for that; and the way of drawing, or of making axes, may have changed.
  if (found.empty()) {
    const auto [before, now] =
        std::mismatch(stored.runs.begin(), stored.runs.end(), wanted.runs.begin(), wanted.runs.end());
    if (before != stored.runs.end() && now != wanted.runs.end())
      differs("run " + std::to_string(before - stored.runs.begin()), describe(*before), describe(*now));
    else if (stored.runs.size() != wanted.runs.size())
      differs("number of runs", std::to_string(stored.runs.size()), std::to_string(wanted.runs.size()));
    else if (numbers_of(stored) != numbers_of(wanted))
      found.push_back("the run numbers");
    else if (stored.kx != wanted.kx || stored.ky != wanted.ky)
      found.push_back("the momentum axes");
  }
  if (found.empty()) found = long_values;
  if (found.empty()) return;
  throw DataError(
      fmt::format("{}: was made with another configuration (use another store, or the old settings): {}",
                  file.string(), fmt::join(found, "; ")));
}

PreparedStore prepare_store(const fs::path& file, const StoreDescription& wanted, const Preparation& how) {
  PreparedStore prepared{StoreLock(file, how.lock), fs::exists(fs::symlink_status(file)), {}, {}, {}, {}, {}};
  if (const auto weakness = prepared.lock.weakness(); !weakness.empty())
    prepared.notes.push_back(
        fmt::format("{}; another farm is noticed by its signs of life in {}.lock", weakness, file.string()));
  if (prepared.continued && prepared.lock.effective()) remove_half_grown(file);
  if (!prepared.continued)
    Store::create(file, wanted);
  else if (how.grow)
    grow_if_smaller(file, wanted, how, prepared);
  const auto in_flight = look_into(file, wanted, how, prepared);
  forget_states_of_done(file, prepared);
  settle_deaths(file, how.most_deaths, in_flight, prepared);
  return prepared;
}

}  // namespace bondscope::tdse
