#include "crypto/password.hpp"

#include "base/encoding.hpp"
#include "crypto/crypto.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <stdexcept>

namespace dcs::crypto {

namespace {

constexpr std::string_view head = "scrypt$15$8$3$";
constexpr std::uint64_t cost = std::uint64_t{1} << 15;
constexpr std::uint64_t block_size = 8;
constexpr std::uint64_t parallel = 3;
constexpr std::uint64_t most_memory = 64 * 1024 * 1024;
constexpr std::size_t salt_bytes = 16;
constexpr std::size_t key_bytes = 32;

std::string key_of(std::string_view password, std::string_view salt) {
    std::string key(key_bytes, '\0');
    const auto* const salted = reinterpret_cast<const unsigned char*>(salt.data());
    auto* const made = reinterpret_cast<unsigned char*>(key.data());
    if (EVP_PBE_scrypt(password.empty() ? "" : password.data(), password.size(), salted, salt.size(), cost, block_size,
                       parallel, most_memory, made, key.size()) != 1)
        throw std::runtime_error{"OpenSSL: scrypt"};
    return key;
}

}  // namespace

std::string hash_password(std::string_view password) {
    const auto salt = random_bytes(salt_bytes);
    return fmt::format("{}{}${}", head, to_base64url(salt), to_base64url(key_of(password, salt)));
}

bool is_password(std::string_view password, std::string_view hash) {
    if (!hash.starts_with(head)) return no_password(password);
    const auto rest = hash.substr(head.size());
    const auto middle = rest.find('$');
    if (middle == std::string_view::npos) return no_password(password);
    const auto salt = from_base64url(rest.substr(0, middle));
    const auto key = from_base64url(rest.substr(middle + 1));
    if (!salt || !key || salt->size() != salt_bytes || key->size() != key_bytes) return no_password(password);
    return same_secret(key_of(password, *salt), *key);
}

bool no_password(std::string_view password) {
    const auto key = key_of(password, std::string(salt_bytes, '\0'));
    return key.empty();
}

}  // namespace dcs::crypto
