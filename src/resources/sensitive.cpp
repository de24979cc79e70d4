#include "resources/sensitive.hpp"

#include <algorithm>
#include <array>

namespace dcs {

namespace {

// Parts of names, written without blanks, punctuation and capitals.
constexpr auto parts = std::to_array<std::string_view>(
    {// National identifiers.
     "socialsecurity", "socialinsurancenumber", "nationalid", "passport", "driverslicense", "driverlicense",
     "driverslicence", "driverlicence", "driverslic", "driverlic", "drivinglicense", "taxpayerid",
     // Insurance coverage.
     "insuranceid", "insurancenumber", "insurancegroupnumber", "insurancegroupid", "insurancecard", "memberid",
     "membernumber", "subscriberid", "subscribernumber", "policynumber", "policyid", "policyholderid", "groupnumber",
     "medicareid", "medicarenumber", "medicaidid", "medicaidnumber", "beneficiaryid", "claimnumber",
     // Payment.
     "creditcard", "debitcard", "cardnumber", "cardsecurity", "bankaccount", "accountnumber", "routingnumber",
     "paymenttoken"});

// Whole names, in the same form.
constexpr auto names = std::to_array<std::string_view>(
    {"cvv", "cvc", "iban", "mbi", "hicn", "groupid", "photofront", "photoback", "policy#"});

// Words by themselves or at either end of one; in the middle of a word they mean nothing ("illness name").
constexpr std::string_view word = "ssn";

// Members that name what the values beside them are.
constexpr auto naming = std::to_array<std::string_view>(
    {"name", "label", "key", "field", "field_name", "fieldName", "question", "field_id", "identifier"});
constexpr auto valued = std::to_array<std::string_view>({"value", "values", "answer", "answers", "old", "new", "text",
                                                         "content", "data", "response", "number", "id_number"});
constexpr std::size_t longest_name = 80;  // a longer text is not a name

bool is_upper(char letter) { return letter >= 'A' && letter <= 'Z'; }
bool is_plain(char letter) { return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9'); }
char lower(char letter) { return is_upper(letter) ? static_cast<char>(letter + 32) : letter; }

std::string letters_of(std::string_view name) {
    std::string letters;
    for (const char letter : name)
        if (is_plain(lower(letter)) || letter == '#') letters += lower(letter);
    return letters;
}

/// Whether the word stands by itself in the name, or begins or ends one of its words.
bool has_word(std::string_view name) {
    std::string current;
    const auto fits = [&] { return current.starts_with(word) || current.ends_with(word); };
    for (std::size_t at = 0; at < name.size(); ++at) {
        const char letter = name[at];
        const bool hump = is_upper(letter) && at > 0 && is_plain(name[at - 1]);
        if (hump || !is_plain(lower(letter))) {
            if (fits()) return true;
            current.clear();
        }
        if (is_plain(lower(letter))) current += lower(letter);
    }
    return fits();
}

bool is_listed(std::string_view name) {
    const auto letters = letters_of(name);
    return std::ranges::find(names, letters) != names.end() || has_word(name) ||
           std::ranges::any_of(parts, [&](auto part) { return letters.find(part) != std::string::npos; });
}

bool says_nothing(const Document& value) {
    if (value.is_null()) return true;
    if (const auto text = value.string()) return text->find_first_not_of(" \t\r\n") == std::string_view::npos;
    if (value.is_array()) return std::ranges::all_of(value.items(), says_nothing);
    return value.is_object() &&
           std::ranges::all_of(value.members(), [](const auto& member) { return says_nothing(member.second); });
}

/// Whether a member of the object says that the values beside it are sensitive.
bool names_sensitive(const Document& object) {
    return std::ranges::any_of(naming, [&](auto name) {
        const auto* member = object.find(name);
        const auto text = member == nullptr ? std::nullopt : member->string();
        return text && text->size() <= longest_name && is_sensitive(*text);
    });
}

std::optional<Document> of_object(const Document& object) {
    const bool pair = names_sensitive(object);
    std::optional<Document> changed;
    for (const auto& [name, value] : object.members()) {
        const bool hide = is_sensitive(name) || (pair && std::ranges::find(valued, name) != valued.end());
        auto instead = hide && !says_nothing(value) ? std::optional{hidden_value()} : without_sensitive(value);
        if (!instead) continue;
        if (!changed) changed = object;
        changed->set(name, std::move(*instead));
    }
    return changed;
}

std::optional<Document> of_array(const Document& array) {
    std::optional<Document::Array> changed;
    for (std::size_t at = 0; at < array.items().size(); ++at) {
        auto instead = without_sensitive(array.items()[at]);
        if (!instead) continue;
        if (!changed) changed = array.items();
        (*changed)[at] = std::move(*instead);
    }
    return changed ? std::optional{Document{std::move(*changed)}} : std::nullopt;
}

std::optional<Document> of_text(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos || (text[first] != '{' && text[first] != '[')) return std::nullopt;
    const auto parsed = Document::parse(text);
    if (!parsed) return std::nullopt;
    const auto changed = without_sensitive(parsed->value);
    return changed ? std::optional{Document{changed->text()}} : std::nullopt;
}

}  // namespace

bool is_sensitive(std::string_view name) {
    if (is_listed(name)) return true;
    const auto dot = name.rfind('.');
    return dot != std::string_view::npos && is_listed(name.substr(dot + 1));
}

Document hidden_value() { return Document{Document::Object{{"hidden", Document{true}}}}; }

std::optional<Document> without_sensitive(const Document& value) {
    if (value.is_object()) return of_object(value);
    if (value.is_array()) return of_array(value);
    if (const auto text = value.string()) return of_text(*text);
    return std::nullopt;
}

}  // namespace dcs
