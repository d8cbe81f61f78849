#include "libml/train/checkpoint.hpp"

#include <fmt/format.h>

#include "libml/train/identity.hpp"
#include "libml/train/process.hpp"
#include "libpmd/base/files/array_file.hpp"
#include "libpmd/base/process/build_info.hpp"

namespace bondscope::ml {
namespace {

/// Of the whole file, for the array file's own check; what training it is of stands in a section, so that an
/// error can say what differs. The number counts versions of the sections.
constexpr const char* kind = "pmd_train checkpoint 2";

std::string program() {
  return code_version() + ", LibTorch " + libtorch_version();
}

/// The sections of an array and of its shape.
std::string values_section(const std::string& prefix, const std::string& name) {
  return prefix + "/" + name;
}
std::string shape_section(const std::string& prefix, const std::string& name) {
  return prefix + " shape/" + name;
}

void add(ArrayWriter& writer, const std::string& prefix, const std::vector<NamedArray>& arrays) {
  for (const auto& array : arrays) {
    writer.array(values_section(prefix, array.name), array.values);
    writer.array(shape_section(prefix, array.name), array.shape);
  }
}

std::vector<NamedArray> arrays(const ArrayReader& reader, const std::string& prefix) {
  std::vector<NamedArray> found;
  const auto start = values_section(prefix, "");
  for (const auto& section : reader.names()) {
    if (!section.starts_with(start)) continue;
    const auto name = section.substr(start.size());
    found.push_back(
        {name, reader.values<std::int64_t>(shape_section(prefix, name)), reader.values<float>(section)});
  }
  return found;
}

/// The learning curve as one array per column.
struct Columns {
  std::vector<double> learning_rate, train_loss, train_mae, validation_loss, validation_mae, seconds;
  std::vector<std::uint8_t> best;

  Columns() = default;
  explicit Columns(const std::vector<Epoch>& curve) {
    for (const auto& epoch : curve) {
      learning_rate.push_back(epoch.learning_rate);
      train_loss.push_back(epoch.train_loss);
      train_mae.insert(train_mae.end(), epoch.train_mae.begin(), epoch.train_mae.end());
      if (epoch.validation_loss) validation_loss.push_back(*epoch.validation_loss);
      validation_mae.insert(validation_mae.end(), epoch.validation_mae.begin(), epoch.validation_mae.end());
      seconds.push_back(epoch.seconds);
      best.push_back(epoch.best ? 1 : 0);
    }
  }

  std::vector<Epoch> curve() const {
    const std::size_t n = train_loss.size();
    const auto expect = [](bool holds) {
      if (!holds) throw DataError("the columns of its learning curve do not fit each other");
    };
    expect(learning_rate.size() == n && seconds.size() == n && best.size() == n);
    expect(validation_loss.empty() || validation_loss.size() == n);
    expect(n == 0 ? train_mae.empty() && validation_mae.empty()
                  : train_mae.size() % n == 0 && validation_mae.size() % n == 0);
    const auto row = [n](const std::vector<double>& all, std::size_t i) {
      const auto width = static_cast<std::ptrdiff_t>(all.size() / n);
      const auto first = all.begin() + static_cast<std::ptrdiff_t>(i) * width;
      return std::vector<double>(first, first + width);
    };
    std::vector<Epoch> curve;
    for (std::size_t i = 0; i < n; ++i)
      curve.push_back(
          {.epoch = static_cast<int>(i + 1),
           .learning_rate = learning_rate[i],
           .train_loss = train_loss[i],
           .train_mae = row(train_mae, i),
           .validation_loss = validation_loss.empty() ? std::nullopt : std::optional(validation_loss[i]),
           .validation_mae = row(validation_mae, i),
           .best = best[i] != 0,
           .seconds = seconds[i]});
    return curve;
  }

