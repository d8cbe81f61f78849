# Most of the time of compiling a file goes into headers: compiled together, the files of a room take a third of it. What
# stands in their unnamed namespaces must have different names then, which tests/house/unnamed.py checks. Where
# a compiler cache shows that somebody is at work each file stands alone.
set(unity_default ON)
if(CMAKE_CXX_COMPILER_LAUNCHER)
  set(unity_default OFF)
endif()
option(PMD_UNITY "Compile the files of a room together" ${unity_default})
set(BONDSCOPE_UNITY_FILES 10)

# bondscope_library(ROOM SOURCES … [TORCH …] [PUBLIC …] [PRIVATE …]): the static library of one room, Bondscope::ROOM.
# Linking is how a room says what it may see: what is not linked here cannot be used there. TORCH: the sources that include
# LibTorch, which costs each compilation 15 s. All but the rooms of apps are installed.
function(bondscope_library room)
  cmake_parse_arguments(arg "" "" "SOURCES;TORCH;PUBLIC;PRIVATE" ${ARGN})
  add_library(bondscope_${room} STATIC ${arg_SOURCES} ${arg_TORCH})
  add_library(Bondscope::${room} ALIAS bondscope_${room})
  target_link_libraries(bondscope_${room} PUBLIC bondscope_options ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  bondscope_note_links(${room} bondscope_${room})
  set_target_properties(bondscope_${room} PROPERTIES EXPORT_NAME ${room} UNITY_BUILD ${PMD_UNITY}
                                                     UNITY_BUILD_BATCH_SIZE ${BONDSCOPE_UNITY_FILES})
  if(arg_TORCH)
    set_target_properties(bondscope_${room} PROPERTIES UNITY_BUILD_MODE GROUP)
    set_source_files_properties(${arg_TORCH} PROPERTIES UNITY_GROUP torch)
    set_source_files_properties(${arg_SOURCES} PROPERTIES UNITY_GROUP others)
  endif()
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  string(REGEX REPLACE "/.*" "" floor ${folder})
  if(floor MATCHES "^lib")
    bondscope_install_library(bondscope_${room} ${floor})
  endif()
endfunction()

# bondscope_install_library(TARGET FLOOR): TARGET is a part of the component FLOOR of find_package(Bondscope).
function(bondscope_install_library target floor)
  get_property(floors GLOBAL PROPERTY bondscope_floors)
  if(NOT floor IN_LIST floors)
    set_property(GLOBAL APPEND PROPERTY bondscope_floors ${floor})
  endif()
  set_property(GLOBAL APPEND PROPERTY bondscope_installed_libraries ${target})
  install(TARGETS ${target} EXPORT Bondscope-${floor} ARCHIVE COMPONENT development)
endfunction()

# bondscope_note_links(NAME TARGET): what TARGET links is a line of links.txt, for tests/house/dependencies.py.
function(bondscope_note_links name target)
  set_property(GLOBAL APPEND_STRING PROPERTY bondscope_links "${name}: $<TARGET_PROPERTY:${target},LINK_LIBRARIES>\n")
endfunction()
function(bondscope_write_links file)
  get_property(links GLOBAL PROPERTY bondscope_links)
  file(GENERATE OUTPUT ${file} CONTENT "${links}")
endfunction()

# bondscope_kernels(ROOM FILE [options…]): compiles FILE into the room's library once for each set of vector instructions
# of libpmd/base/processor. FILE defines one table of functions, named by PMD_KERNELS.
set(BONDSCOPE_X86 OFF)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(BONDSCOPE_X86 ON)
endif()
function(bondscope_kernels room file)
  # Unoptimised, the kernels would take most of the sanitizers' time; with checks of everything that the optimiser keeps
  # in registers they would take minutes to compile. Their memory accesses stay checked.
  set(options -O3 ${ARGN})
  if(PMD_SANITIZE)
    list(APPEND options -fno-sanitize=undefined -fno-sanitize-address-use-after-scope)
  endif()
  get_filename_component(name ${file} NAME_WE)
  set(sets generic)
  set(bytes_generic 16)
  if(BONDSCOPE_X86)
    list(APPEND sets avx2 avx512)
    set(bytes_avx2 32)
    set(flags_avx2 -mavx2 -mfma)
    set(bytes_avx512 64)
    set(flags_avx512 -mavx512f -mavx512dq -mavx512vl -mfma)
  endif()
  foreach(set IN LISTS sets)
    add_library(bondscope_${room}_${name}_${set} OBJECT ${file})
    target_link_libraries(bondscope_${room}_${name}_${set} PRIVATE bondscope_options)
    target_compile_options(bondscope_${room}_${name}_${set} PRIVATE ${options} ${flags_${set}})
    target_compile_definitions(bondscope_${room}_${name}_${set} PRIVATE PMD_VECTOR_BYTES=${bytes_${set}} PMD_KERNELS=${set}_kernels
                                                                PMD_KERNELS_NAME="${set}")
    target_sources(bondscope_${room} PRIVATE $<TARGET_OBJECTS:bondscope_${room}_${name}_${set}>)
  endforeach()
endfunction()
