// Recipes (configs/recipes): YAML; model.json has one inside, as JSON.

#include "libml/train/recipe.hpp"

#include "tests/fuzz/target.hpp"

using namespace bondscope;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::try_to([&] {
    const auto recipe =
        ml::Recipe::from_config(Config::from_text(std::string(fuzz::text(data, size)), "input"));
    const auto rewrite = [](const std::string& text) {
      return ml::Recipe::from_config(Config::from_text(text, "written")).to_json();
    };
    fuzz::expect_stable(recipe.to_json(), rewrite);
    fuzz::expect(rewrite(recipe.to_yaml()) == recipe.to_json(), "its YAML says what its JSON says");
  });
  return 0;
}
