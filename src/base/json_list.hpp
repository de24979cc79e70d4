#pragma once
// JsonList: a list's answer with its records still as they came: each is read when its turn comes, and never all of them at once.
//
// Promise    what surrounds the list is read and well-formed; an element has balanced brackets and closed strings, no more.
// Bounds     one copy of the text, and a place for each element; no recursion.

#include "base/document.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace dcs {

class JsonList {
public:
    JsonList() = default;
    /// The member of the outermost object that is an array and has one of `names`; the first name that occurs counts.
    /// Without such a member the whole text is around(). bad_input: not JSON, as far as it is read.
    static Result<JsonList> split(std::string text, std::initializer_list<std::string_view> names);

    bool found() const noexcept { return found_; }
    /// The answer without the list's elements.
    const Document& around() const noexcept { return around_; }
    std::size_t size() const noexcept { return elements_.size(); }
    std::string_view operator[](std::size_t at) const {
        return std::string_view{text_}.substr(elements_[at].begin, elements_[at].length);
    }

private:
    struct Place {
        std::size_t begin;
        std::size_t length;
    };
    class Splitter;

    std::string text_{};
    std::vector<Place> elements_{};
    Document around_{};
    bool found_ = false;
};

}  // namespace dcs
