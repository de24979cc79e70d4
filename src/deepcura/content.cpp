#include "deepcura/content.hpp"

#include "base/repair.hpp"
#include "deepcura/encoded.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr int deepest_envelope = 4;
constexpr int deepest_transport = 6;
constexpr std::size_t longest_name = 64;
constexpr std::int64_t longest_plain = 40;  // digits of a whole number that is written out

bool lists_word(std::string_view words, std::string_view word) {
    while (!words.empty()) {
        const auto each = words.substr(0, words.find(' '));
        if (each == word) return true;
        words.remove_prefix(std::min(words.size(), each.size() + 1));
    }
    return false;
}

/// The one spelling of a number's value: whole numbers plain, others as digits and a power of ten.
std::string plain_number(std::string_view text) {
    std::int64_t power = 0;
    const auto e = std::min(text.find_first_of("eE"), text.size());
    if (e < text.size()) {
        auto exponent = text.substr(e + 1);
        if (exponent.starts_with('+')) exponent.remove_prefix(1);
        const auto [end, failed] = std::from_chars(exponent.data(), exponent.data() + exponent.size(), power);
        constexpr std::int64_t largest = 1'000'000'000;
        if (failed != std::errc{} || power > largest || power < -largest) return std::string{text};
    }
    std::string digits;
    bool negative = false;
    bool fraction = false;
    for (const char letter : text.substr(0, e)) {
        if (letter == '-') negative = true;
        else if (letter == '.') fraction = true;
        else {
            digits += letter;
            if (fraction) --power;
        }
    }
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
    if (digits.empty()) return "0";
    for (; digits.ends_with('0'); digits.pop_back()) ++power;
    if (power >= 0 && power + std::ssize(digits) <= longest_plain) digits.append(static_cast<std::size_t>(power), '0');
    else if (power != 0) digits += "E" + std::to_string(power);
    return negative ? "-" + digits : digits;
}

/// The same value with its numbers in one spelling.
Document with_plain_numbers(const Document& value) {
    if (const auto digits = value.number()) return Document{Document::Number{plain_number(*digits)}};
    if (value.is_array()) {
        Document::Array items;
        items.reserve(value.items().size());
        for (const auto& each : value.items()) items.push_back(with_plain_numbers(each));
        return Document{std::move(items)};
    }
    if (value.is_object()) {
        Document::Object members;
        members.reserve(value.members().size());
        for (const auto& [name, each] : value.members()) members.emplace_back(name, with_plain_numbers(each));
        return Document{std::move(members)};
    }
    return value;
}

constexpr std::string_view stand_in = "\xee\x80\x80";  // U+E000, of private use
constexpr std::size_t escape_size = 6;                 // a backslash, u and four digits

/// The code of the escape by four digits that `text` begins with; nullopt: it is none.
std::optional<unsigned> escaped(std::string_view text) {
    if (text.size() < escape_size || !text.starts_with("\\u")) return std::nullopt;
    unsigned code = 0;
    const auto [end, failed] = std::from_chars(text.data() + 2, text.data() + escape_size, code, 16);
    return failed == std::errc{} && end == text.data() + escape_size ? std::optional{code} : std::nullopt;
}

bool is_high(unsigned code) { return code >= 0xd800 && code < 0xdc00; }
bool is_low(unsigned code) { return code >= 0xdc00 && code < 0xe000; }

/// How many characters of the escape at the beginning a database can hold; 0: it cannot.
std::size_t harmless(std::string_view text) {
    const auto code = escaped(text);
    if (!code) return 2;  // a short escape
    if (*code != 0 && !is_high(*code) && !is_low(*code)) return escape_size;
    const auto next = is_high(*code) ? escaped(text.substr(escape_size)) : std::nullopt;
    return next && is_low(*next) ? 2 * escape_size : 0;
}

/// Whether a member in it, also in JSON that is written as a text, has a name under which something of the note may stand.
bool says_something_clinical(const Document& value, int depth) {
    if (depth > deepest_transport) return true;
    if (const auto text = value.string()) {
        const auto written = from_json_text(*text);
        return written && !written->string() && says_something_clinical(*written, depth + 1);
    }
    if (std::ranges::any_of(value.items(), [&](const auto& each) { return says_something_clinical(each, depth + 1); }))
        return true;
    return std::ranges::any_of(value.members(), [&](const auto& each) {
        return each.first.size() > longest_name || is_clinical_name(normalised(each.first)) ||
               says_something_clinical(each.second, depth + 1);
    });
}

