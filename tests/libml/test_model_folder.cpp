#include <fstream>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "libml/arrays/safetensors.hpp"
#include "libml/report/evaluation.hpp"
#include "libml/train/folder_lock.hpp"
#include "libml/train/identity.hpp"
#include "libml/train/model_folder.hpp"
#include "libpmd/base/config/config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/hash.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/base/text/number.hpp"
#include "tests/libml/trained.hpp"

using namespace bondscope;

using Catch::Matchers::Contains;
using namespace bondscope::ml::testing;

namespace {

ml::Model load(const std::filesystem::path& folder) {
  return ml::load_model(folder, ml::Weights::best, ml::Device::cpu);
}

/// A trained model to spoil.
struct Trained {
  TemporaryFolder folder;
  std::filesystem::path model = folder / "m";
  Trained() { train_tiny(model, some_samples(folder), tiny({"training.epochs=1"})); }

  nlohmann::json description() const { return nlohmann::json::parse(read_text_file(model / "model.json")); }
  /// As the file of a hostile writer, whose checksum is right.
  void describe(const nlohmann::json& json) const {
    auto without = json;
    without.erase("checksum");
    std::ofstream(model / "model.json") << ml::with_checksum(without.dump());
  }
  /// Another weights file that model.json knows.
  void replace(const std::vector<ml::NamedArray>& arrays) const {
    const auto bytes = ml::to_safetensors(arrays);
    write_file(model / "best.safetensors", bytes);
    auto json = description();
    json["files"]["best.safetensors"] = {
        {"bytes", bytes.size()}, {"xxh3_64", hexadecimal(Hash().add(std::span<const char>(bytes)).value())}};
    describe(json);
  }
  std::vector<ml::NamedArray> arrays() const {
    return ml::from_safetensors(read_text_file(model / "best.safetensors"));
  }
};

}  // namespace

TEST_CASE("every file of a model is known by the bytes that were written") {
  const Trained trained;
  const std::string pages(3'000'000, 'r');  // more than is read at once
  write_file(trained.model / "coverage.png", pages);
  write_file(trained.model / "notes.txt", "of nobody");
  const auto model = load(trained.model);
  ml::write_model(trained.model, model.description, trained.arrays(),
                  ml::from_safetensors(read_text_file(trained.model / "last.safetensors")));
  const auto description = load(trained.model).description;
  for (const char* name : {"best.safetensors", "last.safetensors", "recipe.yaml", "coverage.png"}) {
    INFO(name);
    CHECK(ml::read_model_file(trained.model, description, name) == read_text_file(trained.model / name));
  }
  CHECK_FALSE(description.files.contains("notes.txt"));
}

TEST_CASE("a description comes back as it was") {
  const Trained trained;
  const auto before = trained.description();
  const auto model = load(trained.model);
  CHECK(model.description.train.size() == 30);
  CHECK(model.description.test_runs == 10);
  CHECK(model.description.recipe.to_json() == tiny({"training.epochs=1"}).to_json());
  CHECK(model.preprocessing().mean_image.size() == 32 * 16);
  CHECK(model.description.data_checksum.size() == 32);
  const auto arrays = trained.arrays();
  ml::write_model(trained.model, model.description, arrays,
                  ml::from_safetensors(read_text_file(trained.model / "last.safetensors")));
  CHECK(trained.description() == before);
  // recipe.yaml trains the same again.
  CHECK(ml::Recipe::from_config(Config::from_file(trained.model / "recipe.yaml")).to_json() ==
        model.description.recipe.to_json());
}

TEST_CASE("the model of a training is known again, another's refused with what differs") {
  const Trained trained;
  const auto samples = ml::list_samples(trained.folder / "store.h5", tiny().image);
  const auto recipe = tiny({"training.epochs=1"});
  CHECK(ml::holds_model(trained.model, ml::training_identity(recipe, samples)));
  CHECK_FALSE(ml::holds_model(trained.folder.path(), ml::training_identity(recipe, samples)));
  CHECK_THROWS_WITH(ml::holds_model(trained.model, ml::training_identity(tiny(), samples)),
                    Contains("training.epochs (1 there, 3 here)") && Contains("--overwrite"));
  auto fewer = samples;
  fewer.samples.pop_back();
  CHECK_THROWS_WITH(ml::holds_model(trained.model, ml::training_identity(recipe, fewer)),
                    Contains("data.runs (40 there, 39 here)"));
  auto json = trained.description();
  json.erase("data_checksum");  // as in models of before: cannot be known again, but used
  trained.describe(json);
  CHECK_NOTHROW(load(trained.model));
  CHECK_THROWS_WITH(ml::holds_model(trained.model, ml::training_identity(recipe, samples)),
                    Contains("data.checksum (none there"));
  std::filesystem::remove(trained.model / "last.safetensors");
  CHECK_THROWS_WITH(ml::holds_model(trained.model, ml::training_identity(recipe, samples)),
                    Contains("cannot be used") && Contains("last.safetensors") && Contains("--overwrite"));
}

