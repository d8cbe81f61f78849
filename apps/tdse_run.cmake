add_executable(tdse_run tdse_run.cpp)
target_link_libraries(tdse_run PRIVATE Bondscope::shared Bondscope::farm Bondscope::parallel Bondscope::images)
