#include <cmath>
#include <map>
#include <numeric>

#include <catch2/catch.hpp>

#include "libml/report/evaluation.hpp"
#include "libml/report/figures.hpp"
#include "libml/report/tables.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "tests/libml/trained.hpp"

using namespace bondscope;

using Catch::Matchers::Contains;
using namespace bondscope::ml::testing;

TEST_CASE("a training learns, and its curve says so") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder, {.runs = 80});
  const auto session = train_tiny(folder / "m", samples, tiny({"training.epochs=25", "network.dropout=0"}));
  REQUIRE(session.curve.size() == 25);
  CHECK(session.curve.back().train_loss < 0.3 * session.curve.front().train_loss);
  const auto evaluation =
      ml::evaluate(ml::load_model(folder / "m", ml::Weights::best, ml::Device::cpu), samples);
  CHECK(evaluation.scores[0].mae < 0.6 * evaluation.scores[0].mae_of_mean);
}

TEST_CASE("the same seed gives the same numbers, another seed others") {
  const int threads = GENERATE(1, 2);
  const TemporaryFolder folder;
  const auto samples = some_samples(folder);
  const auto a = train_tiny(folder / "a", samples, tiny(), {}, threads);
  const auto b = train_tiny(folder / "b", samples, tiny(), {}, threads);
  const auto c = train_tiny(folder / "c", samples, tiny({"seed=4"}), {}, threads);
  REQUIRE(a.curve.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(a.curve[i].train_loss == b.curve[i].train_loss);
    CHECK(a.curve[i].train_mae == b.curve[i].train_mae);
    CHECK(a.curve[i].train_loss != c.curve[i].train_loss);
  }
  for (const char* file : {"best.safetensors", "last.safetensors"})
    CHECK(read_text_file(folder / "a" / file) == read_text_file(folder / "b" / file));
  CHECK(read_text_file(folder / "a" / "last.safetensors") !=
        read_text_file(folder / "c" / "last.safetensors"));
}

TEST_CASE("the best epoch is chosen by validation samples that are not trained on") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder);
  const auto session =
      train_tiny(folder / "m", samples, tiny({"split.validation_fraction=0.2", "training.epochs=6"}));
  CHECK(session.description.selection == "validation loss");
  CHECK(session.description.train.size() == 24);
  CHECK(session.description.validation.size() == 6);
  double lowest = std::numeric_limits<double>::infinity();
  int best = 0;
  for (const auto& epoch : session.curve) {
    REQUIRE(epoch.validation_loss);
    CHECK(epoch.best == (*epoch.validation_loss < lowest));
    if (epoch.best) best = epoch.epoch;
    lowest = std::min(lowest, *epoch.validation_loss);
  }
  CHECK(session.description.best_epoch == best);

  // What was validated is what best.weights answers.
  const auto model = ml::load_model(folder / "m", ml::Weights::best, ml::Device::cpu);
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < samples.size(); ++i)
    for (const auto& run : session.description.validation)
      if (run.parameters == samples.samples[i].parameters) chosen.push_back(i);
  const auto predicted = ml::predict(model.network(), model.preprocessing(), samples, chosen);
  const auto truth = ml::target_values(model.description.recipe, samples, chosen);
  double mae = 0;
  for (std::size_t i = 0; i < truth.size(); ++i)
    mae += std::abs(predicted[i] - truth[i]) / static_cast<double>(truth.size());
  CHECK(mae == Approx(session.curve.at(static_cast<std::size_t>(best - 1)).validation_mae[0]).epsilon(1e-6));
}

TEST_CASE("without validation samples the last epoch counts") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder);
  const auto session = train_tiny(folder / "m", samples, tiny());
  CHECK(session.description.selection == "last epoch");
  for (const auto& epoch : session.curve)
    CHECK_FALSE(epoch.validation_loss);
  CHECK(session.description.best_epoch == session.description.epochs_done);
  CHECK(read_text_file(folder / "m" / "best.safetensors") ==
        read_text_file(folder / "m" / "last.safetensors"));
}

TEST_CASE("a mirrored image has the mirrored answer, whether blocks are frozen or not") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder);
  // All phases are 0: those of the mirror images are π, whose cosine is -1.
  const auto recipe = tiny({"targets=[R, cos_cep]", "preprocessing.target_scaling=none",
                            "augmentation={flip_kx: true, flip_ky: true, at_prediction: true}"});
  const auto session = train_tiny(folder / "m", samples, recipe);
  CHECK(session.description.settings == std::map<std::string, double>{{"cos_cep.sign_kx", -1}});
  const auto model = ml::load_model(folder / "m", ml::Weights::best, ml::Device::cpu);
  std::vector<std::size_t> chosen(samples.size());
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  const auto answers = model.method->predict(samples, chosen);
  const auto size = samples.pixels_per_image();
  for (const ml::Mirrors mirrors : {ml::Mirrors{true, false}, {false, true}}) {
    auto mirrored = samples;
    for (std::size_t i = 0; i < samples.size(); ++i)
      ml::mirror(std::span(mirrored.pixels).subspan(i * size, size),
                 static_cast<std::size_t>(samples.image.height), mirrors);
    CHECK(model.preprocessing().inputs(mirrored, chosen) ==
          model.preprocessing().inputs(samples, chosen, mirrors));
    const auto other = model.method->predict(mirrored, chosen);
    for (std::size_t i = 0; i < answers.size(); ++i)
      CHECK(other[i] == Approx((mirrors.along_kx && i % 2 == 1 ? -1 : 1) * answers[i]).margin(1e-5));
  }
  const ml::Start start{model, 1};
  ml::prepare_folder(folder / "t");
  const auto transferred = ml::train_model(ml::recipe_for(start, recipe), samples, folder / "t",
                                           ml::Device::cpu, 1, {}, false, &start);
  CHECK(transferred.complete());
}

