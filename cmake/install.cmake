# What `cmake --install` copies, by folder: bin, share (configurations, manuals, job scripts), and for other projects the
# libraries, their headers and the files that find_package(Bondscope) reads. Everything is found relative to everything
# else, so the whole may be moved.
include(CMakePackageConfigHelpers)
set(data_folder ${CMAKE_INSTALL_DATADIR}/bondscope)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/Bondscope)

# Configurations and models are found relative to the program; in the build tree by these links.
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/share/bondscope)
file(CREATE_LINK ${PROJECT_SOURCE_DIR}/configs ${PROJECT_BINARY_DIR}/share/bondscope/configs SYMBOLIC)
file(CREATE_LINK ${PROJECT_SOURCE_DIR}/models ${PROJECT_BINARY_DIR}/share/bondscope/models SYMBOLIC)

# Libraries in unusual places, such as LibTorch's own download, are found by installed programs, too.
set_target_properties(${BONDSCOPE_PROGRAMS} PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
install(TARGETS ${BONDSCOPE_PROGRAMS} RUNTIME COMPONENT programs)
install(DIRECTORY ${manual_folder} DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT programs)
install(DIRECTORY ${completion_folder} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion COMPONENT programs)
install(DIRECTORY configs models DESTINATION ${data_folder} COMPONENT programs PATTERN make EXCLUDE)
# Where Debian's Python looks, if the prefix is /usr.
install(DIRECTORY python/bondscope DESTINATION lib/python3/dist-packages COMPONENT programs
        FILES_MATCHING PATTERN "*.py" PATTERN py.typed)
install(FILES slurm/job.sh DESTINATION ${data_folder}/slurm COMPONENT programs)
install(DIRECTORY slurm/profiles DESTINATION ${data_folder}/slurm COMPONENT programs)
install(PROGRAMS jobs/generate.slurm jobs/train.slurm DESTINATION ${data_folder}/jobs COMPONENT programs)

# What is not built has no headers.
set(left_out "")
if(NOT PMD_FFTW)
  set(left_out PATTERN witness EXCLUDE)
endif()
get_property(floors GLOBAL PROPERTY bondscope_floors)
foreach(floor IN LISTS floors)
  install(EXPORT Bondscope-${floor} NAMESPACE Bondscope:: DESTINATION ${package_folder} COMPONENT development)
  install(DIRECTORY ${floor} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/bondscope COMPONENT development
          FILES_MATCHING PATTERN "*.hpp" ${left_out})
endforeach()
install(FILES cmake/installed_configs.cpp.in DESTINATION ${package_folder} COMPONENT development)
install(DIRECTORY cmake/dependencies DESTINATION ${package_folder} COMPONENT development)
configure_package_config_file(cmake/BondscopeConfig.cmake.in ${PROJECT_BINARY_DIR}/BondscopeConfig.cmake
                              INSTALL_DESTINATION ${package_folder} PATH_VARS data_folder)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/BondscopeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/BondscopeConfig.cmake ${PROJECT_BINARY_DIR}/BondscopeConfigVersion.cmake
        DESTINATION ${package_folder} COMPONENT development)
