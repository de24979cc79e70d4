#pragma once
// WordList: whether a word is one of a list that is written as one text.

#include <string_view>

namespace dcs::deepcura {

/// `words`: between blanks, with one before the first and one behind the last. An empty word is none of them.
inline bool is_among(std::string_view words, std::string_view word) {
    if (word.empty()) return false;
    // Looked for by its first letter: blanks stand everywhere in such a list.
    for (auto at = words.find(word); at != std::string_view::npos; at = words.find(word, at + 1)) {
        const auto behind = at + word.size();
        if (at > 0 && words[at - 1] == ' ' && behind < words.size() && words[behind] == ' ') return true;
    }
    return false;
}

}  // namespace dcs::deepcura
