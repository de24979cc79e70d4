#include "audit/seal_key.hpp"

#include "base/encoding.hpp"
#include "crypto/crypto.hpp"

#include <algorithm>

namespace dcs::audit {

SealKeys seal_keys(const std::vector<std::string>& secrets) {
    constexpr std::size_t id_bytes = 8;
    SealKeys keys;
    for (const auto& secret : secrets) {
        if (secret.empty()) continue;
        SealKey key{{}, crypto::derive_key(secret, "audit seals")};
        key.id = to_hex(crypto::hmac_sha256(key.bytes, "key id").substr(0, id_bytes));
        if (find_key(keys, key.id) == nullptr) keys.push_back(std::move(key));
    }
    return keys;
}

const SealKey* find_key(const SealKeys& keys, std::string_view id) {
    const auto found = std::ranges::find(keys, id, &SealKey::id);
    return found == keys.end() ? nullptr : &*found;
}

}  // namespace dcs::audit
