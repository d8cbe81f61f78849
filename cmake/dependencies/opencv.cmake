# OpenCV for the classical methods (libml/baselines).
# Module by module: Debian has OpenCV's own CMake files in libopencv-dev only, which brings all modules, Java and
# VTK with it.
set(bondscope_opencv_libraries "")
set(bondscope_opencv_missing "")
# SIFT is where it is now, and with integers, since 4.4.
find_path(OPENCV_INCLUDE_DIR opencv2/features2d.hpp PATH_SUFFIXES opencv4)
if(OPENCV_INCLUDE_DIR AND EXISTS ${OPENCV_INCLUDE_DIR}/opencv2/core/version.hpp)
  file(STRINGS ${OPENCV_INCLUDE_DIR}/opencv2/core/version.hpp bondscope_opencv_version
       REGEX "^#define CV_VERSION_(MAJOR|MINOR) ")
  string(REGEX REPLACE "[^0-9;]" "" bondscope_opencv_version "${bondscope_opencv_version}")
  string(REPLACE ";" "." bondscope_opencv_version "${bondscope_opencv_version}")
  if(bondscope_opencv_version VERSION_LESS 4.4)
    list(APPEND bondscope_opencv_missing "headers of 4.4 or later (those of ${bondscope_opencv_version} were found)")
  endif()
else()
  list(APPEND bondscope_opencv_missing headers)
endif()
foreach(module IN ITEMS core features2d ml)
  find_library(OPENCV_${module}_LIBRARY opencv_${module})
  if(NOT OPENCV_${module}_LIBRARY)
    list(APPEND bondscope_opencv_missing opencv_${module})
  endif()
  list(APPEND bondscope_opencv_libraries ${OPENCV_${module}_LIBRARY})
endforeach()
if(bondscope_opencv_missing)
  list(JOIN bondscope_opencv_missing ", " bondscope_opencv_missing)
  message(FATAL_ERROR "libml needs OpenCV 4.4 or later; missing: ${bondscope_opencv_missing} (Debian: "
                      "libopencv-core-dev, libopencv-features2d-dev and libopencv-ml-dev; elsewhere "
                      "-DCMAKE_PREFIX_PATH=/path/to/opencv), or configure with -DPMD_BUILD_TRAINER=OFF")
endif()
message(STATUS "OpenCV ${bondscope_opencv_version}: ${OPENCV_core_LIBRARY}")
if(NOT TARGET bondscope_opencv)
  add_library(bondscope_opencv INTERFACE IMPORTED)
  target_include_directories(bondscope_opencv INTERFACE ${OPENCV_INCLUDE_DIR})
  target_link_libraries(bondscope_opencv INTERFACE ${bondscope_opencv_libraries})
endif()
