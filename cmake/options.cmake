# What every target of this project is compiled with: link bondscope_options.
add_library(bondscope_options INTERFACE)
target_compile_features(bondscope_options INTERFACE cxx_std_20)
# Warnings are for this project, and not for what is linked with it.
set(warnings -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual)
if(PMD_UNITY)
  # Files would be told of names that those compiled with them have.
  list(REMOVE_ITEM warnings -Wshadow)
endif()
target_compile_options(bondscope_options INTERFACE "$<BUILD_INTERFACE:${warnings}>")
# Within the project #include "libpmd/…"; other projects that add this one write #include <bondscope/libpmd/…>.
foreach(folder libpmd libtdse libml)
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/include/bondscope)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${folder} ${PROJECT_BINARY_DIR}/include/bondscope/${folder} SYMBOLIC)
endforeach()
target_include_directories(bondscope_options INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                                       $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
                                                       $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
                                                       $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/bondscope>)
target_link_libraries(bondscope_options INTERFACE fmt::fmt)
if(PMD_NATIVE)
  target_compile_options(bondscope_options INTERFACE $<BUILD_INTERFACE:-march=native>)
endif()
if(PMD_SANITIZE)
  target_compile_options(bondscope_options INTERFACE -fsanitize=${PMD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # With sanitizers GCC finds false cases in the standard library's <regex>.
    target_compile_options(bondscope_options INTERFACE -Wno-maybe-uninitialized)
  endif()
  target_link_options(bondscope_options INTERFACE -fsanitize=${PMD_SANITIZE})
endif()
if(PMD_FUZZ)
  # What libFuzzer goes by, and what llvm-cov reports.
  target_compile_options(bondscope_options INTERFACE -fsanitize=fuzzer-no-link -fprofile-instr-generate -fcoverage-mapping)
  target_link_options(bondscope_options INTERFACE -fprofile-instr-generate)
endif()
set_target_properties(bondscope_options PROPERTIES EXPORT_NAME options)
bondscope_install_library(bondscope_options libpmd)
