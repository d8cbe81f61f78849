#pragma once

// The number of electrons that a distribution was counted with.

namespace bondscope {

/// The name of the parameter that stores of counted distributions declare for it.
inline constexpr const char* electrons_parameter = "electrons";

}  // namespace bondscope