TEST_CASE("nothing but a model is removed") {
  const Trained trained;
  std::ofstream(trained.model / "notes.txt") << "mine";
  ml::prepare_folder(trained.model);
  CHECK_NOTHROW(load(trained.model));
  ml::clear_folder(trained.model);
  CHECK_FALSE(std::filesystem::exists(trained.model / "model.json"));
  CHECK_FALSE(std::filesystem::exists(trained.model / "best.safetensors"));
  CHECK(std::filesystem::exists(trained.model / "notes.txt"));
  std::ofstream(trained.folder / "file") << "x";
  CHECK_THROWS_AS(ml::prepare_folder(trained.folder / "file"), FileError);
  CHECK_THROWS_AS(ml::prepare_folder("/proc/nowhere"), FileError);
}

TEST_CASE("one training at a time in a folder") {
  const TemporaryFolder folder;
  {
    const ml::FolderLock lock(folder.path());
    CHECK_THROWS_WITH(ml::FolderLock(folder.path()), Contains("another pmd_train"));
  }
  CHECK_NOTHROW(ml::FolderLock(folder.path()));
  CHECK_THROWS_AS(ml::FolderLock(folder / "nothing"), FileError);
}

TEST_CASE("descriptions that cannot be are refused") {
  const Trained trained;
  auto json = trained.description();
  SECTION("foreign") {
    json["format"] = "something";
    trained.describe(json);
    CHECK_THROWS_WITH(load(trained.model), Contains("does not describe a model"));
  }
  SECTION("another version") {
    json["format_version"] = 3;
    trained.describe(json);
    CHECK_THROWS_WITH(load(trained.model), Contains("format version 3"));
  }
  SECTION("not JSON") {
    std::ofstream(trained.model / "model.json") << "{";
    CHECK_THROWS_AS(load(trained.model), DataError);
  }
  SECTION("not an object") {
    std::ofstream(trained.model / "model.json") << "[]";
    CHECK_THROWS_AS(load(trained.model), DataError);
  }
  SECTION("a key is missing") {
    json.erase("target_scaling");
    trained.describe(json);
    CHECK_THROWS_WITH(load(trained.model), Contains("target_scaling"));
  }
  SECTION("a wrong type") {
    json["test_runs"] = "many";
    trained.describe(json);
    CHECK_THROWS_AS(load(trained.model), DataError);
  }
  SECTION("a scale of zero") {
    json["target_scaling"][0]["scale"] = 0;
    trained.describe(json);
    CHECK_THROWS_AS(load(trained.model), DataError);
  }
  SECTION("a run without its checksum") {
    json["train_runs"][0].erase(5);
    trained.describe(json);
    CHECK_THROWS_AS(load(trained.model), DataError);
  }
  SECTION("an unknown key in the recipe") {
    json["recipe"]["training"]["epoch"] = 3;
    trained.describe(json);
    CHECK_THROWS_WITH(load(trained.model), Contains("did you mean 'epochs'"));
  }
  SECTION("another network than the weights'") {
    json["recipe"]["network"]["filters"] = 16;
    trained.describe(json);
    CHECK_THROWS_WITH(load(trained.model), Contains("parameter_count"));
  }
  SECTION("a network that would ask for all memory") {
    json["recipe"]["network"]["filters"] = 512;
    json["recipe"]["network"]["kernel"] = 13;
    json["parameter_count"] = ml::parameter_count(
        {.width = 32, .height = 16, .outputs = 1, .blocks = 3, .filters = 512, .kernel = 13});
    trained.describe(json);
    CHECK_THROWS_AS(load(trained.model), DataError);
    CHECK_THROWS_WITH(load(trained.model), Contains("fewer numbers"));
  }
  SECTION("images that would ask for all memory") {
    json["recipe"]["image"] = {{"floor", -5}, {"width", 8192}, {"height", 8192}};
    trained.describe(json);
    CHECK_THROWS_WITH(load(trained.model), Contains("image.width: 8192 is out of range"));
  }
  SECTION("a recipe as long as a book") {
    json["recipe"]["name"] = std::string(100000, 'x');
    trained.describe(json);
    CHECK_THROWS_AS(load(trained.model), DataError);
    CHECK_THROWS_WITH(load(trained.model), Contains("the recipe has"));
  }
  SECTION("nested so deep that reading it would exhaust the stack") {
    const std::string before = GENERATE("[", "{\"recipe\":", "{\"recipe\":[[{\"a\":");
    const std::size_t levels = GENERATE(65u, 2000000u);
    std::string text;
    while (text.size() < levels * before.size())
      text += before;
    std::ofstream(trained.model / "model.json") << text;
    CHECK_THROWS_AS(load(trained.model), DataError);
    CHECK_THROWS_WITH(load(trained.model), Contains("model.json") && Contains("more than 64 deep"));
  }
  SECTION("deep, but read and found foreign") {
    std::ofstream(trained.model / "model.json") << std::string(64, '[') + std::string(64, ']');
    CHECK_THROWS_WITH(load(trained.model), Contains("does not describe a model"));
  }
  SECTION("larger than any training writes") {
    std::filesystem::resize_file(trained.model / "model.json", std::uintmax_t{1} << 30);
    CHECK_THROWS_WITH(load(trained.model), Contains("bytes, expected at most"));
  }
}

