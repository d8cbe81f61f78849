if(TARGET tdse_run)
  add_test(NAME cli_import COMMAND ${PMD_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/test_import_cli.py)
  set_tests_properties(cli_import PROPERTIES TIMEOUT 300 COST 15 LABELS cli ENVIRONMENT
                       "PMD_STORE=$<TARGET_FILE:pmd_store>;TDSE_RUN=$<TARGET_FILE:tdse_run>")
endif()
