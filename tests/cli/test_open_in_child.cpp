// A child process that opens a model folder may use more memory the larger the folder's files are.

#include <fstream>
#include <new>

#include <catch2/catch.hpp>

#include "apps/shared/open_in_child.hpp"
#include "libpmd/base/error.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;

namespace {

/// Of address space: the memory is never touched.
void ask_for_3_gib() {
  void* const volatile memory = ::operator new (std::size_t{3} << 30);
  ::operator delete(memory);
}

}  // namespace

TEST_CASE("the memory that a folder's child may use grows with its files") {
  const TemporaryFolder folder;
#ifndef __SANITIZE_ADDRESS__
  CHECK_THROWS_AS(open_in_child(folder.path(), ask_for_3_gib), DataError);
#endif
  std::ofstream(folder / "sparse").put('x');
  std::filesystem::resize_file(folder / "sparse", std::size_t{512} << 20);
  CHECK_NOTHROW(open_in_child(folder.path(), ask_for_3_gib));
#ifndef __SANITIZE_ADDRESS__
  CHECK_THROWS_AS(open_in_child(folder / "sparse", ask_for_3_gib), DataError);
#endif
}
