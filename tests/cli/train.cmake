if(TARGET pmd_train AND TARGET make_learning_store)
  add_test(NAME cli_train COMMAND ${PMD_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/test_train_cli.py
                                      $<TARGET_FILE:pmd_train> $<TARGET_FILE:make_learning_store>)
  set_tests_properties(cli_train PROPERTIES TIMEOUT 900 COST 160 LABELS cli ENVIRONMENT "OMP_NUM_THREADS=1")
endif()
