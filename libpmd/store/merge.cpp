#include "libpmd/store/merge.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/config/differences.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libpmd/model/declarations.hpp"
#include "libpmd/store/history.hpp"
#include "libpmd/store/lock.hpp"
#include "libpmd/store/rows.hpp"
#include "libpmd/store/sealed.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t none = static_cast<std::size_t>(-1);

/// An input as it was first read. It is closed again: there may be more inputs than files can be open.
struct Input {
  fs::path file;
  std::uint64_t description_checksum = 0;
  StoreDescription description;
  std::vector<RunRecord> records;
  std::vector<std::size_t> target;  ///< row in the output of each row
};

/// What becomes of a row of the output.
struct Target {
  std::size_t done_in = none;  ///< an input in which the run is done
  std::uint64_t payload_checksum = 0;
  std::size_t failed_in = none;  ///< else, the input in which it was tried most often
  std::uint32_t attempts = 0, begun = 0;
};

void require_same_configuration(const Input& one, const Input& other) {
  const auto& a = one.description;
  const auto& b = other.description;
  std::string found;
  const auto differs = [&](const std::string& what, const std::string& left, const std::string& right) {
    constexpr std::size_t longest = 60;
    found += (found.empty() ? "" : "; ") + what;
    const auto text = [](const std::string& value) { return value.empty() ? "nothing" : value; };
    if (left.size() <= longest && right.size() <= longest)
      found += fmt::format(": {} and {}", text(left), text(right));
  };
  if (a.dataset != b.dataset) differs("dataset", a.dataset, b.dataset);
  if (a.preset != b.preset) differs("preset", a.preset, b.preset);
  if (a.seed != b.seed) differs("seed", std::to_string(a.seed), std::to_string(b.seed));
  for (const auto& [key, left, right] : differences(a.configuration, b.configuration))
    differs(key, left, right);
  if (declarations_text(a.declared) != declarations_text(b.declared))
    differs("the declared parameters", declarations_text(a.declared), declarations_text(b.declared));
  if (a.kx != b.kx || a.ky != b.ky) found += std::string(found.empty() ? "" : "; ") + "the momentum axes";
  if (!found.empty())
    throw DataError(fmt::format("{} and {} were made with different configurations: {}", one.file.string(),
                                other.file.string(), found));
}

/// How many runs the whole data set has, if the configuration says so.
std::optional<std::uint64_t> data_set_size(const StoreDescription& d, const fs::path& file) {
  const auto root = Config::from_text(d.configuration, file.string() + ": configuration");
  if (!root.is_mapping("dataset")) return {};
  const auto dataset = root.section("dataset");
  // How many runs averages need beside the plain ones is not said there.
  if (!dataset.has("runs") || dataset.has("focal")) return {};
  if (dataset.is_list("runs")) return dataset.sections("runs").size();
  const auto further = dataset.has("also") ? dataset.sections("also").size() : 0;
  return further +
         static_cast<std::uint64_t>(dataset.integer("runs", 1, std::numeric_limits<std::int64_t>::max()));
}

/// "5, 8, 9, …"
class ShortList {
 public:
  void add(const std::string& text) {
    constexpr int most = 12;
    if (count_++ < most) text_ += (text_.empty() ? "" : ", ") + text;
    if (count_ == most + 1) text_ += ", …";
  }
  const std::string& text() const { return text_; }

 private:
  int count_ = 0;
  std::string text_;
};

/// The value that all share, or all there are.
std::string joined(const std::vector<Input>& inputs, std::string StoreDescription::*member) {
  std::set<std::string> values;
  ShortList list;
  for (const auto& input : inputs)
    if (values.insert(input.description.*member).second) list.add(input.description.*member);
  return list.text();
}

class Merger {
 public:
  Merger(const std::vector<fs::path>& files, bool incomplete) {
    if (files.empty()) throw DataError("nothing to merge");
    for (const auto& file : files)
      look_at(file);
    merged_ = without_rows(inputs_.front().description);
    merged_.arrays = arrays();
    map_rows();
    plan_rows();
    check_complete(incomplete);
    describe();
  }

  const StoreDescription& description() const { return merged_; }

