add_executable(tdse_fit tdse_fit.cpp fit_input.cpp fit_options.cpp worker_rank.cpp)
target_link_libraries(tdse_fit PRIVATE Bondscope::shared Bondscope::fit)
