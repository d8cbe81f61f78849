# What libml needs from outside, beside what libpmd needs.
include(${CMAKE_CURRENT_LIST_DIR}/torch.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/opencv.cmake)