  MergeReport copy_to(Store& store, const RowMonitor& monitor) {
    std::size_t looked_at = 0, all = 0;
    for (const auto& input : inputs_)
      all += input.records.size();
    std::vector<bool> done(targets_.size(), false);
    for (std::size_t k = 0; k < inputs_.size(); ++k) {
      const Input& input = inputs_[k];
      const auto source = Store::open(input.file, Store::Mode::read);
      if (source.description_checksum() != input.description_checksum)
        throw DataError(input.file.string() + ": was replaced while it was read");
      for (std::size_t row = 0; row < input.records.size(); ++row) {
        if (monitor && !monitor(looked_at++, all)) throw Interrupted("interrupted; no store was made");
        const std::size_t to = input.target[row];
        const auto& commit = input.records[row].commit;
        const bool chosen = commit.state == RunState::done ? !done[to] : targets_[to].failed_in == k;
        if (!chosen && commit.intact) continue;
        const auto copied = copy_row(source, row, store, to);
        if (copied.state == RunState::done) done[to] = true;
        if (copied.state == RunState::done) ++report_.done;
        if (copied.state == RunState::failed) ++report_.failed;
        if (!copied.wrong.empty())
          report_.damaged.push_back(fmt::format("{}: {}", source.name_of(row), copied.wrong));
      }
    }
    finish(store);
    return report_;
  }

 private:
  void look_at(const fs::path& file) {
    for (const auto& other : inputs_) {
      std::error_code status;
      if (fs::equivalent(file, other.file, status)) throw DataError(file.string() + ": is given twice");
    }
    const auto store = Store::open(file, Store::Mode::read);
    inputs_.push_back({file, store.description_checksum(), store.description(), store.records(), {}});
    if (has_compact_distributions(store.kind(), store.description()))
      throw DataError(file.string() + ": is compact; merge the stores that compact ones were made from");
    if (store.description().derivation)
      throw DataError(file.string() + ": was derived from other stores; merge those, and derive it again");
    try {
      require_same_configuration(inputs_.front(), inputs_.back());
    } catch (const ConfigError& e) {  // no command line is wrong here
      throw DataError(e.what());
    }
    history_.add(store);
  }

  /// Numbers and parameters of the output, and where each input's rows go.
  void map_rows() {
    for (const auto& input : inputs_)
      merged_.numbers.insert(merged_.numbers.end(), input.description.numbers.begin(),
                             input.description.numbers.end());
    auto& numbers = merged_.numbers;
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    merged_.runs.resize(numbers.size());
    std::vector<std::size_t> from(numbers.size(), none);
    for (std::size_t k = 0; k < inputs_.size(); ++k) {
      Input& input = inputs_[k];
      for (std::size_t row = 0; row < input.records.size(); ++row) {
        const auto at = std::lower_bound(numbers.begin(), numbers.end(), input.description.numbers[row]) -
                        numbers.begin();
        const auto to = static_cast<std::size_t>(at);
        input.target.push_back(to);
        if (from[to] == none) {
          from[to] = k;
          merged_.runs[to] = input.description.runs[row];
          copy_marks(merged_, to, input.description, row);
        } else if (merged_.runs[to] != input.description.runs[row]) {
          throw DataError(fmt::format("run {} has other parameters in {} than in {}", numbers[to],
                                      inputs_[from[to]].file.string(), input.file.string()));
        } else if (!same_marks(merged_, to, input.description, row)) {
          // Checksums cover the marks, too.
          throw DataError(
              fmt::format("run {} is marked as measured, or its parameters as unknown, otherwise in "
                          "{} than in {}",
                          numbers[to], inputs_[from[to]].file.string(), input.file.string()));
        }
      }
    }
  }

  void plan_rows() {
    targets_.resize(merged_.runs.size());
    for (std::size_t k = 0; k < inputs_.size(); ++k)
      for (std::size_t row = 0; row < inputs_[k].records.size(); ++row) {
        const CommitRecord& record = inputs_[k].records[row].commit;
        Target& target = targets_[inputs_[k].target[row]];
        target.begun = std::max(target.begun, inputs_[k].records[row].begun);
        if (record.state == RunState::done) {
          if (target.done_in == none) {
            target.done_in = k;
            target.payload_checksum = record.payload_checksum;
          } else if (target.payload_checksum != record.payload_checksum) {
            throw DataError(
                fmt::format("run {} is done in {} and in {}, with different data; leave one of "
                            "them out",
                            merged_.numbers[inputs_[k].target[row]], inputs_[target.done_in].file.string(),
                            inputs_[k].file.string()));
          } else {
            ++report_.repeated;
          }
        } else if (record.state == RunState::failed &&
                   (target.failed_in == none || record.attempt > target.attempts)) {
          target.failed_in = k;
          target.attempts = record.attempt;
        }
      }
    for (auto& target : targets_)
      if (target.done_in != none) target.failed_in = none;
  }

