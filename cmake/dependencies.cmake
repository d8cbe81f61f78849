# Everything from outside: one file for each floor that is built, which installed libraries need as well, and what only the
# build needs.
set(BONDSCOPE_PARALLEL_HDF5 ${PMD_BUILD_FARM})
set(BONDSCOPE_FFTW ${PMD_FFTW})
include(cmake/dependencies/libpmd.cmake)
if(PMD_BUILD_FARM)
  include(cmake/dependencies/libtdse.cmake)
endif()
if(PMD_BUILD_TRAINER)
  include(cmake/dependencies/libml.cmake)
endif()
find_path(RANDOM123_INCLUDE_DIR Random123/philox.h REQUIRED)
if(PMD_BUILD_TESTS)
  find_package(Catch2 2 REQUIRED)
endif()
if(PMD_BUILD_FARM AND (PMD_BUILD_TESTS OR PMD_BUILD_BENCHMARKS) AND NOT TARGET PkgConfig::fftw3)
  # The yardstick of tests and benchmarks. GPL: see PMD_FFTW.
  pkg_check_modules(fftw3 REQUIRED IMPORTED_TARGET fftw3)
endif()
