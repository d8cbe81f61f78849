add_executable(pmd_store pmd_store.cpp)
target_link_libraries(pmd_store PRIVATE tdse_inspect Boost::program_options)