  /// Those that any input has.
  std::vector<std::string> arrays() const {
    std::vector<std::string> found;
    for (const auto& name : row_array_names())
      if (std::ranges::any_of(inputs_, [&](const Input& input) {
            return std::ranges::find(input.description.arrays, name) != input.description.arrays.end();
          }))
        found.push_back(name);
    return found;
  }

  /// Shares of the data set that the inputs have, by the number of shares that it was divided into.
  std::map<int, std::set<int>> shares() const {
    std::map<int, std::set<int>> found;
    for (const auto& input : inputs_) {
      const auto part = parse_part(input.description.part).value_or(DataSetPart());
      found[part.count].insert(part.shares.begin(), part.shares.end());
    }
    return found;
  }

  void check_complete(bool incomplete) {
    const auto parts = shares();
    const auto size = data_set_size(inputs_.front().description, inputs_.front().file);
    const auto& numbers = merged_.numbers;
    if (size && numbers.back() >= *size)
      throw DataError(
          fmt::format("there is a run {}, but the data set has only {} runs", numbers.back(), *size));
    report_.complete =
        size ? numbers.size() == *size : std::any_of(parts.begin(), parts.end(), [](const auto& division) {
          return division.second.size() == static_cast<std::size_t>(division.first);
        });
    if (report_.complete) return;
    if (!incomplete)
      throw DataError(missing(parts, size) +
                      "; give the rest as well, or make a store of these runs only with --incomplete");
    if (parts.size() == 1 && parts.begin()->first > 1)
      merged_.part = to_string(DataSetPart{parts.begin()->second, parts.begin()->first});
  }

  std::string missing(const std::map<int, std::set<int>>& parts, std::optional<std::uint64_t> size) const {
    ShortList list;
    const auto& [count, present] = *parts.begin();
    if (parts.size() == 1 && present.size() < static_cast<std::size_t>(count)) {
      for (int share = 1; share <= count; ++share)
        if (!present.count(share)) list.add(fmt::format("{}/{}", share, count));
      return "these parts of the data set are missing: " + list.text();
    }
    if (!size) return "the parts are of different divisions of the data set and not all of any";
    std::uint64_t next = 0;
    const auto skip_to = [&](std::uint64_t number) {
      if (next < number)
        list.add(next + 1 == number ? fmt::format("{}", next) : fmt::format("{}-{}", next, number - 1));
      next = number + 1;
    };
    for (const auto number : merged_.numbers)
      skip_to(number);
    skip_to(*size);
    return "these runs of the data set are in none of the files: " + list.text();
  }

  void describe() {
    merged_.code_version = joined(inputs_, &StoreDescription::code_version);
    merged_.libraries = joined(inputs_, &StoreDescription::libraries);
    merged_.machine = joined(inputs_, &StoreDescription::machine);
    merged_.created = utc_now();
    merged_.history = history_.text();
  }

  void finish(Store& store) {
    report_.runs = targets_.size();
    report_.pending = report_.runs - report_.done - report_.failed;
    for (std::size_t to = 0; to < targets_.size(); ++to)
      if (targets_[to].begun > 0 && store.commit(to).state == RunState::pending)
        store.mark_begun(to, targets_[to].begun);
  }

  std::vector<Input> inputs_;
  std::vector<Target> targets_;
  StoreDescription merged_;
  History history_;
  MergeReport report_;
};

}  // namespace

MergeReport merge(const fs::path& output, const std::vector<fs::path>& inputs, bool incomplete,
                  const RowMonitor& monitor) {
  const StoreLock lock(output);
  if (fs::exists(fs::symlink_status(output))) throw FileError(output.string() + ": exists already");
  Merger merger(inputs, incomplete);
  MergeReport report;
  Store::create_filled(output, merger.description(),
                       [&](Store& store) { report = merger.copy_to(store, monitor); });
  return report;
}

}  // namespace bondscope
