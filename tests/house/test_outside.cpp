#include <bondscope/libpmd/model/units.hpp>
#include <bondscope/libpmd/store/store.hpp>
#include <catch2/catch.hpp>

// The same header by its name within the project: must be the same file to the compiler.
#include "libpmd/store/store.hpp"

TEST_CASE("headers are found from outside as <bondscope/…>", "[house]") {
  CHECK_THROWS(bondscope::Store::open("no such store.h5", bondscope::Store::Mode::read));
}
