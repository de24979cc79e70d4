#include "app/secret_strength.hpp"

#include "app/settings.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

namespace dcs::app {

namespace {

constexpr std::size_t least_different = 8;
constexpr std::size_t most_others = 10;  // digits and marks beside known words; more may be random ones

bool is_letter(char each) { return each >= 'a' && each <= 'z'; }

std::string lowered(std::string_view text) {
    std::string low{text};
    for (auto& each : low)
        if (each >= 'A' && each <= 'Z') each = static_cast<char>(each - 'A' + 'a');
    return low;
}

/// "p@ssw0rd-1" as "password".
std::string without_disguise(std::string text) {
    const auto last = std::find_if(text.rbegin(), text.rend(), is_letter);
    if (last - text.rbegin() <= static_cast<std::ptrdiff_t>(most_others)) text.erase(last.base(), text.end());
    constexpr std::string_view written = "@4031!$5";
    constexpr std::string_view meant = "aaoeliss";
    for (auto& each : text)
        if (const auto at = written.find(each); at != std::string_view::npos) each = meant[at];
    return text;
}

bool repeats(std::string_view text) {
    for (std::size_t unit = 1; unit <= text.size() / 2; ++unit)
        if (text.substr(unit) == text.substr(0, text.size() - unit)) return true;
    return false;
}

constexpr std::array<std::string_view, 60> known_words{
    "password",   "passwort", "passwd",   "pass",    "passphrase", "pwd",      "secret",        "secrets", "geheim",
    "contrasena", "changeme", "change",   "letmein", "welcome",    "admin",    "administrator", "root",    "user",
    "guest",      "login",    "qwerty",   "qwertz",  "asdf",       "iloveyou", "monkey",        "dragon",  "sunshine",
    "princess",   "football", "baseball", "master",  "hello",      "world",    "default",       "example", "sample",
    "test",       "testing",  "demo",     "please",  "trustno",    "super",    "abc",           "abcd",    "key",
    "token",      "the",      "my",       "your",    "our",        "this",     "that",          "is",      "are",
    "not",        "so",       "very",     "me",      "it",         "in"};

/// Whether nothing but known words stands one behind the other.
bool only_known_words(std::string_view letters) {
    std::vector<bool> reached(letters.size() + 1, false);
    reached[0] = true;
    for (std::size_t at = 0; at < letters.size(); ++at) {
        if (!reached[at]) continue;
        for (const auto word : known_words)
            if (letters.substr(at).starts_with(word)) reached[at + word.size()] = true;
    }
    return !letters.empty() && reached.back();
}

/// Words or a repetition, with a few digits and marks between and around them.
bool is_words_and_digits(const std::string& low) {
    std::string letters;
    std::ranges::copy_if(low, std::back_inserter(letters), is_letter);
    if (low.size() - letters.size() > most_others) return false;
    return repeats(letters) || only_known_words(letters);
}

}  // namespace

std::string_view weakness_of(std::string_view secret) {
    if (secret.size() < shortest_secret) return "must have at least 16 characters";
    if (std::set<char>{secret.begin(), secret.end()}.size() < least_different)
        return "has too few different characters: take random ones";
    if (repeats(secret)) return "repeats itself: take random characters";
    const auto low = lowered(secret);
    constexpr std::string_view rows = "0123456789abcdefghijklmnopqrstuvwxyz0123456789 qwertyuiopasdfghjklzxcvbnm";
    if (rows.find(low) != std::string_view::npos) return "is a row of keys: take random characters";
    constexpr std::array<std::string_view, 2> published{"a-secret-for-trying-it-out", "correct horse battery staple"};
    const auto is_published = [&](std::string_view example) {
        std::string plain;
        std::string shown;
        std::ranges::copy_if(low, std::back_inserter(plain), is_letter);
        std::ranges::copy_if(example, std::back_inserter(shown), is_letter);
        return plain == shown && low.size() <= example.size() + most_others;
    };
    if (std::ranges::any_of(published, is_published)) return "is a published example: take random characters";
    if (is_words_and_digits(low) || is_words_and_digits(without_disguise(low)))
        return "is made of words that everybody tries first: take random characters";
    return {};
}

}  // namespace dcs::app
