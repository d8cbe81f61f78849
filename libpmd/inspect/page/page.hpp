#pragma once

// The page of browse_page(): the files of this folder, embedded when the library is built.

#include <string_view>

namespace bondscope::page {

extern const std::string_view
    html;  ///< page.html, with {{style}}, {{script}}, {{data}}, {{pictures}}, {{nonce}}
extern const std::string_view style;   ///< page.css
extern const std::string_view script;  ///< the .js files, one behind the other

}  // namespace bondscope::page
