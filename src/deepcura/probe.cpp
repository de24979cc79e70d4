#include "deepcura/probe.hpp"

#include "base/counted.hpp"
#include "base/encoding.hpp"
#include "base/repair.hpp"
#include "deepcura/encoded.hpp"
#include "deepcura/envelope.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::deepcura {

namespace {

constexpr std::size_t block = 16;
constexpr std::size_t junk_blocks = 2;  // what a wrong IV, or an IV read as text, can spoil

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Whether `text` reads as the end of a JSON object from some character near its start on.
bool reads_as_json_tail(std::string_view text) {
    text = trimmed(text);
    if (text.size() < block || text.back() != '}') return false;
    for (int skipped = 0; skipped < 4 && !is_utf8(text); ++skipped) text.remove_prefix(1);  // a character cut in two
    return is_utf8(text) && std::ranges::none_of(text, [](char letter) {
               return static_cast<unsigned char>(letter) < ' ' && letter != '\n' && letter != '\r' && letter != '\t';
           });
}

bool has_blocks(Scheme scheme) { return scheme != Scheme::aes_gcm && scheme != Scheme::cryptojs; }

/// Whether decrypted bytes are what somebody wrote: a text, or gzip. A wrong key gives noise.
bool is_meant(std::string_view plain) {
    return is_gzip(plain) ||
           (plain.size() >= 2 && is_utf8(plain) && std::ranges::none_of(plain, [](char letter) {
                return static_cast<unsigned char>(letter) < ' ' && letter != '\n' && letter != '\r' && letter != '\t';
            }));
}

Trial attempt(Scheme scheme, const std::string& secret, bool previous, std::string_view wire) {
    Trial trial{.scheme = scheme, .previous = previous, .fit = Fit::other_form};
    const auto bytes = unwrap(wire);
    if (!bytes) return trial;
    const bool starts_salted = bytes->starts_with("Salted__");
    if (scheme == Scheme::cryptojs && !starts_salted) return trial;
    if (has_blocks(scheme) && (bytes->empty() || bytes->size() % block != 0)) return trial;

    trial.fit = Fit::wrong_key;
    const Key key{scheme, secret};
    if (auto plain = key.decrypt(*bytes)) {
        if (auto opened = read_payload(*plain)) {
            trial.fit = Fit::fits;
            trial.plain = std::move(*plain);
            return trial;
        }
        if (is_meant(*plain)) {
            trial.fit = Fit::opens_otherwise;
            trial.inside = unwrap_object(*plain).error().detail;
            return trial;
        }
    }
    if (!has_blocks(scheme)) return trial;
    const auto whole = key.decrypt_whole(*bytes);
    if (whole && whole->size() > junk_blocks * block &&
        reads_as_json_tail(std::string_view{*whole}.substr(junk_blocks * block)))
        trial.fit = Fit::wrong_iv;
    return trial;
}

/// What the form alone says (fact sheet section 3.5).
std::string hint_of(std::string_view wire) {
    if (wire.starts_with("U2FsdGVkX1")) return "begins as CryptoJS and openssl write it (Salted__)";
    if (wire.find(':') != std::string_view::npos)
        return "two parts with ':' between: IV and text apart, none of our schemes";
    const bool hex = wire.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
    const auto bytes = unwrap(wire);
    if (!bytes) return "neither base64 nor hex";
    const auto form = hex ? "hex" : "base64";
    if (bytes->size() % block != 0)
        return fmt::format("{}, {}, no whole blocks: not CBC, or cut off", form, counted(bytes->size(), "byte"));
    return fmt::format("{}, {}, whole blocks", form, counted(bytes->size(), "byte"));
}

}  // namespace

std::string_view text_of(Fit fit) noexcept {
    switch (fit) {
    case Fit::fits: return "fits";
    case Fit::opens_otherwise: return "decrypts, but what is inside is";
    case Fit::wrong_iv: return "right key, wrong IV";
    case Fit::wrong_key: return "wrong key, or altered bytes";
    case Fit::other_form: return "another form";
    }
    return "";
}

Probe probe(std::string_view captured, const std::string& secret, const std::string& previous) {
    auto wire = trimmed(captured);
    const auto body = unwrap_json(wire);
    if (body) {
        const auto found = cipher_text_in(body->value);
        if (!found && body->value.is_object()) return {.hint = "plain JSON: no member of it holds a ciphertext"};
        if (found) wire = trimmed(*found);
        if (found && from_encoded_json(*found)) return {.hint = "plain JSON in base64, within JSON: not encrypted"};
    }
    Probe result{.hint = hint_of(wire)};
    for (const auto scheme : all_schemes()) {
        if (!secret.empty()) result.trials.push_back(attempt(scheme, secret, false, wire));
        if (!previous.empty()) result.trials.push_back(attempt(scheme, previous, true, wire));
    }
    return result;
}

}  // namespace dcs::deepcura
