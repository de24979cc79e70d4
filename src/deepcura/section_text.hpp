#pragma once
// SectionText: a part of a note that came as an object or a list, as the lines that a clinician would write.
//
// Technical  ids, places in an order, times of changes and the like are no clinical text: left out.
// Text       the text of {id, text} is the part's own; {title, content}, {heading, body}, {question, answer} and {key, value}
//            become "title: content". What else an object holds becomes "name: value".
// Fences     lines of ``` around a text say nothing: left out.
// Lists      a line, or the lines, of each element. Bounds: those of readable() (fields.hpp).

#include "deepcura/fields.hpp"

#include <string>
#include <string_view>

namespace dcs::deepcura {

/// `own_title`: what the part is called itself; an element of that title does not repeat it.
std::string section_text(const Document& value, std::string_view own_title, Allowance& left);

/// The title and the text of an object that is a section, {title, content} under any usual names. value == nullptr: it is none.
Cell section_of(const Document& element);
/// Whether it is a section that has a title and nothing else.
bool is_title_alone(const Document& element);

}  // namespace dcs::deepcura
