#include "libml/data/samples.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/images/images_file.hpp"
#include "libpmd/store/counted_electrons.hpp"
#include "libpmd/store/rows.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope::ml {
namespace {

/// What samples are made from: a store, or an images file of one.
class Images {
 public:
  virtual ~Images() = default;
  virtual const char* kind() const = 0;
  virtual const StoreDescription& description() const = 0;
  /// Of each row. An images file has only what was done.
  virtual std::vector<CommitRecord> commits() const = 0;
  /// Diagnostics::yield of each row.
  virtual std::vector<double> yields() const = 0;

  /// The image of the row at that position of `rows`.
  using Take = std::function<void(std::size_t position, const KeptImage&)>;
  /// `take` is called once for each position, maybe by several threads at a time; `made` afterwards, in order
  /// and by one thread at a time.
  virtual void make(std::span<const std::size_t> rows, int threads, const Take& take,
                    const std::function<void(std::size_t position)>& made) const = 0;
};

class ImagesOfStore : public Images {
 public:
  ImagesOfStore(const std::filesystem::path& file, const ImageSettings& image)
      : store_(Store::open(file, Store::Mode::read)), image_(image) {}

  const char* kind() const override { return "store"; }
  const StoreDescription& description() const override { return store_.description(); }
  std::vector<CommitRecord> commits() const override { return store_.commits(); }
  std::vector<double> yields() const override {
    std::vector<double> all;
    for (const auto& record : store_.records())
      all.push_back(record.diagnostics.yield);
    return all;
  }

  void make(std::span<const std::size_t> rows, int threads, const Take& take,
            const std::function<void(std::size_t)>& made) const override {
    const auto& axes = description();
    work_on_runs(store_, rows, threads, [&](const LoadedRun& run) -> std::function<void()> {
      take(run.position, keep(make_image(run.pmd, axes.kx, axes.ky, image_), image_.values));
      return [&made, position = run.position] { made(position); };
    });
  }

 private:
  Store store_;
  ImageSettings image_;
};

class ImagesOfFile : public Images {
 public:
  ImagesOfFile(const std::filesystem::path& file, const ImageSettings& image)
      : file_(ImagesFile::open(file)), image_(image) {
    const auto& has = file_.description().representations;
    if (const auto* found = find_representation(has, image))
      representation_ = static_cast<std::size_t>(found - has.data());
    else if (image.view != View::dp_dkx || image.window != Window::crop)
      refuse(has);
  }

  const char* kind() const override { return "images file"; }
  const StoreDescription& description() const override { return file_.description().source; }

  std::vector<CommitRecord> commits() const override {
    std::vector<CommitRecord> records;
    for (std::size_t row = 0; row < file_.size(); ++row)
      records.push_back({.state = RunState::done, .payload_checksum = file_.source_checksum(row)});
    return records;
  }

  std::vector<double> yields() const override {
    std::vector<double> all;
    for (std::size_t row = 0; row < file_.size(); ++row)
      all.push_back(file_.diagnostics(row).yield);
    return all;
  }

  void make(std::span<const std::size_t> rows, int, const Take& take,
            const std::function<void(std::size_t)>& made) const override {
    const auto kx = file_.centres();
    for (std::size_t position = 0; position < rows.size(); ++position) {
      const auto row = rows[position];
      take(position, representation_
                         ? file_.image(*representation_, row)
                         : keep(make_image_1d(file_.distribution_1d(row), kx, image_), image_.values));
      made(position);
    }
  }

 private:
  [[noreturn]] void refuse(const std::vector<Representation>& has) const {
    std::string all;
    for (const auto& [name, image] : has)
      all += fmt::format("{}{} ({})", all.empty() ? "" : "; ", name, to_string(image));
    throw ConfigError(fmt::format(
        "{}: has images of {}, but the recipe asks for {}; expected a recipe whose section 'image' describes "
        "one of these, or a file made for this one by 'pmd_store images'",
        file_.path().string(), all, to_string(image_)));
  }