/// How deep a value stands, and whether in an object of the note.
struct Place {
    int depth = 0;
    bool in_note = false;
};
Document without_envelope(const Document& value, std::string_view name, const Source& source, Place place);

/// Without the envelope's members, where the value is an object or holds objects.
Document inner_content(const Document& value, std::string_view name, const Source& source, Place place) {
    if (value.is_object()) return without_envelope(value, name, source, place);
    if (!value.is_array()) return with_plain_numbers(value);
    Document::Array items;
    items.reserve(value.items().size());
    for (const auto& each : value.items())
        items.push_back(each.is_object() ? without_envelope(each, name, source, place) : with_plain_numbers(each));
    return Document{std::move(items)};
}

Document without_envelope(const Document& object, std::string_view own_name, const Source& source, Place place) {
    const bool notice = lists_word(source.notices, normalised(own_name));
    Document::Object members;
    members.reserve(object.members().size());
    for (const auto& [name, value] : object.members()) {
        if (says_nothing_of_the_note(name, value, source, place.in_note)) continue;
        if (notice && lists_word("id uuid guid", normalised(name))) continue;
        if (place.depth < deepest_envelope && is_part_of_the_envelope(name, source)) {
            auto written = value.string() ? from_json_text(*value.string()) : std::nullopt;
            if (!written && value.string()) written = from_encoded_json(*value.string());
            const auto& inner = written ? *written : value;
            if (inner.is_object() || inner.is_array()) {
                auto kept = inner_content(inner, name, source,
                                          {place.depth + 1, place.in_note || is_part_of_the_note(name, source)});
                // An object that held nothing else is no content either.
                const bool emptied = kept.is_object() && kept.members().empty() && !inner.members().empty();
                if (!emptied) members.emplace_back(name, std::move(kept));
                continue;
            }
        }
        members.emplace_back(name, with_plain_numbers(value));
    }
    return Document{std::move(members)};
}

}  // namespace

std::string faithful(std::string_view json) {
    const bool utf8 = is_utf8(json);
    std::string text;
    text.reserve(json.size());
    while (!json.empty()) {
        std::size_t taken = 1;
        const auto byte = static_cast<unsigned char>(json.front());
        if (byte == '\\') {
            taken = std::min(harmless(json), json.size());
            if (taken == 0) {
                text.append(stand_in).append(json.substr(1, escape_size - 1));
                json.remove_prefix(escape_size);
                continue;
            }
        }
        if (!utf8 && byte >= 0x80) text += fmt::format("{}x{:02x}", stand_in, byte);
        else text += json.substr(0, taken);
        json.remove_prefix(taken);
    }
    return text;
}

bool says_nothing_of_the_note(std::string_view name, const Document& value, const Source& source, bool in_note) {
    if (name.size() > longest_name) return false;
    const auto word = normalised(name);
    if (lists_word(source.stamps, word)) return !says_something_clinical(value, 0);
    if (in_note)
        return lists_word(source.envelope, word) && !lists_word(source.of_a_person, word) &&
               !says_something_clinical(value, 0);
    if (value.is_object() || value.is_array()) {
        const bool envelope = lists_word(source.transport, word) || lists_word(source.envelope, word);
        return envelope && !says_something_clinical(value, 0);
    }
    if (lists_word(source.envelope, word)) return true;
    if (!lists_word(source.envelope_tokens, word)) return false;
    const auto text = value.string();
    return value.is_null() || value.number() ||
           (text && trimmed(*text).find_first_of(" \t\r\n") == std::string_view::npos);
}

bool is_part_of_the_note(std::string_view name, const Source& source) {
    return name.size() <= longest_name && lists_word(source.note_objects, normalised(name));
}

bool is_part_of_the_envelope(std::string_view name, const Source& source) {
    return name.size() <= longest_name &&
           (lists_word(source.envelope_objects, normalised(name)) || lists_word(source.note_objects, normalised(name)));
}

Document content_of(const Document& payload, const Source& source) { return without_envelope(payload, {}, source, {}); }

}  // namespace dcs::deepcura
