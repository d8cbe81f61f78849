# LibTorch for libml: link bondscope_torch, privately wherever a header does not show it.
# Found by the usual variables, e.g. -DCMAKE_PREFIX_PATH=/opt/libtorch or -DTorch_DIR=….
find_package(Torch QUIET)
if(NOT Torch_FOUND)
  message(FATAL_ERROR "libml needs LibTorch (Debian: libtorch-dev; elsewhere -DCMAKE_PREFIX_PATH=/path/to/libtorch), "
                      "or configure with -DPMD_BUILD_TRAINER=OFF")
endif()
# Strings of the two ABIs are different types: nothing else here would link with it.
if(TORCH_CXX_FLAGS MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
  message(FATAL_ERROR "LibTorch ${Torch_VERSION} in ${Torch_DIR} is built for the C++ ABI of before GCC 5; take the "
                      "download named 'cxx11 ABI'")
endif()
message(STATUS "LibTorch ${Torch_VERSION}: ${TORCH_LIBRARY}")
# Its C++ standard flags, if any, would contradict the project's.
separate_arguments(bondscope_torch_flags UNIX_COMMAND "${TORCH_CXX_FLAGS}")
list(FILTER bondscope_torch_flags EXCLUDE REGEX "^-std=")
if(TARGET bondscope_torch)
  return()
endif()
add_library(bondscope_torch INTERFACE IMPORTED)
target_include_directories(bondscope_torch INTERFACE ${TORCH_INCLUDE_DIRS})
# The C++ library first: LibTorch's own downloads export parts of an older one (std::filesystem), in which programs that
# found them first would crash.
target_link_libraries(bondscope_torch INTERFACE stdc++ ${TORCH_LIBRARIES})
target_compile_options(bondscope_torch INTERFACE ${bondscope_torch_flags})
# With CUDA, LibTorch's own CMake files look for the CUDA toolkit, nvcc included (CUDA_TOOLKIT_ROOT_DIR, or nvcc in
# PATH), and add its headers; this project has no CUDA sources of its own.
if(TARGET torch_cuda)
  message(STATUS "LibTorch has CUDA")
  target_compile_definitions(bondscope_torch INTERFACE PMD_TORCH_CUDA)
endif()
# LibTorch 2.x brings headers of an own {fmt}, which its sources see first, but not that library.
foreach(directory IN LISTS TORCH_INCLUDE_DIRS)
  if(EXISTS ${directory}/fmt/format.h)
    target_compile_definitions(bondscope_torch INTERFACE FMT_HEADER_ONLY)
  endif()
endforeach()
# at::parallel_for is a header: without OpenMP in our own sources it would run on one thread.
find_package(OpenMP QUIET COMPONENTS CXX)
if(OpenMP_CXX_FOUND)
  target_link_libraries(bondscope_torch INTERFACE OpenMP::OpenMP_CXX)
endif()
