#include "crypto/totp.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>

namespace dcs::crypto {

std::string totp_code(std::string_view key, std::int64_t step) {
    std::array<unsigned char, 8> counter{};
    auto rest = static_cast<std::uint64_t>(step);
    for (auto at = counter.rbegin(); at != counter.rend(); ++at, rest >>= 8)
        *at = static_cast<unsigned char>(rest & 0xFF);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), counter.data(), counter.size(), digest.data(),
             &size) == nullptr)
        throw std::runtime_error{"OpenSSL: HMAC"};
    const auto from = static_cast<std::size_t>(digest[size - 1] & 0x0F);  // RFC 4226 section 5.3
    const std::uint32_t number = (static_cast<std::uint32_t>(digest[from] & 0x7F) << 24) |
                                 (static_cast<std::uint32_t>(digest[from + 1]) << 16) |
                                 (static_cast<std::uint32_t>(digest[from + 2]) << 8) | digest[from + 3];
    constexpr std::uint32_t six_digits = 1'000'000;
    return fmt::format("{:06}", number % six_digits);
}

std::string to_base32(std::string_view bytes) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string text;
    std::uint32_t held = 0;
    int bits = 0;
    for (const char byte : bytes) {
        held = (held << 8) | static_cast<unsigned char>(byte);
        bits += 8;
        for (; bits >= 5; bits -= 5) text += letters[(held >> (bits - 5)) & 0x1F];
        held &= (1U << bits) - 1;
    }
    if (bits > 0) text += letters[(held << (5 - bits)) & 0x1F];
    return text;
}

}  // namespace dcs::crypto