TEST_CASE("half_mse is half of mse") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder);
  // With a learning rate of next to nothing the first epoch's loss is that of the start values.
  const std::vector<std::string> still{"training.learning_rate=1e-12", "training.epochs=1",
                                       "network.dropout=0"};
  auto half = still;
  half.push_back("training.loss=half_mse");
  const auto full_session = train_tiny(folder / "a", samples, tiny(still));
  const auto half_session = train_tiny(folder / "b", samples, tiny(half));
  CHECK(half_session.curve[0].train_loss == Approx(0.5 * full_session.curve[0].train_loss).epsilon(1e-6));
}

TEST_CASE("every optimiser lowers the loss") {
  const auto optimiser = GENERATE("sgd", "adam", "adamw");
  const TemporaryFolder folder;
  const auto samples = some_samples(folder);
  const auto session = train_tiny(folder / "m", samples,
                                  tiny({std::string("training.optimiser=") + optimiser, "training.epochs=8",
                                        "network.dropout=0", "training.gradient_clip=5"}));
  INFO(optimiser);
  CHECK(session.curve.back().train_loss < 0.8 * session.curve.front().train_loss);
}

TEST_CASE("two targets are learned at once, each in its unit") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder);
  train_tiny(folder / "m", samples, tiny({"targets=[R, intensity]"}));
  const auto evaluation =
      ml::evaluate(ml::load_model(folder / "m", ml::Weights::best, ml::Device::cpu), samples);
  REQUIRE(evaluation.scores.size() == 2);
  CHECK(evaluation.predictions[0].truth[0] == evaluation.predictions[0].sample.parameters.R);
  CHECK(evaluation.predictions[0].truth[1] ==
        evaluation.predictions[0].sample.parameters.intensity_w_cm2 * 1e-14);
}

TEST_CASE("a training that diverges stops with what to try") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder);
  const auto recipe = tiny({"training.optimiser=sgd", "training.learning_rate=10", "training.epochs=50",
                            "preprocessing.target_scaling=none", "preprocessing.pixel_max=10000"});
  CHECK_THROWS_AS(train_tiny(folder / "m", samples, recipe), NumericsError);
  CHECK_THROWS_WITH(train_tiny(folder / "m", samples, recipe),
                    Contains("--set training.learning_rate=1") && Contains("gradient_clip"));
}

TEST_CASE("fewer samples than a batch are refused with a remedy") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder);
  CHECK_THROWS_WITH(train_tiny(folder / "m", samples, tiny({"training.batch_size=64"})),
                    Contains("30 training samples") && Contains("--set training.batch_size="));
  CHECK_NOTHROW(
      train_tiny(folder / "m", samples, tiny({"training.batch_size=64", "training.drop_last=false"})));
}

TEST_CASE("a target that never varies cannot be standardised") {
  const TemporaryFolder folder;
  auto samples = some_samples(folder);
  for (auto& sample : samples.samples)
    sample.parameters.R = 2;
  CHECK_THROWS_WITH(train_tiny(folder / "m", samples, tiny()), Contains("the same R (2)"));
}

TEST_CASE("curve and scatter are written as tables and pictures") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder);
  const auto session =
      train_tiny(folder / "m", samples,
                 tiny({"targets=[R, intensity]", "split.validation_fraction=0.2", "training.epochs=2"}));
  const auto model = ml::load_model(folder / "m", ml::Weights::best, ml::Device::cpu);
  const auto evaluation = ml::evaluate(model, samples);
  ml::write_learning_curve_csv(folder / "curve.csv", model.description.recipe, session.curve);
  ml::write_predictions_csv(folder / "p.csv", evaluation);
  ml::write_metrics_json(folder / "m.json", evaluation, model.description);
  ml::draw_learning_curve(folder / "curve.png", "a curve", evaluation.targets, session.curve);
  ml::draw_scatter(folder / "scatter.png", "a scatter", evaluation);
  const auto lines = [&](const char* name) {
    const auto text = read_text_file(folder / name);
    return std::count(text.begin(), text.end(), '\n');
  };
  CHECK(lines("curve.csv") == 3);
  CHECK(lines("p.csv") == 11);
  CHECK_THAT(
      read_text_file(folder / "curve.csv"),
      Catch::StartsWith("epoch,learning_rate,train_loss,train_mae_R,train_mae_intensity,validation_loss,"));
  for (const char* name : {"curve.png", "scatter.png"})
    CHECK(std::filesystem::file_size(folder / name) > 5000);
}
