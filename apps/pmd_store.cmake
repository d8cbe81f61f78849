add_executable(pmd_store pmd_store/main.cpp pmd_store/average.cpp pmd_store/browse.cpp pmd_store/compare.cpp pmd_store/degrade.cpp pmd_store/export.cpp
                         pmd_store/failures.cpp pmd_store/images.cpp pmd_store/import.cpp pmd_store/info.cpp pmd_store/interpolate.cpp
                         pmd_store/merge.cpp pmd_store/molecule.cpp pmd_store/outputs.cpp pmd_store/pulse.cpp pmd_store/render.cpp pmd_store/selection.cpp pmd_store/sensitivity.cpp pmd_store/spectrum.cpp pmd_store/timeline.cpp pmd_store/upgrade.cpp pmd_store/verify.cpp)
target_link_libraries(pmd_store PRIVATE Bondscope::shared Bondscope::opening Bondscope::average Bondscope::detector Bondscope::dataset Bondscope::import Bondscope::inspect nlohmann_json::nlohmann_json)
