#include "audit/patients_named.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace dcs::audit {

namespace {

constexpr std::size_t most_patients = 100;
constexpr int most_values = 100'000;
constexpr int deepest = 32;

/// "patient_id", "patientId" and "Patient ID" are one name: letters and digits alone, in lower case.
std::string plain_name(std::string_view name) {
    std::string plain;
    for (const char letter : name) {
        if (letter >= 'A' && letter <= 'Z') plain += static_cast<char>(letter + 32);
        if ((letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9')) plain += letter;
    }
    return plain;
}

constexpr std::array<std::string_view, 5> names_of_patients{"patient", "patientid", "patientnumber", "drchronopatient",
                                                            "drchronopatientid"};
constexpr std::array<std::string_view, 6> names_of_ids{"id",    "drchronoid", "number",
                                                       "value", "patientid",  "drchronopatientid"};

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
    const auto plain = name.size() <= 40 ? plain_name(name) : std::string{};
    return std::ranges::find(names, std::string_view{plain}) != names.end();
}

/// "101.0" and " 101 " are 101, as the scribe's notes are read.
std::string number_of(const Document& value) {
    const auto text = value.string();
    std::string digits = text ? std::string{*text} : value.as_id();
    constexpr auto blanks = " \t\r\n";
    const auto first = digits.find_first_not_of(blanks);
    if (first == std::string::npos) return {};
    digits = digits.substr(first, digits.find_last_not_of(blanks) - first + 1);
    if (const auto point = digits.find('.'); point != std::string::npos && point + 1 < digits.size() &&
                                             digits.find_first_not_of('0', point + 1) == std::string::npos)
        digits.resize(point);
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
    return is_patient_number(digits) ? digits : std::string{};
}

class Looking {
public:
    std::vector<std::string> found{};

    void look(const Document& value, int depth = 0) {
        if (depth > deepest || --left_ < 0 || found.size() >= most_patients) return;
        for (const auto& item : value.items()) look(item, depth + 1);
        for (const auto& [name, member] : value.members()) {
            if (is_one_of(names_of_patients, name)) take(member);
            look(member, depth + 1);
        }
        if (const auto text = value.string()) look_into(*text, depth);
    }

private:
    void take(const Document& value) {
        add(number_of(value));
        for (const auto& item : value.items())
            if (!item.is_array()) take(item);
        for (const auto& [name, member] : value.members())
            if (is_one_of(names_of_ids, name)) add(number_of(member));
    }
    void add(std::string number) {
        if (!number.empty() && std::ranges::find(found, number) == found.end()) found.push_back(std::move(number));
    }
    /// A text that is JSON itself.
    void look_into(std::string_view text, int depth) {
        const auto first = text.find_first_not_of(" \t\r\n");
        if (first == std::string_view::npos || (text[first] != '{' && text[first] != '[')) return;
        if (const auto parsed = Document::parse(text)) look(parsed->value, depth + 1);
    }

    int left_ = most_values;
};

}  // namespace

bool is_patient_number(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 18 && text.find_first_not_of("0123456789") == std::string_view::npos &&
           text.find_first_not_of('0') != std::string_view::npos;
}

std::vector<std::string> patients_named_in(const Document& value) {
    Looking looking;
    looking.look(value);
    return std::move(looking.found);
}

std::vector<std::string> patients_named_in(std::string_view bytes) {
    const auto parsed = Document::parse(bytes);
    return parsed ? patients_named_in(parsed->value) : std::vector<std::string>{};
}

}  // namespace dcs::audit
