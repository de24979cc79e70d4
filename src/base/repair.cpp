#include "base/repair.hpp"

#include <algorithm>
#include <cstdint>

namespace dcs {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

/// How many bytes the well-formed UTF-8 sequence at the front of `bytes` has (Unicode 15, table 3-7); 0: ill-formed.
std::size_t sequence_length(std::string_view bytes) {
    const auto at = [&](std::size_t index) { return static_cast<unsigned char>(bytes[index]); };
    const auto continues = [&](std::size_t index, unsigned low = 0x80, unsigned high = 0xBF) {
        return index < bytes.size() && at(index) >= low && at(index) <= high;
    };
    const unsigned lead = at(0);
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return continues(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
        const unsigned high = lead == 0xED ? 0x9F : 0xBF;
        return continues(1, low, high) && continues(2) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
        const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
        return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
    }
    return 0;
}

/// The four hex digits of the escape \uXXXX that begins at `at`; nullopt: no such escape there.
std::optional<std::uint32_t> unicode_escape(std::string_view bytes, std::size_t at) {
    if (at + 6 > bytes.size() || bytes[at] != '\\' || bytes[at + 1] != 'u') return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t index = at + 2; index < at + 6; ++index) {
        const char digit = bytes[index];
        value <<= 4;
        if (digit >= '0' && digit <= '9') value |= static_cast<std::uint32_t>(digit - '0');
        else if (digit >= 'a' && digit <= 'f') value |= static_cast<std::uint32_t>(digit - 'a' + 10);
        else if (digit >= 'A' && digit <= 'F') value |= static_cast<std::uint32_t>(digit - 'A' + 10);
        else return std::nullopt;
    }
    return value;
}

bool leading(std::uint32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool trailing(std::uint32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

struct Step {
    std::size_t length;  // bytes taken
    bool keep;           // as they are; else one U+FFFD
};

/// What stands at `at`: an escape (inside a JSON string every backslash begins one), a character, or garbage.
Step step_at(std::string_view bytes, std::size_t at) {
    if (bytes[at] != '\\') {
        const auto length = sequence_length(bytes.substr(at));
        return length == 0 ? Step{1, false} : Step{length, true};
    }
    const auto unit = unicode_escape(bytes, at);
    if (!unit) return {at + 1 < bytes.size() && static_cast<unsigned char>(bytes[at + 1]) < 0x80 ? 2U : 1U, true};
    if (*unit == 0 || trailing(*unit)) return {6, false};
    if (!leading(*unit)) return {6, true};
    const auto next = unicode_escape(bytes, at + 6);
    return next && trailing(*next) ? Step{12, true} : Step{6, false};
}

/// Of the number's exponent, without zeros in front; 0: it has none.
std::size_t exponent_digits(std::string_view number) {
    auto exponent = number.substr(std::min(number.find_first_of("eE"), number.size()));
    exponent.remove_prefix(std::min<std::size_t>(1, exponent.size()));
    if (exponent.starts_with('+') || exponent.starts_with('-')) exponent.remove_prefix(1);
    if (exponent.find_first_not_of("0123456789") != std::string_view::npos) return 0;
    return exponent.size() - std::min(exponent.find_first_not_of('0'), exponent.size());
}

}  // namespace

std::optional<std::string> repair_json(std::string_view bytes) {
    std::optional<std::string> repaired;
    for (std::size_t at = 0; at < bytes.size();) {
        if (!repaired && static_cast<unsigned char>(bytes[at]) < 0x80 && bytes[at] != '\\') {
            ++at;  // nearly all of it
            continue;
        }
        const auto [length, keep] = step_at(bytes, at);
        if (!keep && !repaired) repaired = std::string{bytes.substr(0, at)};
        if (repaired) *repaired += keep ? bytes.substr(at, length) : replacement;
        at += length;
    }
    return repaired;
}

std::string quote_absurd_numbers(std::string_view json) {
    constexpr std::size_t longest_exponent = 9;
    std::string quoted;
    bool in_text = false;
    for (std::size_t at = 0; at < json.size();) {
        const char character = json[at];
        if (!in_text && (character == '-' || (character >= '0' && character <= '9'))) {
            const auto end = std::min(json.find_first_not_of("+-.0123456789eE", at), json.size());
            const auto number = json.substr(at, end - at);
            const std::string_view mark = exponent_digits(number) > longest_exponent ? "\"" : "";
            quoted += mark;
            quoted += number;
            quoted += mark;
            at = end;
            continue;
        }
        if (character == '"') in_text = !in_text;
        const std::size_t length = in_text && character == '\\' ? 2 : 1;
        quoted += json.substr(at, length);
        at += length;
    }
    return quoted;
}

std::string repair_text(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size());
    while (!bytes.empty()) {
        const auto length = bytes.front() == '\0' ? 0 : sequence_length(bytes);
        text += length == 0 ? replacement : bytes.substr(0, length);
        bytes.remove_prefix(length == 0 ? 1 : length);
    }
    return text;
}

bool is_utf8(std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        const auto length = sequence_length(bytes);
        if (length == 0) return false;
        bytes.remove_prefix(length);
    }
    return true;
}

}  // namespace dcs
