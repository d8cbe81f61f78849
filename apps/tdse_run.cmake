if(PMD_BUILD_FARM)
  add_executable(tdse_run tdse_run.cpp)
  target_link_libraries(tdse_run PRIVATE Bondscope::farm Bondscope::parallel Boost::program_options)
endif()
