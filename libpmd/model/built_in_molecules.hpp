#pragma once

// configs/molecules/H2+.yaml and HeH+.yaml, compiled in: libpmd/model/CMakeLists.txt makes the definition.

namespace bondscope {

/// YAML.
extern const char* const built_in_molecule_texts[2];

}  // namespace bondscope
