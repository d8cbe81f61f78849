if(TARGET tdse_farm)
  add_test(NAME farm_cli COMMAND ${PMD_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/test_farm_cli.py $<TARGET_FILE:tdse_farm>)
  set_tests_properties(farm_cli PROPERTIES TIMEOUT 600 COST 110 LABELS cli)
endif()
