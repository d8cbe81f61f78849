if(PMD_BUILD_FARM)
  add_test(NAME examples COMMAND ${PMD_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/test_examples.py)
  set_tests_properties(examples PROPERTIES TIMEOUT 300 COST 30 LABELS cli ENVIRONMENT
                       "PMD_BIN=$<TARGET_FILE_DIR:pmd_store>")
endif()
