# Each program writes its manual and what bash completes from its own options: target `manuals`, part of `programs`.
set(manual_folder ${PROJECT_BINARY_DIR}/share/man/man1)
set(completion_folder ${PROJECT_BINARY_DIR}/share/bash-completion/completions)
file(MAKE_DIRECTORY ${manual_folder} ${completion_folder})
set(manuals "")
foreach(program IN LISTS BONDSCOPE_PROGRAMS)
  add_custom_command(OUTPUT ${manual_folder}/${program}.1 ${completion_folder}/${program} DEPENDS ${program} VERBATIM
                     COMMAND ${program} --write-manual > ${manual_folder}/${program}.1
                     COMMAND ${program} --write-completion > ${completion_folder}/${program}
                     COMMENT "Manual and completion of ${program}")
  list(APPEND manuals ${manual_folder}/${program}.1 ${completion_folder}/${program})
endforeach()
# Sanitized programs are for tests only.
set(always ALL)
if(PMD_SANITIZE)
  set(always "")
endif()
add_custom_target(manuals ${always} DEPENDS ${manuals})
# All that is installed: the programs need most of the libraries, and the others are a few files.
get_property(libraries GLOBAL PROPERTY bondscope_installed_libraries)
list(REMOVE_ITEM libraries bondscope_options)
add_custom_target(programs DEPENDS ${BONDSCOPE_PROGRAMS} ${libraries} manuals)
