#include "deepcura/medication_groups.hpp"

#include "deepcura/fields.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

namespace dcs::deepcura {

namespace {

struct LabelRow {
    MedicationLabel label;
    std::string_view names;  // normalised, without the words for medications
};
constexpr std::array label_rows{
    LabelRow{
        MedicationLabel::medications,
        " changes change changestoday todayschanges changesmade changesthisvisit name drug medicationname drugname "
        "items entries mentions mentioned all reconciliation medicamentos medicaciones "
        "medicationreconciliation medical "},
    LabelRow{
        MedicationLabel::change,
        " new newly started newlystarted start starting added add begun initiated stopped stop stopping discontinued "
        "discontinue discontinuing dc dced ended held hold onhold increased increase decreased decrease reduced changed "
        "adjusted dosechanged dosechange dosechanges doseadjusted doseincreased dosedecreased modified switched tapered taper "
        "tapering titrated restarted resumed continued continue continuing refilled refill removed prescribed completed "
        "trialed failed tried ordered suspended nuevo nuevos nueva suspendido suspendidos unchanged nochange "},
    LabelRow{
        MedicationLabel::state,
        " current currently currentlytaking active past previous previously prior former formerly historical history inactive "
        "home outpatient inpatient admission discharge prn asneeded scheduled routine standing regular daily otc "
        "overthecounter supplements supplement vitamins herbal herbals herbalsupplements vitaminsandsupplements psychiatric "
        "psychotropic psychotropics psych nonpsychiatric nonpsychotropic currentpsychiatric currentpsychotropic somatic "
        "morning am noon afternoon evening pm night nighttime nightly bedtime atbedtime qhs hs other others additional longterm "
        "shortterm acute chronic maintenance taking nottaking notcurrentlytaking selfreported injectable injections topical "
        "actual actuales anteriores pasttrials trials planned proposed recommended considered declined refused offered requested notstarted nottaken "},
    LabelRow{
        MedicationLabel::allergies,
        " allergies allergy drugallergies drugallergy knownallergies adversereactions adversedrugreactions intolerances "
        "intolerance allergiesandintolerances alergias alergia "},
    LabelRow{
        MedicationLabel::other,
        " sideeffects sideeffect adherence compliance notes note comments comment pharmacy preferredpharmacy labs plan "
        "assessment reviewed reconciled source interactions druginteractions monitoring counseling education instructions "
        "summary updated updatedat lastupdated lastreviewed date status count total remarks remark reviewedby reviewedwith "
        "refills refillsneeded response effectiveness tolerability "},
};
/// Words for medications at the beginning or the end of a label.
constexpr std::array<std::string_view, 13> words_for_medications{
    "medications",  "medication", "medicines", "meds",     "prescriptions", "prescription", "drugs",
    "medicamentos", "list",       "rx",        "mentions", "med",           "mentioned"};

bool is_letter(char letter) { return letter >= 'a' && letter <= 'z'; }

std::string lower(std::string_view text) {
    std::string out{text};
    for (char& letter : out)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    return out;
}

std::string_view without_marks(std::string_view name) {
    constexpr std::string_view marks = " \t_-*#:.()[]";
    while (!name.empty() && marks.find(name.front()) != std::string_view::npos) name.remove_prefix(1);
    while (!name.empty() && marks.find(name.back()) != std::string_view::npos) name.remove_suffix(1);
    return name;
}

/// "new_medications", "Current Medications" and "medicationsStopped" without what says that they are medications.
std::string_view without_medications(std::string_view name) {
    for (bool more = true; more;) {
        more = false;
        name = without_marks(name);
        const auto low = lower(name);
        for (const auto word : words_for_medications) {
            const bool camel = name.size() > word.size() && name[word.size()] >= 'A' && name[word.size()] <= 'Z';
            const bool begins =
                low.starts_with(word) && (low.size() == word.size() || camel || !is_letter(low[word.size()]));
            if (begins) name.remove_prefix(word.size());
            else if (low.ends_with(word)) name.remove_suffix(word.size());
            else continue;
            more = true;
            break;
        }
    }
    return name;
}

MedicationLabel row_named(std::string_view word) {
    if (word.empty()) return MedicationLabel::medications;
    static const auto all = [] {
        std::unordered_map<std::string_view, MedicationLabel> made;
        for (const auto& row : label_rows)
            for (std::size_t at = 0; (at = row.names.find_first_not_of(' ', at)) != std::string_view::npos;) {
                const auto end = std::min(row.names.find(' ', at), row.names.size());
                made.emplace(row.names.substr(at, end - at), row.label);
                at = end;
            }
        return made;
    }();
    const auto found = all.find(word);
    return found == all.end() ? MedicationLabel::unknown : found->second;
}

/// "Past psychiatric": each word by itself is a label.
MedicationLabel words_named(std::string_view name) {
    auto found = MedicationLabel::unknown;
    while (!(name = without_marks(name)).empty()) {
        const auto word = name.substr(0, name.find_first_of(" _-/"));
        name.remove_prefix(word.size());
        if (name.starts_with('/')) name.remove_prefix(1);
        const auto low = lower(word);
        if (low == "and") continue;
        const auto one = row_named(low);
        if (one == MedicationLabel::unknown || one >= MedicationLabel::allergies) return MedicationLabel::unknown;
        if (found != MedicationLabel::change) found = one;
    }
    return found;
}

}  // namespace

MedicationLabel medication_label(std::string_view name) {
    constexpr std::size_t longest = 60;
    name = without_marks(name);
    if (name.empty() || name.size() > longest) return MedicationLabel::unknown;
    if (const auto whole = row_named(normalised(name)); whole != MedicationLabel::unknown) return whole;
    const auto rest = without_medications(name);
    if (rest.size() < name.size() && rest.find_first_not_of("0123456789") == std::string_view::npos)
        return MedicationLabel::medications;  // "Medication 2"
    const auto label = row_named(normalised(rest));
    return label == MedicationLabel::unknown ? words_named(rest) : label;
}

MedicationGroup medication_group(std::string_view name) {
    const auto label = medication_label(name);
    if (label == MedicationLabel::medications) return {};
    const auto text = without_medications(name);
    return {text.empty() ? without_marks(name) : text, label == MedicationLabel::change ? "action" : "status"};
}

}  // namespace dcs::deepcura
