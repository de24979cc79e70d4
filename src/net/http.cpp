#include "net/http.hpp"

#include "base/document.hpp"
#include "net/request_head.hpp"

#include <algorithm>

namespace dcs::net {

namespace {

char lower(char letter) noexcept {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

/// The value of a hex digit, or -1.
int digit_value(char digit) noexcept {
    if (digit >= '0' && digit <= '9') return digit - '0';
    const char small = lower(digit);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/// The byte that the escape at `text[at]` stands for, or -1.
int escaped_byte(std::string_view text, std::size_t at) noexcept {
    if (at + 2 >= text.size()) return -1;
    const int high = digit_value(text[at + 1]);
    const int low = digit_value(text[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/// One name or value of a query.
std::string form_decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const int byte = text[at] == '%' ? escaped_byte(text, at) : -1;
        if (byte >= 0) {
            decoded += static_cast<char>(byte);
            at += 2;
        } else {
            decoded += text[at] == '+' ? ' ' : text[at];
        }
    }
    return decoded;
}

}  // namespace

bool same_token(std::string_view left, std::string_view right) noexcept {
    return std::ranges::equal(left, right, {}, lower, lower);
}

std::string_view Headers::get(std::string_view name) const noexcept {
    for (const auto& [field, value] : fields_)
        if (same_token(field, name)) return value;
    return {};
}

std::size_t Headers::count(std::string_view name) const noexcept {
    return static_cast<std::size_t>(
        std::ranges::count_if(fields_, [name](const auto& field) { return same_token(field.first, name); }));
}

Query Query::parse(std::string_view text) {
    Query query;
    while (!text.empty()) {
        const auto pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(pair.size() + 1, text.size()));
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        const auto value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
        query.fields_.emplace_back(form_decode(pair.substr(0, equals)), form_decode(value));
    }
    return query;
}

bool Query::has(std::string_view name) const noexcept {
    return std::ranges::any_of(fields_, [name](const auto& field) { return field.first == name; });
}

std::string_view Query::get(std::string_view name) const noexcept {
    for (const auto& [field, value] : fields_)
        if (field == name) return value;
    return {};
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    encoded.reserve(text.size());
    for (const char letter : text) {
        const bool alphanumeric = (lower(letter) >= 'a' && lower(letter) <= 'z') || (letter >= '0' && letter <= '9');
        if (alphanumeric || letter == '-' || letter == '.' || letter == '_' || letter == '~') {
            encoded += letter;
        } else {
            const auto byte = static_cast<unsigned char>(letter);
            encoded += '%';
            encoded += digits[byte >> 4U];
            encoded += digits[byte & 15U];
        }
    }
    return encoded;
}

std::optional<std::string> percent_decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            decoded += text[at];
            continue;
        }
        const int byte = escaped_byte(text, at);
        if (byte < 0) return std::nullopt;
        decoded += static_cast<char>(byte);
        at += 2;
    }
    return decoded;
}

Response json_error(int status, std::string_view error, std::string_view request_id) {
    Response response;
    response.status = status;
    response.body = "{\"error\":" + json_quoted(error) + ",\"request_id\":" + json_quoted(request_id) + "}";
    return response;
}

}  // namespace dcs::net
