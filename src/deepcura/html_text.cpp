#include "deepcura/note_parts.hpp"

#include "deepcura/fields.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <charconv>

namespace dcs::deepcura {

namespace {

constexpr std::size_t longest_tag = 2'000;
constexpr char bold_mark = '\x01';  // taken for a bold mark by headings, and out of the text behind them

struct Tag {
    std::string name{};  // in lower case
    bool closing = false;
    std::size_t length = 0;  // with its brackets; 0: no tag
};

constexpr std::string_view known_tags =
    " b strong i em u br p div span ul ol li h1 h2 h3 h4 h5 h6 table tbody thead tr td th hr html body head section article "
    "header footer blockquote pre code font a sup sub small title style script ";

Tag tag_at(std::string_view text) {
    Tag tag;
    std::size_t at = 1;
    if (at < text.size() && text[at] == '/') {
        tag.closing = true;
        ++at;
    }
    while (at < text.size() && tag.name.size() < 12) {
        const char low = text[at] >= 'A' && text[at] <= 'Z' ? static_cast<char>(text[at] - 'A' + 'a') : text[at];
        if (!((low >= 'a' && low <= 'z') || (low >= '0' && low <= '9' && !tag.name.empty()))) break;
        tag.name += low;
        ++at;
    }
    const bool ends = at < text.size() && (text[at] == '>' || text[at] == '/' || text[at] == ' ' || text[at] == '\n');
    if (tag.name.empty() || !ends) return tag;
    if (!is_among(known_tags, tag.name)) return tag;
    const auto end = text.substr(0, longest_tag).find('>', at);
    if (end != std::string_view::npos) tag.length = end + 1;
    return tag;
}

void append_code_point(std::string& out, std::uint32_t code) {
    if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return;
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | code >> 6);
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0 | code >> 12);
        out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | code >> 18);
        out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
        out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    }
}

/// Appends the character that an entity like "&amp;" stands for; its length, 0: it is none.
std::size_t append_entity(std::string_view text, std::string& out) {
    const auto end = text.substr(0, 12).find(';');
    if (end == std::string_view::npos || end < 2) return 0;
    const auto name = text.substr(1, end - 1);
    constexpr std::array<std::pair<std::string_view, std::string_view>, 8> entities{{{"amp", "&"},
                                                                                     {"lt", "<"},
                                                                                     {"gt", ">"},
                                                                                     {"quot", "\""},
                                                                                     {"apos", "'"},
                                                                                     {"nbsp", " "},
                                                                                     {"ndash", "\xE2\x80\x93"},
                                                                                     {"mdash", "\xE2\x80\x94"}}};
    for (const auto& [known, character] : entities)
        if (name == known) {
            out += character;
            return end + 1;
        }
    if (!name.starts_with('#')) return 0;
    const bool hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
    const auto digits = name.substr(hex ? 2 : 1);
    std::uint32_t code = 0;
    const auto [stop, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
    if (failed != std::errc{} || stop != digits.data() + digits.size()) return 0;
    if (code == 0xA0) out += ' ';
    else append_code_point(out, code);
    return end + 1;
}

bool has_tags(std::string_view text) {
    for (auto at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1))
        if (tag_at(text.substr(at)).length > 0) return true;
    return false;
}

std::string without_entities(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto taken = text[at] == '&' ? append_entity(text.substr(at), out) : 0;
        if (taken == 0) out += text[at];
        at += std::max<std::size_t>(taken, 1);
    }
    return out;
}

void new_line(std::string& out) {
    while (out.ends_with(' ')) out.pop_back();
    if (!out.empty() && out.back() != '\n') out += '\n';
}

void append_tag(const Tag& tag, std::string& out) {
    const auto& name = tag.name;
    if (name.size() == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6') {
        new_line(out);
        if (!tag.closing) out.append(static_cast<std::size_t>(name[1] - '0'), '#').append(" ");
    } else if (name == "br") {
        out += '\n';
    } else if (name == "li") {
        new_line(out);
        if (!tag.closing) out += "- ";
    } else if (name == "td" || name == "th") {
        if (tag.closing) out += ' ';
    } else if (name == "b" || name == "strong") {
        out += bold_mark;
    } else if (name == "hr" || name == "p" || name == "div" || name == "tr" || name == "ul" || name == "ol" ||
               name == "table" || name == "section" || name == "article" || name == "blockquote" || name == "pre" ||
               name == "header" || name == "footer") {
        new_line(out);
    }
}

}  // namespace

std::string without_html(std::string_view text) {
    if (!has_tags(text)) {
        const auto once = text.find("&lt;") == std::string_view::npos ? std::string{} : without_entities(text);
        return has_tags(once) ? without_html(once) : std::string{text};  // escaped twice
    }
    std::string out;
    out.reserve(text.size());
    std::string_view skipped{};  // the element whose content is no text
    for (std::size_t at = 0; at < text.size();) {
        const char letter = text[at];
        if (letter == '<') {
            const auto tag = tag_at(text.substr(at));
            if (tag.length > 0) {
                if (tag.name == "style" || tag.name == "script") skipped = tag.closing ? "" : known_tags;
                else if (skipped.empty()) append_tag(tag, out);
                at += tag.length;
                continue;
            }
        }
        std::size_t taken = letter == '&' && skipped.empty() ? append_entity(text.substr(at), out) : 0;
        if (taken == 0) {
            if (skipped.empty() && letter != bold_mark) out += letter;
            taken = 1;
        }
        at += taken;
    }
    return out;
}

}  // namespace dcs::deepcura
