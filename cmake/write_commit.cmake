cmake_minimum_required(VERSION 3.21)
# Run at every build: writes the commit of the source tree into OUTPUT, which changes only if the commit does.
find_program(GIT git)
set(PMD_COMMIT "unknown commit")
if(GIT)
  execute_process(COMMAND ${GIT} describe --always --dirty=-modified --abbrev=10 --exclude=*
                  WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(found)
    set(PMD_COMMIT ${found})
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#define PMD_COMMIT \"@PMD_COMMIT@\"\n" @ONLY)
