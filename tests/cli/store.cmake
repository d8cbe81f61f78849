add_test(NAME cli_store COMMAND ${PMD_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/test_store_cli.py)
set_tests_properties(cli_store PROPERTIES TIMEOUT 300 COST 60 LABELS cli ENVIRONMENT
                     "PMD_STORE=$<TARGET_FILE:pmd_store>;MAKE_SYNTHETIC_STORE=$<TARGET_FILE:make_synthetic_store>")
# Chromium may be missing: what needs it is skipped, and says so.
add_test(NAME cli_browse COMMAND ${PMD_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/test_browse.py)
set_tests_properties(cli_browse PROPERTIES TIMEOUT 200 COST 15 LABELS cli ENVIRONMENT
                     "PMD_STORE=$<TARGET_FILE:pmd_store>;MAKE_SYNTHETIC_STORE=$<TARGET_FILE:make_synthetic_store>")
