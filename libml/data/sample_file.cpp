#include "libml/data/sample_file.hpp"

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/images/images_file.hpp"
#include "libpmd/store/parallel_runs.hpp"

namespace bondscope::ml {
namespace {

class StoreSource : public SampleFile {
 public:
  StoreSource(const std::filesystem::path& file, const ImageSettings& image)
      : store_(Store::open(file, Store::Mode::read)), image_(image) {}

  const char* kind() const override { return "store"; }
  const StoreDescription& description() const override { return store_.description(); }
  std::vector<CommitRecord> commits() const override { return store_.commits(); }

  void make_images(std::span<const std::size_t> rows, int threads, const Take& take,
                   const std::function<void(std::size_t)>& made) const override {
    const auto& axes = description();
    work_on_runs(store_, rows, threads, [&](const LoadedRun& run) -> std::function<void()> {
      const auto image = make_image(run.pmd, axes.kx, axes.ky, image_);
      take(run.position, grey_levels(image), image.extent);
      return [&made, position = run.position] { made(position); };
    });
  }

 private:
  Store store_;
  ImageSettings image_;
};

class ImagesSource : public SampleFile {
 public:
  ImagesSource(const std::filesystem::path& file, const ImageSettings& image)
      : file_(ImagesFile::open(file)), image_(image) {
    const auto& has = file_.description().image;
    if (has != image && image.view != View::dp_dkx)
      throw ConfigError(fmt::format(
          "{}: has images of {}, but the recipe asks for {}; expected a recipe with image.width={}, "
          "image.height={}, image.floor={} and image.view={}, or a file made for this one by "
          "'pmd_store images'",
          file.string(), to_string(has), to_string(image), has.width, has.height, format_number(has.floor),
          to_string(has.view)));
  }

  const char* kind() const override { return "images file"; }
  const StoreDescription& description() const override { return file_.description().source; }

  std::vector<CommitRecord> commits() const override {
    std::vector<CommitRecord> records;
    for (std::size_t row = 0; row < file_.size(); ++row)
      records.push_back({.state = RunState::done, .payload_checksum = file_.source_checksum(row)});
    return records;
  }

  void make_images(std::span<const std::size_t> rows, int, const Take& take,
                   const std::function<void(std::size_t)>& made) const override {
    const auto kx = file_.centres();
    for (std::size_t position = 0; position < rows.size(); ++position) {
      const auto row = file_.row(rows[position]);
      if (image_.view == View::dp_dkx) {
        const auto image = make_image_1d(row.distribution_1d, kx, image_);
        take(position, grey_levels(image), image.extent);
      } else {
        take(position, row.pixels, row.extent);
      }
      made(position);
    }
  }

 private:
  ImagesFile file_;
  ImageSettings image_;
};

}  // namespace

std::unique_ptr<SampleFile> SampleFile::open(const std::filesystem::path& file, const ImageSettings& image) {
  if (is_images_file(file)) return std::make_unique<ImagesSource>(file, image);
  return std::make_unique<StoreSource>(file, image);
}

}  // namespace bondscope::ml
