add_executable(tdse_farm tdse_farm.cpp farm_options.cpp worker_rank.cpp)
target_link_libraries(tdse_farm PRIVATE Bondscope::shared Bondscope::farm)
