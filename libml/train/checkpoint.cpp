#include "libml/train/checkpoint.hpp"

#include <algorithm>
#include <span>

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
  return build_identity() + ", LibTorch " + libtorch_version();
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
    writer.array(values_section(prefix, array.name), array.floats());
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
    check(found.back());
  }
  return found;
}

/// The learning curve as one array, with a row for each epoch: learning rate, training loss, seconds, whether
/// it was the best, training errors and, where it was validated, loss and errors of that.
void add_curve(ArrayWriter& writer, std::vector<double>& rows, const std::vector<Epoch>& curve) {
  for (const auto& epoch : curve) {
    rows.insert(rows.end(), {epoch.learning_rate, epoch.train_loss, epoch.seconds, epoch.best ? 1.0 : 0.0});
    rows.insert(rows.end(), epoch.train_mae.begin(), epoch.train_mae.end());
    if (epoch.validation_loss) rows.push_back(*epoch.validation_loss);
    rows.insert(rows.end(), epoch.validation_mae.begin(), epoch.validation_mae.end());
  }
  const Epoch first = curve.empty() ? Epoch{} : curve.front();
  writer.array("curve", rows);
  writer.scalar("curve.errors", std::uint64_t{first.train_mae.size()});
  writer.scalar("curve.validation_losses", std::uint64_t{first.validation_loss.has_value()});
  writer.scalar("curve.validation_errors", std::uint64_t{first.validation_mae.size()});
}

std::vector<Epoch> read_curve(const ArrayReader& reader) {
  const auto rows = reader.values<double>("curve");
  const auto errors = reader.scalar<std::uint64_t>("curve.errors"),
             losses = reader.scalar<std::uint64_t>("curve.validation_losses"),
             validation_errors = reader.scalar<std::uint64_t>("curve.validation_errors");
  constexpr std::size_t leading = 4;
  const auto width = leading + errors + losses + validation_errors;
  if (std::max({errors, losses, validation_errors}) > rows.size() || losses > 1 || rows.size() % width != 0)
    throw DataError("its learning curve is not one row for each epoch");
  std::vector<Epoch> curve;
  for (auto row = std::span(rows); !row.empty(); row = row.subspan(width)) {
    const auto numbers = [&](std::size_t first, std::size_t count) {
      return std::vector<double>(row.begin() + static_cast<std::ptrdiff_t>(first),
                                 row.begin() + static_cast<std::ptrdiff_t>(first + count));
    };
    curve.push_back({.epoch = static_cast<int>(curve.size() + 1),
                     .learning_rate = row[0],
                     .train_loss = row[1],
                     .train_mae = numbers(leading, errors),
                     .validation_loss = losses > 0 ? std::optional(row[leading + errors]) : std::nullopt,
                     .validation_mae = numbers(leading + errors + losses, validation_errors),
                     .best = row[3] != 0,
                     .seconds = row[2]});
  }
  return curve;
}

TrainingState read_state(const ArrayReader& reader) {
  TrainingState state;
  state.curve = read_curve(reader);
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
  std::vector<double> curve;
  const auto written_by = program();
  ArrayWriter writer;
  writer.array("training", identity);
  writer.array("program", written_by);
  writer.array("conditions", checkpoint.conditions);
  add_curve(writer, curve, state.curve);
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
