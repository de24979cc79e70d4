#include "deepcura/section_text.hpp"

#include "deepcura/headings.hpp"
#include "deepcura/note_lines.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <array>

namespace dcs::deepcura {

namespace {

constexpr int deepest_section = 6;

/// Never clinical, whatever they hold, unless it is an object or a list.
constexpr std::string_view technical =
    " id uuid guid _id objectid sectionid noteid elementid blockid fieldid itemid templateid parentid sessionid sortorder "
    "sortindex displayorder slug createdat updatedat modifiedat deletedat generatedat savedat lastmodified lastupdated "
    "lastmodifiedat lastupdatedat createdon updatedon createdby updatedby modifiedby editedby authorid userid etag hash checksum "
    "iscollapsed isvisible ishidden iseditable readonly isrequired locale wordcount charcount tokencount confidence "
    "confidencescore modelversion promptid contenttype mimetype mediatype datatype fieldtype sectiontype blocktype inputtype "
    "encoding icon color ";
/// Technical where they hold a number, a time or yes and no: {"order": 2}, but not {"order": "CBC"}.
constexpr std::string_view technical_numbers =
    " order index idx position sequence seq ordinal ordering rank created updated modified version revision visible hidden "
    "collapsed editable required ";
/// Technical beside a text where they hold one of these words, or the name of a part.
constexpr std::string_view technical_words = " type kind format style status state source generatedby ";
constexpr std::string_view words_of_programs =
    " text string markdown md html plain plaintext richtext paragraph list section block heading field note soap draft final "
    "complete completed published approved signed saved generated ai llm deepcura manual template scribe auto ";
/// Names of the text itself, the best first.
constexpr std::array<std::string_view, 16> texts{
    "text",   "content",  "value",  "body",   "markdown", "plaintext", "contenttext", "textcontent",
    "answer", "response", "output", "result", "richtext", "html",      "contenthtml", "narrative"};
/// Names of the text where nothing better is there.
constexpr std::array<std::string_view, 14> lesser_texts{
    "description", "note",  "notes",   "summary", "details",     "comment",  "data",
    "paragraphs",  "lines", "bullets", "items",   "subsections", "children", "sections"};
constexpr std::array<std::string_view, 14> labels{"title",        "heading",     "header",      "label",   "name",
                                                  "sectiontitle", "sectionname", "displayname", "section", "question",
                                                  "key",          "field",       "topic",       "prompt"};
/// Names of what kind of section it is, where it has no title.
constexpr std::array<std::string_view, 5> kinds{"sectiontype", "type", "kind", "code", "slug"};

/// Whether it is a number, true or false, or a text that begins as a number or a time does.
bool is_number_like(const Document& value) {
    const auto text = value.string();
    if (!text) return value.number() || value.boolean();
    const auto inner = trimmed(*text);
    return !inner.empty() && inner.size() <= 40 && inner.front() >= '0' && inner.front() <= '9';
}

bool is_scalar(const Document& value) { return !value.is_object() && !value.is_array(); }

bool is_technical(const Document::Member& member, bool beside_text) {
    if (!is_scalar(member.second)) return false;
    const auto name = normalised(member.first);
    if (is_among(technical, name)) return true;
    if (is_among(technical_numbers, name)) return is_number_like(member.second);
    const auto text = member.second.string();
    if (!beside_text || !text || !is_among(technical_words, name)) return false;
    return is_among(words_of_programs, normalised(*text)) || named_part(*text).part != Part::none;
}

template <class Names>
const Document::Member* member_of(const Document& object, const Names& names) {
    for (const auto wanted : names)
        for (const auto& each : object.members())
            if (normalised(each.first) == wanted && !says_nothing(each.second)) return &each;
    return nullptr;
}

bool has_a_text(const Document::Member* member) {
    return member != nullptr && (member->second.string() || !is_scalar(member->second));
}

/// The member that holds the section's text.
const Document::Member* text_of(const Document& object) {
    const auto* best = member_of(object, texts);
    return has_a_text(best) ? best : nullptr;
}

const Document::Member* label_of(const Document& object) {
    const auto* label = member_of(object, labels);
    return label != nullptr && label->second.string() ? label : nullptr;
}

void add_line(std::string_view line, std::string& out) {
    if (line.empty()) return;
    if (!out.empty()) out += '\n';
    out += line;
}

/// "title: text", or the title and the indented lines below it.
std::string titled(std::string_view title, std::string_view text) {
    std::string out{title};
    if (!title.ends_with(':')) out += ':';
    if (text.find('\n') == std::string_view::npos) return out + " " + std::string{text};
    out += "\n  ";
    for (const char letter : text) {
        out += letter;
        if (letter == '\n') out += "  ";
    }
    return out;
}

/// Whether a list of lines is all that it holds, besides what is technical: {"items": [...]}.
bool is_wrapper(const Document& object) {
    std::size_t others = 0;
    const Document::Member* list = nullptr;
    for (const auto& each : object.members()) {
        if (is_technical(each, false)) continue;
        if (list == nullptr && each.second.is_array()) list = &each;
        else ++others;
    }
    return list != nullptr && others == 0 && member_of(object, lesser_texts) == list;
}

std::string lines_of(const Document& value, std::string_view own_title, int depth, Allowance& left);

std::string lines_of_object(const Document& object, std::string_view own_title, int depth, Allowance& left) {
    const bool searched = object.members().size() <= most_element_members;
    const auto* text = searched ? text_of(object) : nullptr;
    const auto* label = searched ? label_of(object) : nullptr;
    if (text == nullptr && searched && (label != nullptr || is_wrapper(object))) text = member_of(object, lesser_texts);
    if (text == label) text = nullptr;
    std::string out;
    if (text != nullptr) {
        const auto lines = lines_of(text->second, {}, depth + 1, left);
        const auto title = label != nullptr ? trimmed(*label->second.string()) : std::string_view{};
        const bool repeated = normalised(title) == normalised(own_title);
        add_line(title.empty() || repeated || lines.empty() ? lines : titled(title, lines), out);
    }
    for (const auto& each : object.members()) {
        if (!left.take_value()) return out;
        if (&each == text || (text != nullptr && &each == label) || is_technical(each, text != nullptr)) continue;
        const auto lines = lines_of(each.second, {}, depth + 1, left);
        if (!lines.empty()) add_line(titled(left.take_text(each.first), lines), out);
    }
    return out;
}

std::string lines_of(const Document& value, std::string_view own_title, int depth, Allowance& left) {
    if (value.is_null()) return {};
    if (const auto text = value.string()) return without_fence_lines(left.take_text(trimmed(*text)));
    if (depth > deepest_section || is_scalar(value)) return limited(value, left).text();
    if (value.is_object()) return lines_of_object(value, own_title, depth, left);
    std::string out;
    for (const auto& each : value.items()) {
        if (!left.take_value()) return out;
        add_line(lines_of(each, own_title, depth + 1, left), out);
    }
    return out;
}

}  // namespace

std::string section_text(const Document& value, std::string_view own_title, Allowance& left) {
    if (const auto text = value.string()) return without_fence_lines(trimmed(*text));
    return lines_of(value, own_title, 0, left);
}

bool is_title_alone(const Document& element) {
    if (!element.is_object() || element.members().size() > most_element_members) return false;
    const auto* label = label_of(element);
    return label != nullptr && std::ranges::all_of(element.members(), [&](const auto& each) {
               return &each == label || says_nothing(each.second) || is_technical(each, true);
           });
}

Cell section_of(const Document& element) {
    const auto plain = cell_of(element);
    if (plain.value || !element.is_object() || element.members().size() > most_element_members) return plain;
    const auto* label = label_of(element);
    const auto* text = text_of(element);
    if (label == nullptr) label = member_of(element, kinds);
    if (text == nullptr) text = member_of(element, lesser_texts);
    if (label == nullptr || !label->second.string() || text == nullptr || text == label) return {};
    return {.label = *label->second.string(), .value = &text->second};
}

}  // namespace dcs::deepcura
