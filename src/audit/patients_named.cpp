#include "audit/patients_named.hpp"

#include "audit/patient_spellings.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <set>
#include <stdexcept>
#include <unordered_set>

namespace dcs::audit {

namespace {

constexpr std::size_t longest_name = 200;
constexpr std::size_t longest_text = 64 * 1024;  // of numbers and marks

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

/// "patient_id", "patientId" and "Patient ID" are one name: letters and digits alone, in lower case.
std::string plain_name(std::string_view name) {
    std::string plain;
    for (const char letter : name.substr(0, longest_name)) {
        if (letter >= 'A' && letter <= 'Z') plain += static_cast<char>(letter + 32);
        if ((letter >= 'a' && letter <= 'z') || is_digit(letter)) plain += letter;
    }
    return plain;
}

/// What of a spelling tells of a patient, wherever it stands: {"appointment": {"patient": {"id": 1}}} is a "patient.id".
struct Names {
    std::set<std::string, std::less<>> numbers{};  // members that hold a number, or several
    std::set<std::string, std::less<>> people{};   // members that hold a patient, or several
    std::set<std::string, std::less<>> ids{};      // members of those that hold the number
};

void add_spelling(Names& names, std::string_view spelling) {
    if (spelling.ends_with('#')) spelling.remove_suffix(1);
    const auto point = spelling.rfind('.');
    names.numbers.emplace(point == std::string_view::npos ? spelling : std::string_view{});
    if (point == std::string_view::npos) return;
    auto above = spelling.substr(0, point);
    const auto last = spelling.substr(point + 1);
    if (above == "appointment" || above == "appt") {
        names.numbers.emplace(last);
        return;
    }
    above.remove_prefix(above.rfind('.') + 1);  // npos + 1 is 0
    names.people.emplace(above);
    names.ids.emplace(last);
}

Names table() {
    Names names;
    for (auto list : {patient_spellings, further_patient_spellings})
        while (!list.empty()) {
            const auto end = std::min(list.find(' '), list.size());
            add_spelling(names, list.substr(0, end));
            list.remove_prefix(std::min(end + 1, list.size()));
        }
    names.numbers.erase("");
    names.ids.insert(names.numbers.begin(), names.numbers.end());
    return names;
}

const Names& all_names() {
    static const Names names = table();
    return names;
}

/// Also of several: "patient_ids", "patients", "patientIdList".
bool is_among(const std::set<std::string, std::less<>>& names, std::string_view plain) {
    if (names.contains(plain)) return true;
    for (const std::string_view many : {"s", "list", "slist", "array"})
        if (plain.ends_with(many) && names.contains(plain.substr(0, plain.size() - many.size()))) return true;
    return false;
}

/// "101.0" and " 101 " are 101, as the scribe's notes are read.
std::string number_of(std::string digits) {
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

/// Numbers with marks and words of a number alone around them: "#101", "No. 101", "MRN: 101, 102". None where anything else stands
/// in the text: it is a name, a date or the like.
std::vector<std::string> marked_numbers(std::string_view text) {
    constexpr std::array<std::string_view, 14> words{"no",  "nr",    "num", "number",  "numbers",
                                                     "id",  "ids",   "pt",  "patient", "patients",
                                                     "mrn", "chart", "ehr", "drchrono"};
    constexpr std::string_view marks = " \t\r\n,;:#.()[]|/_&+\"'";
    std::vector<std::string> found;
    if (text.size() > longest_text) return found;
    const auto is_letter = [](char each) { return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z'); };
    for (std::size_t at = 0; at < text.size();) {
        const char letter = text[at];
        const auto end_of = [&](const auto& is_part) {
            return static_cast<std::size_t>(
                std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), is_part) - text.begin());
        };
        if (is_digit(letter)) {
            const auto end = end_of(is_digit);
            if (at > 1 && text[at - 1] == '.' && is_digit(text[at - 2])) return {};  // 101.5
            if (auto number = number_of(std::string{text.substr(at, end - at)}); !number.empty())
                found.push_back(std::move(number));
            at = end;
        } else if (is_letter(letter)) {
            const auto end = end_of(is_letter);
            if (std::ranges::find(words, plain_name(text.substr(at, end - at))) == words.end()) return {};
            at = end;
        } else {
            const bool behind_word = letter == '-' && at > 0 && is_letter(text[at - 1]);
            const bool mark =
                marks.find(letter) != std::string_view::npos || static_cast<unsigned char>(letter) >= 0x80;
            if (!mark && !behind_word) return {};
            ++at;
        }
    }
    return found;
}

class Looking {
public:
    std::vector<std::string> found{};

    void look_at_all(const Document& value) {
        look(value);
        // JSON in a text in JSON …: one after the other, so that no depth of it takes the stack.
        for (; !texts_.empty(); texts_.pop_front())
            if (const auto parsed = Document::parse(texts_.front())) look(parsed->value);
    }

private:
    // A document is no deeper than its parser allows.
    void look(const Document& value) {
        for (const auto& item : value.items()) look(item);
        for (const auto& [name, member] : value.members()) {
            const auto plain = plain_name(name);
            if (is_among(all_names().people, plain)) take_people(member);
            else if (is_among(all_names().numbers, plain)) take(member);
            look(member);
        }
        const auto text = value.string();
        const auto first = text ? text->find_first_not_of(" \t\r\n") : std::string_view::npos;
        if (first != std::string_view::npos && ((*text)[first] == '{' || (*text)[first] == '['))
            texts_.emplace_back(*text);
    }
    /// A number or several, or an object that holds one.
    void take(const Document& value) {
        const auto text = value.string();
        auto number = number_of(text ? std::string{*text} : value.as_id());
        if (!number.empty()) add(std::move(number));
        else if (text)
            for (auto& each : marked_numbers(*text)) add(std::move(each));
        for (const auto& item : value.items()) take_people(item);
        take_ids(value);
    }
    void take_people(const Document& value) {
        take(value);
        for (const auto& [name, member] : value.members())
            if (is_patient_number(name)) add(number_of(name));  // by number: {"patients": {"101": {…}}}
    }
    void take_ids(const Document& value) {
        for (const auto& [name, member] : value.members())
            if (is_among(all_names().ids, plain_name(name))) take(member);
    }
    void add(std::string number) {
        if (!known_.insert(number).second) return;
        if (found.size() >= most_patients_named) throw std::length_error{"a text names too many patients"};
        found.push_back(std::move(number));
    }

    std::unordered_set<std::string> known_{};
    std::deque<std::string> texts_{};
};

}  // namespace

bool is_patient_number(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 18 && text.find_first_not_of("0123456789") == std::string_view::npos &&
           text.find_first_not_of('0') != std::string_view::npos;
}

std::vector<std::string> patients_named_in(const Document& value) {
    Looking looking;
    looking.look_at_all(value);
    return std::move(looking.found);
}

std::vector<std::string> patients_named_in(std::string_view bytes) {
    const auto parsed = Document::parse(bytes);
    return parsed ? patients_named_in(parsed->value) : std::vector<std::string>{};
}

}  // namespace dcs::audit
