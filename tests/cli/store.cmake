set(programs "PMD_STORE=$<TARGET_FILE:pmd_store>;MAKE_SYNTHETIC_STORE=$<TARGET_FILE:make_synthetic_store>;PYTHONDONTWRITEBYTECODE=1")
foreach(topic info damage pictures copies derived)
  add_test(NAME cli_store_${topic} COMMAND ${PMD_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/test_store_${topic}_cli.py)
  set_tests_properties(cli_store_${topic} PROPERTIES TIMEOUT 300 COST 10 LABELS cli ENVIRONMENT "${programs}")
endforeach()
# Chromium may be missing: what needs it is skipped, and says so.
add_test(NAME cli_browse COMMAND ${PMD_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/test_browse.py)
set_tests_properties(cli_browse PROPERTIES TIMEOUT 200 COST 15 LABELS cli ENVIRONMENT "${programs}")
