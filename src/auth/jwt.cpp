#include "auth/jwt.hpp"

#include "base/encoding.hpp"

#include <cjose/cjose.h>
#include <fmt/format.h>
#include <openssl/err.h>

#include <array>
#include <utility>

namespace dcs::auth {

namespace {

constexpr std::size_t max_bytes = 8 * 1024;
constexpr std::size_t min_modulus_bytes = 2'048 / 8;
constexpr std::size_t coordinate_bytes = 32;
constexpr std::size_t es256_signature_bytes = 2 * coordinate_bytes;

struct ReleaseKey {
    void operator()(cjose_jwk_t* key) const noexcept { cjose_jwk_release(key); }
};
struct ReleaseSignature {
    void operator()(cjose_jws_t* signature) const noexcept { cjose_jws_release(signature); }
};

Error refused(std::string word) { return Error{Fault::unauthorized, std::move(word)}; }

std::string_view text_of(Algorithm algorithm) { return algorithm == Algorithm::rs256 ? "RS256" : "ES256"; }

std::optional<Algorithm> algorithm_of(std::string_view name) {
    for (const auto algorithm : {Algorithm::rs256, Algorithm::es256})
        if (name == text_of(algorithm)) return algorithm;
    return std::nullopt;
}

std::string_view text_at(const Document& document, std::string_view name) {
    const auto* member = document.find(name);
    return member == nullptr ? std::string_view{} : member->string().value_or("");
}

std::optional<std::array<std::string_view, 3>> parts_of(std::string_view text) {
    const auto first = text.find('.');
    const auto last = text.rfind('.');
    if (first == text.npos || first == last) return std::nullopt;
    const std::array parts{text.substr(0, first), text.substr(first + 1, last - first - 1), text.substr(last + 1)};
    for (const auto part : parts)
        if (part.empty() || part.find('.') != part.npos) return std::nullopt;
    return parts;
}

/// nullopt: not JSON, no object, or with text in it that two readers could read in two ways.
std::optional<Document> object_of(std::string_view json) {
    auto parsed = Document::parse(json);
    if (!parsed || parsed->altered || !parsed->value.is_object()) return std::nullopt;
    return std::move(parsed->value);
}

/// The member's bytes without zeros in front; empty when it is no base64url.
std::string number_at(const Document& jwk, std::string_view name) {
    auto bytes = from_base64url(text_at(jwk, name)).value_or("");
    bytes.erase(0, bytes.find_first_not_of('\0'));
    return bytes;
}

bool is_for_signatures(const Document& jwk, Algorithm algorithm) {
    if (jwk.find("use") != nullptr && text_at(jwk, "use") != "sig") return false;
    return jwk.find("alg") == nullptr || text_at(jwk, "alg") == text_of(algorithm);
}

/// The public half of an RSA key, as JSON for cjose; empty: it is too short.
std::string rsa_json(const Document& jwk) {
    const auto modulus = number_at(jwk, "n");
    const auto exponent = number_at(jwk, "e");
    if (modulus.size() < min_modulus_bytes || exponent.empty()) return {};
    return fmt::format(R"({{"kty":"RSA","n":"{}","e":"{}"}})", to_base64url(modulus), to_base64url(exponent));
}

/// The public half of a P-256 key, as JSON for cjose; empty: it is something else.
std::string ec_json(const Document& jwk) {
    const auto x = from_base64url(text_at(jwk, "x")).value_or("");
    const auto y = from_base64url(text_at(jwk, "y")).value_or("");
    if (text_at(jwk, "crv") != "P-256" || x.size() != coordinate_bytes || y.size() != coordinate_bytes) return {};
    return fmt::format(R"({{"kty":"EC","crv":"P-256","x":"{}","y":"{}"}})", to_base64url(x), to_base64url(y));
}

}  // namespace

Result<Jwt> Jwt::parse(std::string_view text) {
    if (text.size() > max_bytes) return refused("too_long");
    const auto parts = parts_of(text);
    if (!parts) return refused("malformed");
    for (const auto part : *parts)
        if (!from_base64url(part)) return refused("encoding");
    const auto header = object_of(*from_base64url(parts->front()));
    if (!header) return refused("header");
    if (header->find("crit") != nullptr) return refused("crit");
    const auto algorithm = algorithm_of(text_at(*header, "alg"));
    if (!algorithm) return refused("algorithm");
    const auto kid = text_at(*header, "kid");
    if (kid.empty() && header->find("kid") != nullptr) return refused("header");
    return Jwt{std::string{text}, *algorithm, std::string{kid}};
}

struct PublicKey::Material {
    std::unique_ptr<cjose_jwk_t, ReleaseKey> key;
};

std::optional<PublicKey> PublicKey::from_jwk(const Document& jwk) {
    const auto type = text_at(jwk, "kty");
    if (type != "RSA" && type != "EC") return std::nullopt;
    const auto algorithm = type == "RSA" ? Algorithm::rs256 : Algorithm::es256;
    const auto json = type == "RSA" ? rsa_json(jwk) : ec_json(jwk);
    if (json.empty() || !is_for_signatures(jwk, algorithm)) return std::nullopt;
    cjose_err why{};
    std::unique_ptr<cjose_jwk_t, ReleaseKey> key{cjose_jwk_import(json.data(), json.size(), &why)};
    ERR_clear_error();  // what it leaves would be taken for a fault of the next TLS call on this thread
    if (!key) return std::nullopt;
    return PublicKey{std::string{text_at(jwk, "kid")}, algorithm,
                     std::make_shared<const Material>(Material{std::move(key)})};
}

Result<Document> PublicKey::claims(const Jwt& jwt) const {
    if (jwt.algorithm != algorithm_) return refused("key_type");
    const auto signature = from_base64url(std::string_view{jwt.text}.substr(jwt.text.rfind('.') + 1)).value_or("");
    if (algorithm_ == Algorithm::es256 && signature.size() != es256_signature_bytes) return refused("signature");

    cjose_err why{};
    const std::unique_ptr<cjose_jws_t, ReleaseSignature> jws{cjose_jws_import(jwt.text.data(), jwt.text.size(), &why)};
    if (!jws) return refused("malformed");
    // cjose reads the header with a reader of its own: it must have understood the same.
    const char* read = cjose_header_get(cjose_jws_get_protected(jws.get()), CJOSE_HDR_ALG, &why);
    if (read == nullptr || read != text_of(algorithm_)) return refused("algorithm");
    const bool good = cjose_jws_verify(jws.get(), material_->key.get(), &why);
    ERR_clear_error();
    if (!good) return refused("signature");

    std::uint8_t* bytes = nullptr;  // stays cjose's
    std::size_t size = 0;
    if (!cjose_jws_get_plaintext(jws.get(), &bytes, &size, &why)) return refused("payload");
    auto payload = object_of({reinterpret_cast<const char*>(bytes), size});
    if (!payload) return refused("payload");
    return std::move(*payload);
}

}  // namespace dcs::auth