TEST_CASE("weights that are missing, damaged or another network's are refused") {
  const Trained trained;
  const auto weights = trained.model / "best.safetensors";
  SECTION("missing") {
    std::filesystem::remove(weights);
    CHECK_THROWS_AS(load(trained.model), FileError);
  }
  SECTION("damaged") {
    auto bytes = read_text_file(weights);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] + 1);
    std::ofstream(weights, std::ios::binary) << bytes;
    CHECK_THROWS_WITH(load(trained.model), Contains("best.safetensors") && Contains("checksum"));
    std::ofstream(weights, std::ios::binary) << bytes + "x";
    CHECK_THROWS_WITH(load(trained.model), Contains("best.safetensors") && Contains("truncated or altered"));
  }
  SECTION("unknown to the description") {
    auto json = trained.description();
    json["files"].erase("best.safetensors");
    trained.describe(json);
    CHECK_THROWS_WITH(load(trained.model), Contains("model.json does not know this file"));
  }
  SECTION("without the mean image") {
    auto arrays = trained.arrays();
    std::erase_if(arrays, [](const auto& a) { return a.name.starts_with("preprocessing"); });
    trained.replace(arrays);
    CHECK_THROWS_WITH(load(trained.model), Contains("mean image"));
  }
  SECTION("of another network") {
    auto arrays = trained.arrays();
    std::swap(arrays[0].name, arrays[4].name);
    trained.replace(arrays);
    CHECK_THROWS_WITH(load(trained.model), Contains(arrays[4].name));
  }
}

TEST_CASE("no changed bit of a description is read") {
  const Trained trained;
  const auto text = read_text_file(trained.model / "model.json");
  const auto file = trained.folder / "model.json";
  for (std::size_t bit = 0; bit < 8 * text.size(); bit += 7) {
    auto changed = text;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    std::ofstream(file, std::ios::binary) << changed;
    CHECK_THROWS_WITH(ml::read_description(file), Contains("model.json"));
  }
  for (std::size_t size = 0; size < text.size(); size += 11) {
    std::ofstream(file, std::ios::binary) << text.substr(0, size);
    CHECK_THROWS_AS(ml::read_description(file), DataError);
  }
  // Format 1 had no checksum, but what has one is not of it.
  auto json = trained.description();
  json["format_version"] = 1;
  std::ofstream(file) << json.dump();
  CHECK_THROWS_WITH(ml::read_description(file), Contains("checksum"));
}

TEST_CASE("a calibration comes back, and its runs test answers all the same") {
  const Trained trained;
  auto description = load(trained.model).description;
  const auto samples = ml::load_samples(trained.folder / "store.h5", tiny().image, 1);
  const auto tests = ml::test_samples(description, samples);
  const auto& held_back = samples.samples[tests.front()];
  // Two detectors' views of one run: the second says whose.
  description.calibration = {"conformal",
                             {0.68, 0.9},
                             {{samples.samples[tests.back()].parameters, 5},
                              {held_back.parameters, held_back.checksum},
                              {held_back.parameters, 7}}};
  write_file(trained.model / "model.json", ml::description_text(description));
  const auto read = load(trained.model).description;
  REQUIRE(read.calibration);
  CHECK(trained.description()["calibration"]["runs"][2] == nlohmann::json({1, "0000000000000007"}));
  REQUIRE(read.calibration->runs.size() == 3);
  CHECK(read.calibration->runs[2].parameters == held_back.parameters);
  CHECK(read.calibration->runs[2].checksum == 7);
  auto later = trained.description();
  later["calibration"]["runs"][1] = {1, "0000000000000007"};
  trained.describe(later);
  CHECK_THROWS_WITH(load(trained.model), Contains("row 1; expected an earlier one"));
  write_file(trained.model / "model.json", ml::description_text(description));
  CHECK(read.calibration->levels == std::vector{0.68, 0.9});
  CHECK(ml::test_samples(read, samples) == tests);
}

TEST_CASE("a folder that is no model") {
  const TemporaryFolder folder;
  CHECK_THROWS_AS(load(folder / "nothing"), FileError);
  CHECK_THROWS_AS(load(folder.path()), FileError);
}
