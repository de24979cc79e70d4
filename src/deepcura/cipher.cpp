#include "deepcura/cipher.hpp"

#include "base/encoding.hpp"
#include "crypto/crypto.hpp"
#include "deepcura/envelope.hpp"
#include "deepcura/fields.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr std::size_t iv_bytes = 16;
constexpr std::string_view salted = "Salted__";
constexpr std::size_t salt_bytes = 8;

struct Named {
    Scheme scheme;
    std::string_view name;
};
constexpr std::array names{
    Named{Scheme::scrypt_zero_iv, "scrypt-zero-iv"},
    Named{Scheme::scrypt_iv_prefix, "scrypt-iv-prefix"},
    Named{Scheme::sha256_iv_prefix, "sha256-iv-prefix"},
    Named{Scheme::cryptojs, "cryptojs"},
    Named{Scheme::aes_gcm, "aes-gcm"},
    Named{Scheme::none, "none"},
};
constexpr std::array schemes{Scheme::scrypt_zero_iv, Scheme::scrypt_iv_prefix, Scheme::sha256_iv_prefix,
                             Scheme::cryptojs, Scheme::aes_gcm};

/// The members that senders are seen to put the ciphertext in (fact sheet sections 2 and 3.1), the best first.
constexpr std::array<std::string_view, 6> cipher_members{"encryptedpayload", "payload",   "data",
                                                         "ciphertext",       "encrypted", "encrypteddata"};
/// Members that may hold an object with the ciphertext.
constexpr std::array<std::string_view, 4> outer_members{"payload", "data", "body", "message"};
constexpr std::size_t longest_name = 64;

Error does_not_open() { return {Fault::unauthorized, "the payload does not open"}; }

bool is_hex(std::string_view text) {
    return !text.empty() && text.size() % 2 == 0 &&
           text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

std::string key_of(Scheme scheme, std::string_view secret) {
    switch (scheme) {
    case Scheme::scrypt_zero_iv:
    case Scheme::scrypt_iv_prefix: return crypto::scrypt_key(secret, "salt");
    case Scheme::sha256_iv_prefix:
    case Scheme::aes_gcm: return crypto::sha256(secret);
    case Scheme::cryptojs:
    case Scheme::none: return {};
    }
    return {};
}

}  // namespace

std::span<const Scheme> all_schemes() noexcept { return schemes; }

std::string_view name_of(Scheme scheme) noexcept { return std::ranges::find(names, scheme, &Named::scheme)->name; }

std::optional<Scheme> scheme_of(std::string_view name) noexcept {
    const auto found = std::ranges::find(names, name, &Named::name);
    return found == names.end() ? std::nullopt : std::optional{found->scheme};
}

Result<Opened> read_payload(std::string bytes) {
    auto unwrapped = unwrap_object(bytes);
    if (!unwrapped) return does_not_open();
    return Opened{.bytes = std::move(bytes),
                  .payload = std::move(unwrapped->value),
                  .altered = unwrapped->altered,
                  .rewritten = unwrapped->rewritten};
}

std::optional<std::string> unwrap(std::string_view wire) {
    while (wire.starts_with("data:")) {
        const auto comma = wire.find(',');
        if (comma == std::string_view::npos) break;
        wire.remove_prefix(comma + 1);
    }
    if (is_hex(trimmed(wire))) return from_hex(trimmed(wire));
    return from_any_base64(wire);
}

Key::Key(Scheme scheme, std::string secret)
    : scheme_{scheme}, secret_{std::move(secret)}, key_{key_of(scheme, secret_)} {}

Result<std::string> Key::decrypt(std::string_view bytes) const {
    switch (scheme_) {
    case Scheme::scrypt_zero_iv: return decrypt_whole(bytes);
    case Scheme::scrypt_iv_prefix:
    case Scheme::sha256_iv_prefix:
        if (bytes.size() < iv_bytes) return does_not_open();
        return crypto::decrypt_cbc(key_, bytes.substr(0, iv_bytes), bytes.substr(iv_bytes));
    case Scheme::cryptojs: {
        if (!bytes.starts_with(salted) || bytes.size() < salted.size() + salt_bytes) return does_not_open();
        const auto made = crypto::md5_key_and_iv(secret_, bytes.substr(salted.size(), salt_bytes));
        return crypto::decrypt_cbc(made.key, made.iv, bytes.substr(salted.size() + salt_bytes));
    }
    case Scheme::aes_gcm: return crypto::open(key_, bytes, "");
    case Scheme::none: return does_not_open();
    }
    return does_not_open();
}

Result<std::string> Key::decrypt_whole(std::string_view bytes) const {
    return crypto::decrypt_cbc(key_, std::string(iv_bytes, '\0'), bytes);
}

Cipher::Cipher(Scheme scheme, const std::string& secret, const std::string& previous) : scheme_{scheme} {
    for (const auto& each : {secret, previous})
        if (!each.empty()) keys_.emplace_back(scheme, each);
}

Result<Opened> Cipher::open(std::string_view wire) const {
    const auto bytes = unwrap(wire);
    if (!bytes) return does_not_open();
    for (std::size_t at = 0; at < keys_.size(); ++at) {
        auto plain = keys_[at].decrypt(*bytes);
        if (!plain) continue;
        auto opened = read_payload(std::move(*plain));
        if (!opened) continue;
        opened->previous = at > 0;
        return opened;
    }
    return does_not_open();
}

std::optional<std::string_view> cipher_text_in(const Document& body) {
    if (const auto text = body.string()) return text;
    const auto member = [](const Document& object, std::string_view wanted) -> const Document* {
        for (const auto& [name, value] : object.members())
            if (name.size() <= longest_name && normalised(name) == wanted) return &value;
        return nullptr;
    };
    for (const auto name : cipher_members)
        if (const auto* found = member(body, name); found && found->string()) return found->string();
    for (const auto outer : outer_members) {
        const auto* object = member(body, outer);
        if (!object || !object->is_object()) continue;
        for (const auto name : cipher_members)
            if (const auto* found = member(*object, name); found && found->string()) return found->string();
    }
    return std::nullopt;
}

}  // namespace dcs::deepcura
