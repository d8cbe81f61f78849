if(PMD_BUILD_FARM)
  add_executable(tdse_farm tdse_farm.cpp farm_options.cpp)
  target_link_libraries(tdse_farm PRIVATE Bondscope::farm Boost::program_options)
endif()
