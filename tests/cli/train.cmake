if(TARGET pmd_train AND TARGET make_learning_store)
  foreach(topic train train_interrupted train_refused models explain transfer learning_curve reproduce)
    add_test(NAME cli_${topic} COMMAND ${PMD_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/test_${topic}_cli.py)
    set_tests_properties(cli_${topic} PROPERTIES TIMEOUT 900 COST 20 LABELS cli ENVIRONMENT
      "OMP_NUM_THREADS=1;PYTHONDONTWRITEBYTECODE=1;PMD_TRAIN=$<TARGET_FILE:pmd_train>;MAKE_LEARNING_STORE=$<TARGET_FILE:make_learning_store>")
  endforeach()
  set_tests_properties(cli_train_interrupted PROPERTIES COST 110)
endif()
