#include "deepcura/encoded.hpp"

#include "base/encoding.hpp"
#include "deepcura/envelope.hpp"
#include "deepcura/fields.hpp"

#include <algorithm>
#include <array>

namespace dcs::deepcura {

namespace {

constexpr std::size_t longest_encoded = 1'000'000;
constexpr std::size_t longest_start = 4'096;  // bytes that are looked at to tell

/// Without "data:application/json;base64,".
std::string_view without_scheme(std::string_view text) {
    constexpr std::size_t longest_scheme = 80;
    text = trimmed(text);
    if (!text.starts_with("data:")) return text;
    const auto comma = text.substr(0, longest_scheme).find(',');
    return comma == std::string_view::npos ? text : text.substr(comma + 1);
}

bool is_of_base64(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
           std::string_view{"+/-_="}.find(letter) != std::string_view::npos;
}

/// Whether it begins as "{\"" does in hexadecimal digits.
bool is_hex_of_json(std::string_view text) {
    constexpr std::size_t looked_at = 64;
    return (text.starts_with("7b22") || text.starts_with("7B22")) &&
           text.substr(0, looked_at).find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

}  // namespace

bool begins_as_encoded(std::string_view text) {
    // '{' and a quote, a brace or a blank; the same behind a BOM.
    constexpr std::array<std::string_view, 4> starts{"ey", "ew", "e3", "77u/e"};
    constexpr std::size_t shortest = 8;
    constexpr std::size_t looked_at = 32;
    text = without_scheme(text);
    if (text.size() < shortest) return false;
    if (is_hex_of_json(text)) return true;
    const auto start = text.substr(0, looked_at);
    return std::ranges::any_of(starts, [&](std::string_view each) { return start.starts_with(each); }) &&
           std::ranges::all_of(start,
                               [](char letter) { return is_of_base64(letter) || letter == '\r' || letter == '\n'; });
}

std::optional<Document> from_encoded_json(std::string_view text) {
    text = without_scheme(text);
    if (text.size() > longest_encoded || !begins_as_encoded(text)) return std::nullopt;
    const auto decoded = is_hex_of_json(text) ? from_hex(text) : from_any_base64(text);
    if (!decoded || is_gzip(*decoded)) return std::nullopt;
    auto inner = unwrap_json(*decoded);
    return inner && inner->value.is_object() ? std::optional{std::move(inner->value)} : std::nullopt;
}

bool looks_encoded(std::string_view text) {
    constexpr std::size_t shortest = 24;
    text = without_scheme(text).substr(0, longest_start);
    if (text.size() < shortest) return false;
    if (is_hex_of_json(text)) return true;
    bool upper = false;
    bool lower = false;
    bool digit = false;
    for (const char letter : text) {
        if (letter == '\r' || letter == '\n') continue;
        if (!is_of_base64(letter)) return false;
        upper = upper || (letter >= 'A' && letter <= 'Z');
        lower = lower || (letter >= 'a' && letter <= 'z');
        digit = digit || (letter >= '0' && letter <= '9');
    }
    return upper && lower && digit;
}

}  // namespace dcs::deepcura
