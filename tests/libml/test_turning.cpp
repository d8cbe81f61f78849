// Images turned while a network learns from them.

// clang-format off: LibTorch includes glog, whose CHECK must be undefined before Catch2 defines its own.
#include <torch/torch.h>
#undef CHECK
// clang-format on
#include <cmath>
#include <numbers>

#include <catch2/catch.hpp>

#include "libml/train/turning.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "tests/libml/trained.hpp"

using namespace bondscope;
using namespace bondscope::ml::testing;

TEST_CASE("an image is turned about k = 0 in the momentum plane, whatever its extent and pixels are") {
  // Twice as long as wide, k = 0 off its middle; smooth enough for bilinear interpolation.
  const Extent extent{.kx_min = -2, .kx_max = 3, .ky_min = -1.5, .ky_max = 1};
  const int width = 400, height = 100;
  const auto value = [](double kx, double ky) {
    return std::exp(-8 * (kx - 0.6) * (kx - 0.6) - 6 * (ky + 0.2) * (ky + 0.2)) + 0.1 * kx;
  };
  const auto kx = cell_centres(extent.kx_min, extent.kx_max, width);
  const auto ky = cell_centres(extent.ky_min, extent.ky_max, height);
  auto image = torch::empty({2, 1, width, height});
  auto pixels = image.accessor<float, 4>();
  for (int i = 0; i < width; ++i)
    for (int j = 0; j < height; ++j)
      pixels[0][0][i][j] = pixels[1][0][i][j] =
          static_cast<float>(value(kx[static_cast<std::size_t>(i)], ky[static_cast<std::size_t>(j)]));
  const double degrees = 20, c = std::cos(degrees * std::numbers::pi / 180),
               s = std::sin(degrees * std::numbers::pi / 180);
  const auto made = ml::turned(image, std::vector{extent, extent}, std::vector{degrees, 0.0});
  const auto result = made.accessor<float, 4>();
  double worst = 0;
  for (int i = 120; i < 260; ++i)  // what came from inside the image
    for (int j = 30; j < 80; ++j) {
      const double x = kx[static_cast<std::size_t>(i)], y = ky[static_cast<std::size_t>(j)];
      worst = std::max(worst, std::abs(result[0][0][i][j] - value(c * x + s * y, c * y - s * x)));
    }
  CHECK(worst < 2e-3);
  CHECK((made[1] - image[1]).abs().max().item<float>() < 1e-4F);
}

TEST_CASE("angles of augmentation depend on seed and turn, and have the deviation that is asked for") {
  const auto angles = ml::random_angles(4000, 5, 1, 3);
  CHECK(angles == ml::random_angles(4000, 5, 1, 3));
  CHECK(angles != ml::random_angles(4000, 5, 1, 4));
  CHECK(angles != ml::random_angles(4000, 5, 2, 3));
  double squares = 0;
  for (const double angle : angles)
    squares += angle * angle;
  CHECK(std::sqrt(squares / 4000) == Approx(5).margin(0.25));
}

TEST_CASE("a network that is shown turned images learns something else, the same each time, frozen or not") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder);
  const auto weights = [&](const char* name, const std::vector<std::string>& overrides) {
    train_tiny(folder / name, samples, tiny(overrides));
    return read_text_file(folder / name / "last.safetensors");
  };
  const auto turned = weights("turned", {"augmentation.rotation_deg=10"});
  CHECK(turned == weights("again", {"augmentation.rotation_deg=10"}));
  CHECK(turned != weights("still", {}));
  const auto model = ml::load_model(folder / "turned", ml::Weights::best, ml::Device::cpu);
  const ml::Start start{model, 1};
  auto halves = model;
  halves.description.recipe.image.view = View::upper_half;
  CHECK_THROWS_WITH(ml::recipe_for({halves, 1}, tiny({"augmentation.rotation_deg=5"})),
                    Catch::Contains("augmentation.rotation_deg"));
  const auto transferred = [&](const char* name, const char* rotation) {
    ml::prepare_folder(folder / name);
    const auto recipe = ml::recipe_for(start, tiny({rotation}));
    const auto session =
        ml::train_model(recipe, samples, folder / name, ml::Device::cpu, 1, {}, false, &start);
    ml::finish(session, folder / name);
    return read_text_file(folder / name / "last.safetensors");
  };
  CHECK(transferred("frozen", "augmentation.rotation_deg=10") !=
        transferred("frozen still", "augmentation.rotation_deg=0"));
}
