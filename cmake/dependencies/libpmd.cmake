# What libpmd needs from outside, found by the usual variables (CMAKE_PREFIX_PATH, HDF5_ROOT, …). Each floor has such a
# file. The project reads it, and once installed find_package(Bondscope) does.
# BONDSCOPE_PARALLEL_HDF5: only the flavour of HDF5 that tdse_farm needs will do.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(fmt 8 REQUIRED)
find_package(Eigen3 3.3 REQUIRED NO_MODULE)
find_package(Boost 1.70 REQUIRED COMPONENTS program_options)
find_package(ZLIB REQUIRED)
find_package(PNG REQUIRED)
if(NOT TARGET PkgConfig::xxhash)
  pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
endif()

if(BONDSCOPE_PARALLEL_HDF5)
  set(HDF5_PREFER_PARALLEL ON)
endif()
# 1.10.5 says where the chunks of a dataset lie; HL has the dimension scales.
find_package(HDF5 1.10.5 REQUIRED COMPONENTS C HL)
if(BONDSCOPE_PARALLEL_HDF5 AND NOT HDF5_IS_PARALLEL)
  message(FATAL_ERROR "tdse_farm needs a parallel HDF5 (Debian: libhdf5-openmpi-dev; elsewhere set HDF5_ROOT), "
                      "or configure with -DPMD_BUILD_FARM=OFF")
endif()
if(HDF5_IS_PARALLEL OR BONDSCOPE_PARALLEL_HDF5)
  find_package(MPI REQUIRED COMPONENTS C)
endif()

# Imported, so that what is installed refers to them by name, and not by this machine's paths.
if(NOT TARGET bondscope_hdf5)
  add_library(bondscope_hdf5 INTERFACE IMPORTED)
  target_include_directories(bondscope_hdf5 INTERFACE ${HDF5_INCLUDE_DIRS})
  target_link_libraries(bondscope_hdf5 INTERFACE ${HDF5_HL_LIBRARIES} ${HDF5_LIBRARIES})
  target_compile_definitions(bondscope_hdf5 INTERFACE ${HDF5_DEFINITIONS})
  if(TARGET MPI::MPI_C)
    # The C interface only: Open MPI's C++ bindings would add warnings and a library.
    add_library(bondscope_mpi INTERFACE IMPORTED)
    target_link_libraries(bondscope_mpi INTERFACE MPI::MPI_C)
    target_compile_definitions(bondscope_mpi INTERFACE OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX)
  endif()
  if(HDF5_IS_PARALLEL)
    target_link_libraries(bondscope_hdf5 INTERFACE bondscope_mpi)
  endif()
endif()
