add_executable(pmd_train pmd_train/main.cpp pmd_train/calibrate.cpp pmd_train/console.cpp pmd_train/dictionary.cpp pmd_train/evaluate.cpp
                         pmd_train/explain.cpp pmd_train/explain_layers.cpp pmd_train/learning_curve.cpp pmd_train/options.cpp pmd_train/predict.cpp
                         pmd_train/reproduce.cpp pmd_train/train.cpp pmd_train/transfer.cpp pmd_train/upgrade.cpp)
target_link_libraries(pmd_train PRIVATE Bondscope::shared Bondscope::opening Bondscope::experiments)
