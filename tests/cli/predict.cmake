if(TARGET pmd_train AND TARGET make_learning_store)
  add_test(NAME cli_predict COMMAND ${PMD_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/test_predict_cli.py)
  set_tests_properties(cli_predict PROPERTIES TIMEOUT 300 COST 20 LABELS cli ENVIRONMENT
                       "OMP_NUM_THREADS=1;PMD_STORE=$<TARGET_FILE:pmd_store>;PMD_TRAIN=$<TARGET_FILE:pmd_train>;MAKE_STORE=$<TARGET_FILE:make_learning_store>")
endif()
