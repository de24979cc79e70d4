#include "admin/cursor.hpp"

#include "base/document.hpp"
#include "base/encoding.hpp"
#include "crypto/crypto.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::admin {

namespace {

constexpr std::size_t block = 64;

/// Blanks behind JSON mean nothing.
std::string padded(std::string text) {
    text.append((block - text.size() % block) % block, ' ');
    return text;
}

std::optional<std::vector<std::string>> key_in(std::string_view text) {
    const auto parsed = Document::parse(text);
    if (!parsed) return std::nullopt;
    std::vector<std::string> key;
    for (const auto& part : parsed->value.items()) {
        if (!part.string()) return std::nullopt;
        key.emplace_back(*part.string());
    }
    return key;
}

}  // namespace

Cursors::Cursors(std::function<std::vector<std::string>()> secrets)
    : secrets_{std::move(secrets)}, of_process_{crypto::random_bytes(32)} {}

std::vector<std::string> Cursors::keys() const {
    std::vector<std::string> keys;
    for (const auto& secret : secrets_())
        if (!secret.empty()) keys.push_back(crypto::derive_key(secret, "cursors of the admin page"));
    if (keys.empty()) keys.push_back(of_process_);
    return keys;
}

std::string Cursors::seal(const std::vector<std::string>& key, std::string_view list) const {
    std::string text;
    for (const auto& part : key) text += (text.empty() ? "[" : ",") + json_quoted(part);
    return to_base64url(crypto::seal(keys().front(), padded(text + "]"), list));
}

std::optional<std::vector<std::string>> Cursors::open(std::string_view cursor, std::string_view list) const {
    if (cursor.size() > text_limit) return std::nullopt;
    const auto sealed = from_base64url(cursor);
    if (!sealed) return std::nullopt;
    for (const auto& key : keys())
        if (const auto text = crypto::open(key, *sealed, list)) return key_in(*text);
    return std::nullopt;
}

std::string list_asked(const net::Request& request, const net::Query& query) {
    std::vector<std::string> filters;
    for (const auto& [name, value] : query)
        if (name != "limit" && name != "after")
            filters.push_back(net::percent_encode(name) + "=" + net::percent_encode(value));
    std::ranges::sort(filters);
    return fmt::format("{} {}?{}", request.method, request.path, fmt::join(filters, "&"));
}

}  // namespace dcs::admin
