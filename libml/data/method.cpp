#include "libml/data/method.hpp"

namespace bondscope::ml {

Method::~Method() = default;

}  // namespace bondscope::ml
