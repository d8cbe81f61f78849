if(TARGET tdse_farm AND TARGET pmd_store)
  add_test(NAME cli_datasets COMMAND ${PMD_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/test_datasets_cli.py
                                         ${PROJECT_SOURCE_DIR}/benchmarks/datasets/run $<TARGET_FILE_DIR:tdse_farm>)
  set_tests_properties(cli_datasets PROPERTIES TIMEOUT 600 COST 40 LABELS cli ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1")
endif()
add_test(NAME cli_trainings COMMAND ${PMD_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/test_trainings.py)
set_tests_properties(cli_trainings PROPERTIES TIMEOUT 60 LABELS cli)