  /// Calls visit(name, column) for each.
  template <class Self, class Visit>
  static void each(Self& self, const Visit& visit) {
    visit("curve.learning_rate", self.learning_rate);
    visit("curve.train_loss", self.train_loss);
    visit("curve.train_mae", self.train_mae);
    visit("curve.validation_loss", self.validation_loss);
    visit("curve.validation_mae", self.validation_mae);
    visit("curve.seconds", self.seconds);
    visit("curve.best", self.best);
  }
};

TrainingState read_state(const ArrayReader& reader) {
  TrainingState state;
  Columns columns;
  Columns::each(columns,
                [&]<class T>(const char* name, std::vector<T>& column) { column = reader.values<T>(name); });
  state.curve = columns.curve();
  state.batches_done = reader.scalar<std::uint64_t>("epoch.batches_done");
  state.seconds = reader.scalar<double>("epoch.seconds");
  state.sums.loss = reader.scalar<double>("epoch.loss");
  state.sums.samples = reader.scalar<std::uint64_t>("epoch.samples");
  state.sums.absolute_errors = reader.values<double>("epoch.absolute_errors");
  state.dropout = reader.values<std::uint8_t>("epoch.dropout");
  state.optimiser.steps = reader.scalar<std::int64_t>("optimiser.steps");
  state.optimiser.arrays = arrays(reader, "optimiser");
  state.network = arrays(reader, "network");
  state.best = arrays(reader, "best");
  return state;
}

}  // namespace

std::filesystem::path checkpoint_file(const std::filesystem::path& folder) {
  return folder / "training.checkpoint";
}

std::string training_conditions(const std::string& device, int threads) {
  return device + ", " + std::to_string(threads) + (threads == 1 ? " thread" : " threads");
}

DataError unusable(const std::filesystem::path& file, const DataError& error) {
  const std::string reason = error.what();
  return DataError((reason.starts_with(file.string()) ? reason : file.string() + ": " + reason) +
                   "; the training cannot go on from it, remove it to begin anew");
}

void write_checkpoint(const std::filesystem::path& file, const std::string& identity,
                      const Checkpoint& checkpoint) {
  const auto& state = checkpoint.state;
  const Columns columns(state.curve);
  const auto written_by = program();
  ArrayWriter writer;
  writer.array("training", identity);
  writer.array("program", written_by);
  writer.array("conditions", checkpoint.conditions);
  Columns::each(columns, [&](const char* name, const auto& column) { writer.array(name, column); });
  writer.scalar("epoch.batches_done", state.batches_done);
  writer.scalar("epoch.seconds", state.seconds);
  writer.scalar("epoch.loss", state.sums.loss);
  writer.scalar("epoch.samples", state.sums.samples);
  writer.array("epoch.absolute_errors", state.sums.absolute_errors);
  writer.array("epoch.dropout", state.dropout);
  writer.scalar("optimiser.steps", state.optimiser.steps);
  add(writer, "optimiser", state.optimiser.arrays);
  add(writer, "network", state.network);
  add(writer, "best", state.best);
  writer.write(file, kind);
}

std::optional<Checkpoint> read_checkpoint(const std::filesystem::path& file, const std::string& identity) {
  const auto refuse_foreign = [&](const std::string& why) {
    throw ForeignCheckpoint(fmt::format(
        "{}: the state of another training: {}; give another --output, or --overwrite to begin anew",
        file.string(), why));
  };
  try {
    const auto reader = ArrayReader::open(file, kind);
    if (!reader) return std::nullopt;
    auto differences = compare_identities(reader->text("training"), identity);
    if (const auto there = reader->text("program"); there != program())
      differences.push_back({"program", there, program()});
    if (!differences.empty()) refuse_foreign(describe(differences));
    return Checkpoint{read_state(*reader), reader->text("conditions")};
  } catch (const ForeignCheckpoint&) {
    throw;
  } catch (const ForeignFile&) {
    refuse_foreign("not written by this version of pmd_train");
    throw;
  } catch (const DataError& e) {
    throw unusable(file, e);
  }
}

void remove_checkpoint(const std::filesystem::path& file) {
  remove_array_file(file);
}

}  // namespace bondscope::ml
