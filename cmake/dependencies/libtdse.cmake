# What libtdse needs from outside, beside what libpmd needs.
# BONDSCOPE_FFTW: it has the witness (libtdse/witness).
if(BONDSCOPE_FFTW AND NOT TARGET bondscope_fftw_mpi)
  pkg_check_modules(fftw3 REQUIRED IMPORTED_TARGET fftw3)
  find_library(FFTW3_MPI_LIBRARY fftw3_mpi HINTS ${fftw3_LIBRARY_DIRS})
  find_path(FFTW3_MPI_INCLUDE_DIR fftw3-mpi.h HINTS ${fftw3_INCLUDE_DIRS})
  if(NOT FFTW3_MPI_LIBRARY OR NOT FFTW3_MPI_INCLUDE_DIR)
    message(FATAL_ERROR "the witness needs FFTW3 with MPI (Debian: libfftw3-mpi-dev; elsewhere set CMAKE_PREFIX_PATH), "
                        "or configure with -DPMD_FFTW=OFF")
  endif()
  add_library(bondscope_fftw_mpi INTERFACE IMPORTED)
  target_include_directories(bondscope_fftw_mpi INTERFACE ${FFTW3_MPI_INCLUDE_DIR})
  target_link_libraries(bondscope_fftw_mpi INTERFACE ${FFTW3_MPI_LIBRARY} PkgConfig::fftw3 bondscope_mpi)
endif()
