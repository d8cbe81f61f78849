if(PMD_BUILD_TRAINER)
  add_executable(pmd_train pmd_train.cpp)
  target_link_libraries(pmd_train PRIVATE ml_report Boost::program_options)
endif()
