#include "deepcura/plain_text.hpp"

#include <algorithm>
#include <cstring>

namespace dcs::deepcura {

namespace {

bool is_unicode_blank(char32_t code) {
    return code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x202F || code == 0x205F ||
           code == 0x3000;
}

bool is_unseen(char32_t code) {
    return code == 0xAD || code == 0x034F || code == 0x061C || code == 0x180E || (code >= 0x200B && code <= 0x200F) ||
           (code >= 0x202A && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) ||
           (code >= 0xFE00 && code <= 0xFE0F) || code == 0xFEFF;
}

bool is_hyphen(char32_t code) {
    return (code >= 0x2010 && code <= 0x2012) || code == 0x2212 || code == 0xFE63 || code == 0xFF0D;
}

bool is_apostrophe(char32_t code) { return code == 0x2018 || code == 0x2019 || code == 0x02BC; }

bool is_ascii_blank(char letter) { return letter == ' ' || (letter >= '\t' && letter <= '\r'); }

/// What stands for the character in plain text: itself (-1), nothing (0), or an ASCII character.
int plain_form(char32_t code) {
    if (is_unicode_blank(code)) return ' ';
    if (code == 0x85 || code == 0x2028 || code == 0x2029) return '\n';
    if (is_unseen(code)) return 0;
    if (is_hyphen(code)) return '-';
    if (is_apostrophe(code)) return '\'';
    if (code >= 0xFF01 && code <= 0xFF5E) return static_cast<int>(code - 0xFF01 + '!');
    return -1;
}

/// Calls each(bytes that stay or their replacement, place of the original).
template <class Each>
void for_each_plain(std::string_view text, Each each) {
    for (std::size_t at = 0; at < text.size();) {
        if (static_cast<unsigned char>(text[at]) < 0x80) {
            each(text.substr(at, 1), at);
            ++at;
            continue;
        }
        const auto next = first_character(text.substr(at));
        const int form = plain_form(next.code);
        const char replaced = static_cast<char>(form);
        if (form < 0) each(text.substr(at, next.bytes), at);
        else if (form > 0) each(std::string_view{&replaced, 1}, at);
        at += next.bytes;
    }
}

}  // namespace

bool is_ascii(std::string_view text) noexcept {
    unsigned char all = 0;
    for (const char letter : text) all = static_cast<unsigned char>(all | static_cast<unsigned char>(letter));
    return all < 0x80;
}

std::string plain(std::string_view text) {
    if (is_ascii(text)) return std::string{text};
    std::string out;
    out.reserve(text.size());
    for_each_plain(text, [&](std::string_view bytes, std::size_t) { out += bytes; });
    return out;
}

PlainText plain_with_origins(std::string_view text) {
    if (is_ascii(text)) return {std::string{text}, {}};
    PlainText out;
    out.text.reserve(text.size());
    out.origins.reserve(text.size() + 1);
    for_each_plain(text, [&](std::string_view bytes, std::size_t at) {
        for (std::size_t each = 0; each < bytes.size(); ++each)
            out.origins.push_back(static_cast<std::uint32_t>(at + (bytes.size() > 1 ? each : 0)));
        out.text += bytes;
    });
    out.origins.push_back(static_cast<std::uint32_t>(text.size()));
    return out;
}

std::string with_plain_line_ends(std::string_view text) {
    if (is_ascii(text) && text.find_first_of("\r\v\f") == std::string_view::npos) return std::string{text};
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto rest = text.substr(at);
        if (rest.starts_with("\r\n")) ++at;
        if (rest.front() == '\r' || rest.front() == '\v' || rest.front() == '\f') out += '\n';
        else if (rest.starts_with("\xC2\x85")) out += '\n', at += 1;
        else if (rest.starts_with("\xE2\x80\xA8") || rest.starts_with("\xE2\x80\xA9")) out += '\n', at += 2;
        else out += rest.front();
    }
    return out;
}

Character first_character(std::string_view text) noexcept {
    if (text.empty()) return {};
    const auto at = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
    const auto lead = at(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 0;
    if (bytes == 0 || bytes > text.size()) return {0xFFFD, 1};
    auto code = static_cast<char32_t>(lead & (0x7F >> bytes));
    for (std::size_t index = 1; index < bytes; ++index) {
        if ((at(index) & 0xC0) != 0x80) return {0xFFFD, 1};
        code = code << 6 | (at(index) & 0x3F);
    }
    return {code, bytes};
}

namespace {

/// Bytes of the run of one character, of `bytes` bytes, that `text` begins with. A long run equals itself that many bytes on.
std::size_t run_at_start(std::string_view text, std::size_t bytes) noexcept {
    constexpr std::size_t block = 4'096;
    std::size_t at = bytes;
    while (at + block <= text.size() && std::memcmp(text.data() + at, text.data() + at - bytes, block) == 0)
        at += block;
    at -= at % bytes;
    while (text.substr(at).starts_with(text.substr(0, bytes))) at += bytes;
    return at;
}

/// The same of the run that it ends with.
std::size_t run_at_end(std::string_view text, std::size_t bytes) noexcept {
    constexpr std::size_t block = 4'096;
    const auto last = text.substr(text.size() - bytes);
    std::size_t taken = bytes;
    while (taken + block <= text.size()) {
        const auto* const before = text.data() + text.size() - taken - block;
        if (std::memcmp(before, before + bytes, block) != 0) break;
        taken += block;
    }
    taken -= taken % bytes;
    while (text.substr(0, text.size() - taken).ends_with(last)) taken += bytes;
    return taken;
}

}  // namespace

std::size_t blank_prefix(std::string_view text) noexcept {
    std::size_t taken = 0;
    while (taken < text.size()) {
        if (is_ascii_blank(text[taken])) {
            taken += run_at_start(text.substr(taken), 1);
            continue;
        }
        if (static_cast<unsigned char>(text[taken]) < 0x80) break;
        const auto next = first_character(text.substr(taken));
        const bool line_end = next.code == 0x85 || next.code == 0x2028 || next.code == 0x2029;
        if (!line_end && !is_unicode_blank(next.code) && !is_unseen(next.code)) break;
        taken += run_at_start(text.substr(taken), next.bytes);
    }
    return taken;
}

std::size_t blank_suffix(std::string_view text) noexcept {
    std::size_t taken = 0;
    while (taken < text.size()) {
        auto start = text.size() - taken - 1;
        if (is_ascii_blank(text[start])) {
            taken += run_at_end(text.substr(0, text.size() - taken), 1);
            continue;
        }
        if (static_cast<unsigned char>(text[start]) < 0x80) break;
        for (int back = 0; back < 3 && start > 0 && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80; ++back)
            --start;
        const auto length = text.size() - taken - start;
        const auto last = first_character(text.substr(start, length));
        const bool line_end = last.code == 0x85 || last.code == 0x2028 || last.code == 0x2029;
        if (last.bytes != length || (!line_end && !is_unicode_blank(last.code) && !is_unseen(last.code))) break;
        taken += run_at_end(text.substr(0, text.size() - taken), length);
    }
    return taken;
}

}  // namespace dcs::deepcura
