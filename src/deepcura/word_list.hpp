#pragma once
// WordList: whether a word is one of a list that is written as one text.

#include <string>
#include <string_view>

namespace dcs::deepcura {

/// `words`: between blanks, with one before the first and one behind the last. An empty word is none of them.
inline bool is_among(std::string_view words, std::string_view word) {
    return !word.empty() && words.find(" " + std::string{word} + " ") != std::string_view::npos;
}

}  // namespace dcs::deepcura
