if(TARGET pmd_train AND TARGET make_learning_store)
  add_test(NAME cli_studies COMMAND ${PMD_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/test_studies_cli.py
                                        $<TARGET_FILE:pmd_train> $<TARGET_FILE:make_learning_store>)
  set_tests_properties(cli_studies PROPERTIES TIMEOUT 600 COST 70 LABELS cli ENVIRONMENT "OMP_NUM_THREADS=1")
endif()
add_test(NAME cli_trainings COMMAND ${PMD_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/test_trainings.py)
set_tests_properties(cli_trainings PROPERTIES TIMEOUT 60 LABELS cli)
