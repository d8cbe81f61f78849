// One more parameter: declared in a data set's YAML, and nowhere else. It goes through a run and a store to a
// network that is asked for it.

#include <cmath>

#include <catch2/catch.hpp>

#include "libml/report/evaluation.hpp"
#include "libml/report/tables.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/inspect/report.hpp"
#include "libtdse/farm/configuration.hpp"
#include "libtdse/farm/executor.hpp"
#include "libtdse/farm/mpi_session.hpp"
#include "tests/libml/trained.hpp"

using namespace bondscope;
using Catch::Contains;

namespace {

constexpr const char* dataset = R"(
name: elliptic
seed: 5
parameters:
  ellipticity: {symbol: ε, unit: "1", meaning: minor over major axis of the field, range: [0, 1]}
runs: 40
R: [1, 8]
intensity_w_cm2: [1e14, 4e14]
ellipticity: [0.1, 0.9]
)";

/// The more elliptic the field, the wider across the major axis.
tdse::SolverFactory elliptic_solver() {
  return [](const std::string& configuration, const tdse::Team&) -> tdse::Solver {
    const auto farm = tdse::FarmConfiguration::from_resolved(configuration, "store");
    const auto kx = farm.preset.momentum.kx(), ky = farm.preset.momentum.ky();
    return [kx, ky, ellipticity = farm.dataset.declared.at(0)](const RunParameters& run, const auto&,
                                                               const auto&) {
      const double width = 0.3 + ellipticity.of(run);
      tdse::RunResult result;
      for (const double x : kx)
        for (const double y : ky)
          result.pmd.push_back(static_cast<float>(std::exp(-x * x - y * y / (width * width))));
      return result;
    };
  };
}

}  // namespace

TEST_CASE("a parameter that a data set declares goes from YAML through a run and a store to a network") {
  int argc = 0;
  char** argv = nullptr;
  const tdse::MpiSession mpi(argc, argv);
  const TemporaryFolder folder;
  const auto file = folder / "elliptic.h5";
  const auto farm = tdse::FarmConfiguration::load(
      {.dataset = "elliptic.yaml",
       .preset = "quick",
       .set = {"preset.momentum.kx_spacing=0.1", "preset.momentum.ky_spacing=0.1"},
       .runs = {},
       .seed = {},
       .dataset_text = dataset});
  Store::create(file, farm.describe());
  {
    const auto shape = shape_of(Store::open(file, Store::Mode::read));
    const tdse::WorkOrder order{.store = file.string(), .configuration = farm.resolved(), .shape = shape};
    tdse::Executor executor(order, elliptic_solver(), {}, tdse::store_recorder(order));
    const auto runs = farm.dataset.draw();
    for (std::size_t run = 0; run < runs.size(); ++run)
      REQUIRE(executor.execute({.run = run, .parameters = runs[run]}, [](double) { return true; }).outcome ==
              tdse::RunOutcome::done);
  }

  const auto store = Store::open(file, Store::Mode::read);
  REQUIRE(store.description().declared.size() == 1);
  const auto& ellipticity = store.description().declared.front();
  CHECK(ellipticity.unit == "1");
  CHECK(ellipticity.range.max == 1);
  CHECK(store.description().runs == farm.dataset.draw());
  CHECK(store.payload_intact(3));
  CHECK_THAT(summary_text(store, summarise(store)), Contains("ellipticity"));

  const auto samples = ml::load_samples(file, ml::testing::tiny().image, 1);
  const auto recipe =
      ml::testing::tiny({"targets=[ellipticity, R]", "training.epochs=20", "network.dropout=0"});
  ml::testing::train_tiny(folder / "model", samples, recipe);
  const auto model = ml::load_model(folder / "model", ml::Weights::last, ml::Device::cpu);
  CHECK(ellipticity.of(model.description.train.front().parameters) >= 0.1);
  const auto evaluation = ml::evaluate(model, samples);
  CHECK(evaluation.target_of(0).label == "minor over major axis of the field ε");
  for (const auto& [sample, truth, predicted] : evaluation.predictions)
    CHECK(truth[0] == ellipticity.of(store.description().runs[sample.run]));
  CHECK(evaluation.scores[0].mae < 0.7 * evaluation.scores[0].mae_of_mean);
  ml::write_predictions_csv(folder / "predictions.csv", evaluation);
  CHECK_THAT(read_text_file(folder / "predictions.csv"), Contains("angle,ellipticity,kx_min"));

  CHECK_THROWS_WITH(
      ml::testing::train_tiny(folder / "other", samples, ml::testing::tiny({"targets=[Q]"})),
      Contains("targets: 'Q' is unknown; expected one of R, intensity, cep, angle, ellipticity"));
}