  ImagesFile file_;
  ImageSettings image_;
  std::optional<std::size_t> representation_;  ///< none: cropped dP/dkx, made of what every file has
};

std::unique_ptr<Images> open(const std::filesystem::path& file, const ImageSettings& image) {
  if (is_images_file(file)) return std::make_unique<ImagesOfFile>(file, image);
  return std::make_unique<ImagesOfStore>(file, image);
}

Sample sample_of(const StoreDescription& d, std::size_t run, double electrons, double yield,
                 std::uint64_t checksum) {
  return {.run = run,
          .number = d.numbers[run],
          .parameters = d.runs[run],
          .unknown = d.unknown_of(run),
          .measured = d.is_measured(run),
          .use = d.use_of(run),
          .extent = {},
          .electrons = electrons,
          .yield = yield,
          .checksum = checksum,
          .roots = d.derivation ? d.derivation->roots[run] : std::vector<std::uint64_t>{checksum}};
}

/// Throws DataError for a chosen row that there is not.
void check_choice(const SampleChoice& choice, const std::vector<CommitRecord>& commits,
                  const std::string& name) {
  for (const auto row : choice.rows)
    if (row >= commits.size() || commits[row].state != RunState::done)
      throw DataError(fmt::format("{}: row {} {}; expected rows that are done, below {}", name, row,
                                  row < commits.size() ? "is not done" : "does not exist", commits.size()));
}

SampleSet list(const Images& file, const std::string& name, const ImageSettings& image,
               const SampleChoice& choice) {
  const auto& description = file.description();
  SampleSet set;
  set.image = image;
  set.source = {.kind = file.kind(),
                .store = name,
                .dataset = description.dataset,
                .preset = description.preset,
                .code_version = description.code_version,
                .setting = read_setting(description.configuration, name),
                .configuration = description.configuration,
                .declared = description.declared,
                .runs = description.runs.size()};
  std::set<RunParameters> seen;
  const auto commits = file.commits();
  check_choice(choice, commits, name);
  const auto chosen = [&](std::size_t row) {
    return choice.rows.empty() || std::ranges::binary_search(choice.rows, row);
  };
  const auto repeats = [&](std::size_t row) {
    return !choice.repeats && description.unknown_of(row).empty() &&
           !seen.insert(description.runs[row]).second;
  };
  const auto electrons = electrons_of(description);
  const auto yields = file.yields();
  for (std::size_t run = 0; run < commits.size(); ++run) {
    if (commits[run].state == RunState::failed)
      ++set.source.failed;
    else if (commits[run].state == RunState::pending)
      ++set.source.pending;
    else if (!chosen(run))
      continue;
    else if (repeats(run))
      ++set.source.repeated;
    else
      set.samples.push_back(
          sample_of(description, run, electrons[run], yields[run], commits[run].payload_checksum));
  }
  if (set.samples.empty())
    throw DataError(fmt::format("{}: no run is done ({} runs, {} pending, {} failed): nothing to learn from",
                                name, set.source.runs, set.source.pending, set.source.failed));
  return set;
}

}  // namespace

void check_size(const ImageSettings& image, std::size_t samples) {
  check_image_settings(image);
  const auto bytes = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) *
                     (image.values == PixelValues::floats ? sizeof(float) : 1);
  if (samples > most_image_bytes / bytes)
    throw DataError(
        fmt::format("{} images of {} × {} pixels take more memory than the {} GiB allowed; expected "
                    "fewer runs or a smaller image.width and image.height",
                    samples, image.width, image.height, most_image_bytes >> 30));
}

void SampleSet::refuse_floats() const {
  throw ConfigError(
      fmt::format("{}: images of {}: this works with grey levels only; expected image.values=bytes",
                  source.store, to_string(image)));
}

void check_positions(const SampleSet& samples, std::span<const std::size_t> positions) {
  for (const auto i : positions)
    if (i >= samples.size())
      throw DataError(
          fmt::format("{}: there is no sample {} among its {}", samples.source.store, i, samples.size()));
}

void expect_known(const SampleSet& samples, std::span<const std::size_t> positions,
                  const Parameter& parameter) {
  for (const auto i : positions)
    if (const auto& sample = samples.samples[i];
        std::ranges::find(sample.unknown, parameter.name) != sample.unknown.end())
      throw DataError(fmt::format("{}: run {}: its {} is not known, and so can be neither learned nor tested",
                                  samples.source.store, sample.number, parameter.title));
}

SampleSet list_samples(const std::filesystem::path& file, const ImageSettings& image,
                       const SampleChoice& choice) {
  return list(*open(file, image), file.string(), image, choice);
}

SampleSet load_samples(const std::filesystem::path& file, const ImageSettings& image, int threads,
                       const LoadMonitor& monitor, const SampleChoice& choice) {
  const auto source = open(file, image);
  auto set = list(*source, file.string(), image, choice);
  check_size(image, set.size());
  const auto size = set.pixels_per_image();
  if (set.has_floats())
    set.floats.resize(set.size() * size);
  else
    set.pixels.resize(set.size() * size);
  std::vector<std::size_t> rows;
  for (const auto& sample : set.samples)
    rows.push_back(sample.run);
  source->make(
      rows, threads,
      [&](std::size_t position, const KeptImage& kept) {
        const auto first = static_cast<std::ptrdiff_t>(position * size);
        std::ranges::copy(kept.pixels, set.pixels.begin() + first);
        std::ranges::copy(kept.floats, set.floats.begin() + first);
        set.samples[position].extent = kept.extent;
      },
      [&](std::size_t position) {
        if (monitor) monitor(position + 1, set.size());
      });
  return set;
}

}  // namespace bondscope::ml
