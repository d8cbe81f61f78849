#include <cstdint>
#include <cstdlib>
#include <new>
#include <optional>
#include <string>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libtdse/fourier/chosen_kernels.hpp"
#include "libtdse/fourier/memory.hpp"

using namespace bondscope;
using namespace bondscope::tdse;
using Catch::Matchers::Contains;

namespace {

/// $PMD_INSTRUCTIONS for the length of a scope.
class Wanted {
 public:
  explicit Wanted(const std::optional<std::string>& value) {
    if (const char* old = std::getenv(name)) old_ = old;
    change(value);
  }
  ~Wanted() { change(old_); }
  Wanted(const Wanted&) = delete;
  Wanted& operator=(const Wanted&) = delete;

 private:
  static constexpr const char* name = "PMD_INSTRUCTIONS";
  static void change(const std::optional<std::string>& value) {
    if (value)
      setenv(name, value->c_str(), 1);
    else
      unsetenv(name);
  }
  std::optional<std::string> old_;
};

}  // namespace

TEST_CASE("the generic kernels are always there, and the fastest are the default") {
  const auto usable = usable_kernels();
  REQUIRE_FALSE(usable.empty());
  CHECK(usable.front() == &generic_kernels);
  {
    const Wanted nothing(std::nullopt);
    CHECK(&chosen_kernels() == usable.back());
  }
  const Wanted empty("");
  CHECK(&chosen_kernels() == usable.back());
}

TEST_CASE("PMD_INSTRUCTIONS chooses any usable kernels by name") {
  for (const Kernels* kernels : usable_kernels()) {
    const Wanted wanted(kernels->name);
    CHECK(&chosen_kernels() == kernels);
  }
}

TEST_CASE("unknown instructions are refused with those there are") {
  for (const char* name : {"avx3", "AVX2", "generic ", "avx"}) {
    const Wanted wanted(name);
    CHECK_THROWS_AS(chosen_kernels(), ConfigError);
    CHECK_THROWS_WITH(chosen_kernels(), Contains("PMD_INSTRUCTIONS: '" + std::string(name) + "'"));
    for (const Kernels* kernels : usable_kernels())
      CHECK_THROWS_WITH(chosen_kernels(), Contains(kernels->name));
  }
  const Wanted wanted(std::string(10000, 'x'));
  CHECK_THROWS_WITH(chosen_kernels(), !Contains(std::string(100, 'x')));
}

TEST_CASE("memory is aligned for the widest vectors, and large memory to huge pages") {
  const auto remainder = [](const void* memory, std::uintptr_t alignment) {
    return reinterpret_cast<std::uintptr_t>(memory) % alignment;
  };
  for (const std::size_t count : {1, 3, 1000, 100000}) {
    const AlignedVector<Block> blocks(count);
    CHECK(remainder(blocks.data(), 64) == 0);
    if (count * sizeof(Block) >= std::size_t{4} << 20)
      CHECK(remainder(blocks.data(), std::uintptr_t{2} << 20) == 0);
  }
  CHECK_THROWS_AS(AlignedAllocator<Block>().allocate(static_cast<std::size_t>(-1) / sizeof(Block)),
                  std::bad_alloc);
}
