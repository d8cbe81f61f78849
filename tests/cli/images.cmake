set(programs "PMD_STORE=$<TARGET_FILE:pmd_store>;MAKE_SYNTHETIC_STORE=$<TARGET_FILE:make_synthetic_store>;PYTHONDONTWRITEBYTECODE=1")
if(TARGET pmd_train AND TARGET make_learning_store)
  list(APPEND programs "PMD_TRAIN=$<TARGET_FILE:pmd_train>" "MAKE_LEARNING_STORE=$<TARGET_FILE:make_learning_store>"
                       "OMP_NUM_THREADS=1")
endif()
add_test(NAME cli_images COMMAND ${PMD_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/test_images_cli.py)
set_tests_properties(cli_images PROPERTIES TIMEOUT 600 COST 60 LABELS cli ENVIRONMENT "${programs}")
