// What a program says of itself.

#include <catch2/catch.hpp>

#include "libpmd/base/process/build_info.hpp"

using namespace bondscope;

TEST_CASE("builds of sources that no commit stands for are told apart by the program's file") {
  CHECK(executable_fingerprint().size() == 32);
  CHECK(build_identity().starts_with(code_version()));
  const bool modified = code_version().find("-modified") != std::string::npos ||
                        code_version().find("unknown") != std::string::npos;
  CHECK(build_identity().ends_with(executable_fingerprint()) == modified);
}
