// Classes of R instead of R itself.

#include <cmath>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "libml/experiments/train_and_test.hpp"
#include "libml/report/evaluation.hpp"
#include "libml/report/tables.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "tests/libml/trained.hpp"

using namespace bondscope;

using Catch::Matchers::Contains;
using namespace bondscope::ml::testing;

namespace {

const std::vector<std::string> three_classes{"classes=[1, 3, 5, 8]", "training.loss=cross_entropy"};

std::vector<std::string> with(std::vector<std::string> all, const std::vector<std::string>& more) {
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace

TEST_CASE("every value belongs to the class whose lower edge it has not fallen below") {
  const std::vector<double> edges{1, 2, 4};
  CHECK(ml::class_of(1, edges) == 0);
  CHECK(ml::class_of(1.999, edges) == 0);
  CHECK(ml::class_of(2, edges) == 1);
  CHECK(ml::class_of(4, edges) == 1);
  CHECK_THROWS_AS(ml::class_of(0.99, edges), DataError);
  CHECK_THROWS_AS(ml::class_of(4.01, edges), DataError);
  CHECK_THROWS_AS(ml::class_of(std::nan(""), edges), DataError);
  CHECK(ml::class_names(edges) == std::vector<std::string>{"1-2", "2-4"});
}

TEST_CASE("accuracy and confusion") {
  const auto c =
      ml::classify(std::vector<double>{0, 1, 1, 2}, std::vector<double>{0, 1, 2, 2}, {"a", "b", "c"}, 2, 1);
  CHECK(c.accuracy == 0.75);
  CHECK(c.accuracy_of_commonest == 0.5);
  CHECK(c.confusion == std::vector<std::vector<std::size_t>>{{1, 0, 0}, {0, 1, 0}, {0, 1, 1}});
  CHECK(c.accuracy_95.low <= 0.75);
  CHECK(c.accuracy_95.high >= 0.75);
  CHECK_THROWS_AS(ml::classify(std::vector<double>{3}, std::vector<double>{0}, {"a", "b", "c"}, 0, 1),
                  DataError);
  CHECK_THROWS_AS(ml::classify({}, {}, {"a", "b"}, 0, 1), DataError);
}

TEST_CASE("a classifier learns classes, alone and as an ensemble") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder, {.runs = 80});
  const auto members = GENERATE("network.members=1", "network.members=2");
  const ml::TrainingJob job{folder / members, tiny(with(three_classes, {"training.epochs=25", members}))};
  CHECK(job.recipe.network.outputs == 3);
  ml::prepare_folder(job.folder);
  ml::prepare_process(1);
  ml::train_and_test(job, samples, {ml::Device::cpu, 1}, {});
  const auto model = ml::load_model(job.folder, ml::Weights::best, ml::Device::cpu);
  const auto e = ml::evaluate(model, samples);
  REQUIRE(e.classification);
  CHECK(e.scores.empty());
  CHECK(e.classification->accuracy > e.classification->accuracy_of_commonest + 0.1);
  std::size_t right = 0;
  for (const auto& p : e.predictions) {
    right += p.truth == p.predicted;
    CHECK(p.truth.front() == static_cast<double>(ml::class_of(p.sample.parameters.R, job.recipe.classes)));
  }
  CHECK(e.classification->accuracy == static_cast<double>(right) / static_cast<double>(e.predictions.size()));
  const auto found = ml::find_result(job, samples);
  REQUIRE(found);
  CHECK(found->metrics.front().name == "accuracy");
  CHECK(found->metrics.front().value == e.classification->accuracy);
  CHECK_THAT(read_text_file(job.folder / "learning_curve.csv"), Contains("train_error_rate_R"));
  CHECK_THAT(read_text_file(job.folder / "predictions.csv"), Contains("true_class_of_R"));
}

TEST_CASE("what belongs to no class is refused by name") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder);
  CHECK_THROWS_WITH(
      train_tiny(folder / "m", samples, tiny({"classes=[1, 2, 3]", "training.loss=cross_entropy"})),
      Contains("run ") && Contains("none of the classes from 1 to 3"));
}

TEST_CASE("recipes of classifiers") {
  CHECK_THROWS_WITH(tiny({"classes=[1, 2, 3]"}), Contains("training.loss"));
  CHECK_THROWS_WITH(tiny({"training.loss=cross_entropy"}), Contains("training.loss"));
  CHECK_THROWS_WITH(tiny(with(three_classes, {"targets=[R, intensity]"})), Contains("classes"));
  CHECK_THROWS_WITH(tiny({"classes=[1, 3, 3]", "training.loss=cross_entropy"}), Contains("classes"));
  CHECK_THROWS_WITH(tiny({"classes=[1, 3]", "training.loss=cross_entropy"}), Contains("classes"));
}
