#pragma once

// Words for messages: which name was meant, and lists of names.

#include <string>
#include <vector>

namespace bondscope {

/// The nearest of `candidates` to `word` by edit distance, or empty if none is near.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

/// "expected one of a, b, c (did you mean 'b'?)"
std::string expected_one_of(const std::vector<std::string>& candidates, const std::string& word);

/// "a, b, c"
std::string join(const std::vector<std::string>& words);

}  // namespace bondscope
