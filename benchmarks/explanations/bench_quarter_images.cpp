// The paper's dictionary with another reading of "first quadrant": the upper right quarter of each image of
// the plane, with the plane's crop and maximum, in place of a crop of the quadrant itself. A classifier
// learns from these, and its dictionary is made of images and tested on others.
//
//   bench_quarter_images STORE FOLDER RUNS unused|test THRESHOLD…
//
// RUNS: to learn from. unused: images are those of the training part beyond RUNS, so that no test is touched.

#include <algorithm>
#include <iostream>

#include <fmt/format.h>

#include "libml/explain/dictionary_maker.hpp"
#include "libml/explain/tables.hpp"
#include "libml/report/evaluation.hpp"
#include "libml/train/process.hpp"
#include "libml/train/session.hpp"
#include "libpmd/base/error.hpp"

using namespace bondscope;

namespace {

constexpr int choices = 10;

/// Of images of the plane [kx][ky] the quarter of larger kx and ky.
ml::SampleSet quarters(const ml::SampleSet& plane, const ImageSettings& image) {
  ml::SampleSet set{
      .image = image, .source = plane.source, .samples = plane.samples, .pixels = {}, .floats = {}};
  const auto width = static_cast<std::size_t>(plane.image.width),
             height = static_cast<std::size_t>(plane.image.height);
  for (std::size_t i = 0; i < plane.size(); ++i) {
    const auto pixels = plane.image_of(i);
    for (std::size_t x = width / 2; x < width; ++x)
      for (std::size_t y = height / 2; y < height; ++y)
        set.pixels.push_back(pixels[x * height + y]);
  }
  return set;
}

ml::Model classifier(const ml::Recipe& recipe, const ml::SampleSet& samples,
                     const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder / "model.json")) {
    ml::prepare_folder(folder);
    ml::finish(ml::train_model(recipe, samples, folder, ml::Device::cpu, 1, {}), folder);
  }
  return ml::load_model(folder, ml::Weights::best, ml::Device::cpu);
}

int measure(const std::vector<std::string>& words) {
  ml::prepare_process(1);
  const auto recipe = ml::Recipe::load("classifier", {"split.train_runs=" + words[2]});
  const auto samples = quarters(ml::load_samples(words[0], ImageSettings{}, 1), recipe.image);
  const auto model = classifier(recipe, samples, words[1]);
  const auto asked = words[3] == "unused" ? ml::unused_samples(model.description, samples)
                                          : ml::test_samples(model.description, samples);
  ml::DictionaryMaker maker(model, samples, asked, ml::paper_bands,
                            {.method = ml::ExplanationMethod::occlusion});
  ml::DictionarySettings settings;
  std::tie(settings.patch_kx, settings.patch_ky) = maker.patch();
  maker.explain(settings, choices);
  std::cout << fmt::format("{} images of {} runs; the classifier is right for {:.3f}\n",
                           maker.images().size(), words[3], maker.accuracy_of_model());
  for (std::size_t i = 4; i < words.size(); ++i) {
    settings.threshold = std::stod(words[i]);
    std::vector<ml::Dictionary> made;
    for (int choice = 0; choice < choices; ++choice)
      made.push_back(maker.make(settings, static_cast<std::uint64_t>(choice)));
    std::cout << fmt::format("threshold {} of the maximum\n", words[i])
              << ml::dictionary_summary(made, maker.images().pixels_per_image()) << std::flush;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    std::cerr << "usage: bench_quarter_images STORE FOLDER RUNS unused|test THRESHOLD…\n";
    return 2;
  }
  try {
    return measure({argv + 1, argv + argc});
  } catch (const Error& error) {
    std::cerr << "bench_quarter_images: " << error.what() << "\n";
    return 1;
  }
}
