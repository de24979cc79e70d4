#include "deepcura/content.hpp"

#include "base/repair.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr int deepest_envelope = 4;
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

Document without_envelope(const Document& object, const Source& source, int depth) {
    Document::Object members;
    members.reserve(object.members().size());
    for (const auto& [name, value] : object.members()) {
        if (says_nothing_of_the_note(name, value, source)) continue;
        if (depth < deepest_envelope && is_part_of_the_envelope(name, source)) {
            const auto written = value.string() ? from_json_text(*value.string()) : std::nullopt;
            const auto& inner = written ? *written : value;
            if (inner.is_object()) {
                auto kept = without_envelope(inner, source, depth + 1);
                // An object that held nothing else is no content either.
                if (!kept.members().empty() || inner.members().empty()) members.emplace_back(name, std::move(kept));
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

bool says_nothing_of_the_note(std::string_view name, const Document& value, const Source& source) {
    if (value.is_object() || value.is_array() || name.size() > longest_name) return false;
    const auto word = normalised(name);
    if (lists_word(source.envelope, word)) return true;
    if (!lists_word(source.envelope_tokens, word)) return false;
    const auto text = value.string();
    return value.is_null() || (text && trimmed(*text).find_first_of(" \t\r\n") == std::string_view::npos);
}

bool is_part_of_the_envelope(std::string_view name, const Source& source) {
    return name.size() <= longest_name && lists_word(source.envelope_objects, normalised(name));
}

Document content_of(const Document& payload, const Source& source) { return without_envelope(payload, source, 0); }

}  // namespace dcs::deepcura
