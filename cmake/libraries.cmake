# bondscope_library(ROOM SOURCES … [PUBLIC …] [PRIVATE …]): the static library of one room, Bondscope::ROOM. Linking is
# how a room says what it may see: what is not linked here cannot be used there.
function(bondscope_library room)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(bondscope_${room} STATIC ${arg_SOURCES})
  add_library(Bondscope::${room} ALIAS bondscope_${room})
  target_link_libraries(bondscope_${room} PUBLIC bondscope_options ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  bondscope_note_links(${room} bondscope_${room})
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
    add_library(bondscope_${room}_${set} OBJECT ${file})
    target_link_libraries(bondscope_${room}_${set} PRIVATE bondscope_options)
    target_compile_options(bondscope_${room}_${set} PRIVATE ${options} ${flags_${set}})
    target_compile_definitions(bondscope_${room}_${set} PRIVATE PMD_VECTOR_BYTES=${bytes_${set}} PMD_KERNELS=${set}_kernels
                                                                PMD_KERNELS_NAME="${set}")
    target_sources(bondscope_${room} PRIVATE $<TARGET_OBJECTS:bondscope_${room}_${set}>)
  endforeach()
endfunction()
