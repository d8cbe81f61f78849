add_executable(pmd_train pmd_train/main.cpp pmd_train/command_line.cpp pmd_train/console.cpp pmd_train/evaluate.cpp
                         pmd_train/learning_curve.cpp pmd_train/reproduce.cpp pmd_train/reproduction.cpp pmd_train/studies.cpp pmd_train/train.cpp
                         pmd_train/transfer.cpp pmd_train/watcher.cpp)
target_link_libraries(pmd_train PRIVATE Bondscope::study Bondscope::experiments Bondscope::baselines Bondscope::explain Bondscope::threads nlohmann_json::nlohmann_json Boost::program_options)
