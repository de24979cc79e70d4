#include "deepcura/headings.hpp"

#include "deepcura/fields.hpp"
#include "deepcura/plain_text.hpp"
#include "deepcura/title_dates.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <vector>

namespace dcs::deepcura {

std::vector<std::string_view> joined_titles(std::string_view title) {
    std::vector<std::string_view> pieces;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < title.size(); ++at) {
        std::size_t length = std::string_view{"/&+,|"}.find(title[at]) != std::string_view::npos ? 1 : 0;
        const auto rest = title.substr(at);
        if (rest.starts_with(" and ") || rest.starts_with(" AND ") || rest.starts_with(" And ")) length = 5;
        if (length == 0) continue;
        pieces.push_back(title.substr(begin, at - begin));
        begin = at + length;
        at = begin - 1;
    }
    pieces.push_back(title.substr(begin));
    return pieces;
}

namespace {

constexpr std::size_t longest_title = 120;  // bytes
constexpr std::size_t longest_start = 160;  // bytes of a line that are looked at
constexpr std::size_t most_words = 6;
constexpr std::size_t bold_depth = 7;
constexpr std::size_t bare_depth = 8;

struct Row {
    Part part;
    NameKind kind;
    std::string_view names;  // normalised, between blanks
};
constexpr std::array table{
    Row{Part::subjective, NameKind::primary, "subjective s subj subjetivo subjectivehistory subjectif subjektiv"},
    Row{Part::objective, NameKind::primary, "objective o obj objetivo objectif objektiv"},
    Row{Part::assessment, NameKind::primary,
        "assessment a assmt asmt assess assessmt evaluacion evaluación analisis análisis clinicalassessment avaliacao avaliação évaluation beurteilung"},
    Row{Part::plan, NameKind::primary,
        "plan p treatmentplan txplan planofcare careplan planoftreatment managementplan planofmanagement plandetratamiento plano planodetratamento planoterapeutico planoterapêutico"},
    Row{Part::both, NameKind::primary,
        "ap assessmentandplan assessmentplan impressionandplan impressionplan evaluacionyplan evaluaciónyplan analisisyplan "
        "análisisyplan avaliacaoeplano avaliaçãoeplano"},
    Row{Part::subjective, NameKind::section,
        "cc chiefcomplaint chiefconcern presentingproblem presentingconcern presentingcomplaint reasonforvisit "
        "reasonforencounter hpi historyofpresentillness historyofpresentingillness intervalhistory intervalhx "
        "interimhistory interimhx interim intervalhpi intervalevents interimevents interimupdate presentillness ccandhpi "
        "intervalupdate ros reviewofsystems reviewofsymptoms patientreport clientreport subjectivedata subjectivefindings "
        "hx pmh pastmedicalhistory pasthistory psh pastsurgicalhistory pastpsychiatrichistory psychiatrichistory fh fhx "
        "familyhistory familypsychiatrichistory sh shx socialhistory substanceusehistory developmentalhistory "
        "medicalhistory surgicalhistory traumahistory legalhistory mentalhealthhistory substancehistory substanceabusehistory "
        "psychiatricreviewofsystems psychiatricros psychros reviewofsystemsros "
        "educationalhistory occupationalhistory sexualhistory birthhistory obstetrichistory familymedicalhistory medicalhx "
        "familyhx socialhx psychiatrichx pastpsychhistory psychhistory pasthx medicationhistory treatmenthistory "
        "historyofpresentillnesshpi motivodeconsulta motivodelaconsulta historiadelaenfermedadactual enfermedadactual "
        "antecedentes antecedentespersonales antecedentesfamiliares revisionporsistemas revisiónporsistemas "
        "queixaprincipal históriadadoençaatual"},
    Row{Part::objective, NameKind::section,
        "exam examination physicalexam physicalexamination pe mse mentalstatus mentalstatusexam mentalstatusexamination "
        "vitals vitalsigns vs objectivedata objectivefindings examfindings physicalfindings observations "
        "observation clinicalobservations clinicalobservation behavioralobservation "
        "behavioralobservations mentalstatusfindings signosvitales examenfisico examenfísico "
        "exploracionfisica exploraciónfísica examenmental estadomental examendelestadomental "
        "examefísico examefisico examemental"},
    Row{Part::assessment, NameKind::section,
        "imp impr impressn ax conclusion conclusions clinicalconclusion clinicalconclusions dximpression diagnosticassessment "
        "diagnosticformulation psychiatricformulation biopsychosocialformulation assessmentandformulation "
        "impressionandformulation finaldiagnosis finaldx prelimdx preliminarydx preliminarydiagnosis preliminaryimpression "
        "dsm5diagnosis dsm5diagnoses dsm5dx dsm5trdiagnosis dsmdiagnosis dsmdiagnoses dsmvdiagnosis icd10diagnosis "
        "icd10diagnoses icddiagnosis psychiatricdiagnosis psychiatricdiagnoses "
        "impression impressions clinicalimpression clinicalimpressions diagnosticimpression diagnosticimpressions "
        "formulation clinicalformulation caseformulation assessmentanddiagnosis workingdiagnosis differentialdiagnosis "
        "medicaldecisionmaking mdm clinicalsummary impresion impresión impresiondiagnostica impresióndiagnóstica "
        "impresionclinica impresiónclínica"},
    Row{Part::plan, NameKind::section,
        "rec recs management planofaction recommendedplan treatmentplanning treatmentrecommendations recommendations recommendation planandrecommendations "
        "disposition dispo nextsteps actionplan plannextsteps plantratamiento "
        "plandemanejo tratamiento recomendaciones indicaciones conduta"},
    Row{Part::plan, NameKind::titled,
        "nextappointment nextappt nextvisit nextsession nextfollowup nextscheduledappointment nextscheduledvisit "
        "followupplan followupinstructions followupappointment followupdate followupvisit followupcare followupin "
        "instructions patientinstructions clientinstructions instructionsforpatient instructionstopatient "
        "dischargeinstructions aftercareinstructions aftercare homeinstructions homecareinstructions homecare "
        "aftervisitinstructions aftervisitsummary returnprecautions erprecautions strictreturnprecautions returnin "
        "dischargeplan crisisplan contingencyplan proximasesion próximasesión instruccionesalpaciente instrucciones"},
    Row{Part::mixed, NameKind::weak, "data"},
    Row{Part::mixed, NameKind::primary, "d"},
    Row{Part::subjective, NameKind::weak,
        "history symptoms presentingsymptoms allergies allergy drugallergies medicationallergies knownallergies allergieslist "
        "pastmedications previousmedications priormedications medicationtrials pastmedicationtrials psychiatricsymptoms"},
    Row{Part::objective, NameKind::weak,
        "labs lab laboratory laboratorydata labresults laboratoryresults imaging testresults results diagnosticdata"},
    Row{Part::assessment, NameKind::weak,
        "provisionaldx workingdx suspecteddx diagnosis diagnoses dx diagnosticos diagnósticos diagnostico diagnóstico problemlist problems activeproblems ruleout "
        "ruleouts ro ddx dds differential differentials differentialdiagnoses provisionaldiagnosis provisionaldiagnoses "
        "suspecteddiagnosis suspecteddiagnoses workingdiagnoses historicaldiagnoses"},
    Row{Part::plan, NameKind::weak_titled,
        "rx tx treatment treatments medicationchanges medchanges medicationadjustments medadjustments medicationplan "
        "followup fu followups returntoclinic rtc returnvisit seguimiento proximacita próximacita"},
    Row{Part::none, NameKind::outside,
        "suiciderisk suiciderisklevel currentsuiciderisk acutesuiciderisk suicideriskformulation suicideandviolencerisk "
        "violencerisk homiciderisk riskformulation risklevel currentrisk overallrisk acuterisk chronicrisk risksummary riskfactors "
        "riskandprotectivefactors safetyconcerns safetyrisks lateentry latenote amendment correction addenda telehealth "
        "telehealthinformation telemedicine telepsychiatry time timeinout timestarted timeended starttime endtime starttimeendtime "
        "sessiontimes pdmp pmp pdmpreview pdmpcheck supervision supervisor supervisingprovider labsreviewed reviewedlabs "
        "psychotherapyaddon addonpsychotherapy electronicallysigned signed esigned digitallysigned signedelectronically "
        "provider clinician renderingprovider treatingprovider treatingclinician supervisingphysician physician "
        "risk risks riskassessment suicideriskassessment riskscreening riskscreen riskevaluation safety safetyassessment "
        "safetyrisk riskandsafety safetyandrisk billing billingcodes billinginformation billingsummary cpt cptcode cptcodes "
        "icd icd10 icd10code icd10codes icdcodes codes diagnosiscodes procedurecodes timespent totaltime sessiontime "
        "sessionlength sessionduration attestation signature signatures electronicallysignedby signedby disclaimer consent "
        "telehealthconsent telehealthstatement informedconsent medicalnecessity addendum transcript progressnote "
        "sessioninformation sessiondetails patientinformation aidisclosure interventions therapeuticinterventions "
        "interventionsused responsetotreatment responsetointervention collateral collateralinformation "
        "coordinationofcare patienteducation psychoeducation"},
    Row{Part::none, NameKind::item,
        "sleep appetite energy mood affect appearance behavior speech thoughtprocess thoughtcontent insight judgment "
        "judgement cognition orientation memory concentration perception attention attitude motoractivity medications "
        "medication currentmedications meds therapy psychotherapy homework referrals referral tasks education lifestyle "
        "diet exercise onset duration severity bp hr rr temp weight height bmi heart lungs heent neuro general skin abdomen "
        "constitutional respiratory cardiovascular gastrointestinal musculoskeletal neurological psychiatric orders "
        "prescriptions prescription refills homemeds homemedications activemedications currentmeds screeningtools screenings "
        "screeners si hi avh goals treatmentgoals shorttermgoals longtermgoals safetyplan monitoring counseling stressors "
        "pulse spo2 rationale note comments"},
};

/// The parts of BIRP, GIRP, PIRP, SIRP, DARP and DAR notes before their plan: what was observed or aimed at, what was done,
/// how it was answered.
constexpr std::array<std::string_view, 3> scheme_steps{
    " behavior behaviors behaviour behaviours clientbehavior b goal goals g problem problems situation presentation purpose "
    "data d focus f ",
    " intervention interventions therapeuticintervention therapeuticinterventions interventionsused action actions i ",
    " response responses clientresponse patientresponse responsetointervention responsetointerventions responsetotreatment r "};

const std::unordered_map<std::string_view, Named>& names() {
    static const std::unordered_map<std::string_view, Named> all = [] {
        std::unordered_map<std::string_view, Named> made;
        for (const auto& row : table) {
            auto rest = row.names;
            while (!rest.empty()) {
                const auto word = rest.substr(0, rest.find(' '));
                rest.remove_prefix(std::min(rest.size(), word.size() + 1));
                made.emplace(word, Named{row.part, row.kind});
            }
        }
        return made;
    }();
    return all;
}

std::optional<Named> find_name(std::string_view title) {
    const auto name = normalised(title);
    if (const auto found = names().find(name); found != names().end()) return found->second;
    for (const std::string_view ending : {"section", "note", "notes", "findings", "summary", "details"}) {
        if (!name.ends_with(ending) || name.size() == ending.size()) continue;
        const auto shorter = std::string_view{name}.substr(0, name.size() - ending.size());
        if (const auto found = names().find(shorter); found != names().end() && found->second.part != Part::none)
            return found->second;
    }
    return std::nullopt;
}

Named joined(std::string_view title) {
    const auto pieces = joined_titles(title);
    if (pieces.size() < 2 || pieces.size() > 4) return {};
    Named all{Part::none, NameKind::section};
    const bool items = std::ranges::all_of(pieces, [](std::string_view piece) {
        const auto name = find_name(trimmed(piece));
        return name && name->kind == NameKind::item;
    });
    if (items) return {Part::none, NameKind::item};
    for (const auto piece : pieces) {
        const auto name = find_name(trimmed(piece));
        if (!name || name->part == Part::none) return {};
        if (name->kind == NameKind::primary) all.kind = NameKind::primary;
        if (all.part == Part::none || all.part == name->part) all.part = name->part;
        else if ((all.part == Part::assessment || all.part == Part::plan || all.part == Part::both) &&
                 (name->part == Part::assessment || name->part == Part::plan || name->part == Part::both))
            all.part = Part::both;
        else all.part = Part::mixed;
    }
    return all;
}

/// Without what stands in brackets: "Subjective (S)".
std::string without_brackets(std::string_view title) {
    std::string out;
    int depth = 0;
    for (const char letter : title) {
        if (letter == '(' || letter == '[') ++depth;
        else if ((letter == ')' || letter == ']') && depth > 0) --depth;
        else if (depth == 0) out += letter;
    }
    return out;
}

/// A part's own name with its number or a few words behind it: "Assessment 2", "Plan #1", "Plan for the insomnia".
Named extended_name(std::string_view title) {
    constexpr std::string_view words =
        " for if per by with regarding re continued cont today unless until after once when ";
    const auto first = title.substr(0, title.find_first_of(" #"));
    const auto name = find_name(first);
    if (!name || name->kind != NameKind::primary || name->part == Part::mixed || normalised(first).size() < 4)
        return {};
    const auto rest = trimmed(title.substr(first.size()));
    const auto digits = rest.substr(rest.starts_with('#') ? 1 : 0);
    const bool letter = rest.size() == 1 && rest.front() >= 'A' && rest.front() <= 'D';  // "Plan B"
    const bool number = letter || (!digits.empty() && digits.front() >= '0' && digits.front() <= '9');
    const auto word = " " + normalised(rest.substr(0, rest.find(' '))) + " ";
    return number || (word.size() > 2 && words.find(word) != std::string_view::npos)
               ? Named{name->part, NameKind::extended}
               : Named{};
}

bool is_letter(char letter) { return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z'); }
bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
bool is_blank(char letter) { return letter == ' ' || letter == '\t'; }

/// Pictures and signs that stand before a heading.
bool is_sign(char32_t code) {
    return (code >= 0x2190 && code <= 0x2BFF) || (code >= 0x1F000 && code <= 0x1FAFF) || code == 0x3030 ||
           code == 0xA7 || code == 0xB7 || code == 0x2022 || code == 0x2023 || code == 0x2043 || code == 0x25E6 ||
           code == 0x3010 || code == 0x3011;
}

/// The decorations that a line begins with; `text` is moved behind them.
struct Decoration {
    std::size_t level = 0;
    bool bold = false;
    bool bracket = false;
    bool listed = false;
    int number = 0;
};

/// "1." "2)" "(3)" "IV." in front of a blank; the bytes it takes with the blank, 0: none.
std::size_t numbering(std::string_view text) {
    std::size_t at = text.starts_with('(') ? 1 : 0;
    const auto begin = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    if (at == begin)
        while (at < text.size() && (text[at] == 'I' || text[at] == 'V' || text[at] == 'X')) ++at;
    if (at == begin || at - begin > 4 || at + 1 >= text.size()) return 0;
    if (text[at] != '.' && text[at] != ')') return 0;
    return is_blank(text[at + 1]) || text[at + 1] == '*' || text[at + 1] == '_' ? at + 1 : 0;
}

/// Of "(3)" 3; Roman ones are not told apart.
int value_of_number(std::string_view text) {
    int value = 0;
    for (const char letter : text)
        if (is_digit(letter)) value = value * 10 + (letter - '0');
    return value > 0 ? value : roman_number;
}

Decoration take_decorations(std::string_view& text) {
    Decoration found;
    for (bool more = true; more && !text.empty();) {
        const char letter = text.front();
        const auto next = first_character(text);
        more = true;
        if (is_blank(letter) || letter == '>') {
            text.remove_prefix(1);
        } else if (letter == '#') {
            while (text.starts_with('#')) text.remove_prefix(1), ++found.level;
        } else if ((letter == '-' || letter == '*' || letter == '+') && text.size() > 1 && is_blank(text[1])) {
            found.listed = true;
            text.remove_prefix(2);
        } else if (letter == '*' || letter == '_' || letter == '`' || letter == '~' || letter == '\x01') {
            found.bold = true;
            text.remove_prefix(1);
        } else if (letter == '[' || letter == '{' || letter == '<' || letter == '=' || text.starts_with("--")) {
            found.bracket = true;
            text.remove_prefix(1);
        } else if (next.code > 127 && is_sign(next.code)) {
            const bool bullet = next.code == 0x2022 || next.code == 0xB7 || next.code == 0x2023 || next.code == 0x25E6;
            found.listed = found.listed || bullet;
            found.bracket = found.bracket || next.code == 0x3010;
            text.remove_prefix(next.bytes);
        } else if (const auto number = numbering(text); number > 0) {
            found.number = value_of_number(text.substr(0, number));
            text.remove_prefix(number);
        } else {
            more = false;
        }
    }
    return found;
}

bool is_closing(std::string_view text) {
    return !text.empty() && (std::string_view{"*_`~]}>=#\x01"}.find(text.front()) != std::string_view::npos ||
                             text.starts_with("\xE3\x80\x91"));
}

std::size_t dash_at(std::string_view text) {
    if (text.starts_with("\xE2\x80\x93") || text.starts_with("\xE2\x80\x94")) return 3;
    return text.starts_with('-') ? 1 : 0;
}

/// How long the title is that `text` begins with, and what ends it.
std::size_t title_length(std::string_view text) {
    int depth = 0;
    for (std::size_t at = 0; at < text.size() && at <= longest_title; ++at) {
        const char letter = text[at];
        if (letter == '(' || (letter == '[' && at > 0)) ++depth;
        if (letter == ')' && depth == 0) return at;
        if ((letter == ')' || letter == ']') && depth > 0) {
            --depth;
            continue;
        }
        if (depth > 0) continue;
        if (at > 0 && is_blank(text[at - 1]) && text.substr(at).starts_with("--")) return at;
        const bool number_sign = letter == '#' && at + 1 < text.size() && is_digit(text[at + 1]);  // "Plan #2"
        if (letter == ':' && is_in_a_clock(text, at)) continue;  // "Addendum 14:05: ..."
        if (letter == ':' || (!number_sign && is_closing(text.substr(at)))) return at;
        const auto dash = dash_at(text.substr(at));
        const bool before = at > 0 && is_blank(text[at - 1]);
        const bool behind = at + dash >= text.size() || is_blank(text[at + dash]);
        if (dash > 0 && behind && (before || find_name(text.substr(0, at)))) return at;  // "Plan- continue"
    }
    return std::min(text.size(), longest_title + 1);
}

/// What ends a title; `text` is moved behind it.
struct Ending {
    bool colon = false;
    bool dash = false;
    bool closed = false;
};
Ending take_ending(std::string_view& text, const Decoration& decoration) {
    Ending ending;
    while (!text.empty()) {
        const auto dash = dash_at(text);
        if (is_blank(text.front())) {
            text.remove_prefix(1);
        } else if (text.front() == ':' && !ending.colon) {
            ending.colon = true;
            text.remove_prefix(1);
        } else if (is_closing(text) && (decoration.bold || decoration.bracket || decoration.level > 0)) {
            ending.closed = true;
            text.remove_prefix(first_character(text).bytes);
        } else if (text.starts_with("--") && decoration.bracket) {
            ending.closed = true;
            text.remove_prefix(std::min(text.size(), text.find_first_not_of('-')));
        } else if (dash > 0 && !ending.dash && !ending.colon && (text.size() == dash || is_blank(text[dash]))) {
            ending.dash = true;
            text.remove_prefix(dash);
        } else {
            break;
        }
    }
    return ending;
}

/// "[Collateral - mother]": the whole of what the marks are around, where that is all of the line, or where its first words are
/// those of a section outside of the parts.
std::string_view title_with_a_dash(std::string_view text, std::string_view rest, const Decoration& decoration) {
    if (!(decoration.bracket || decoration.bold) || dash_at(trimmed(rest)) == 0) return {};
    const auto first = named_part(text.substr(0, text.size() - rest.size()));
    if (first.part != Part::none) return {};
    auto end = text.size() - rest.size();
    while (end < text.size() && text[end] != ':' && !is_closing(text.substr(end))) ++end;
    if (end == text.size() || end > longest_title) return {};
    auto behind = text.substr(end);
    while (!behind.empty() && (behind.front() == ':' || is_blank(behind.front()) || is_closing(behind)))
        behind.remove_prefix(first_character(behind).bytes);
    return behind.empty() || first.kind == NameKind::outside ? trimmed(text.substr(0, end)) : std::string_view{};
}

std::size_t words_in(std::string_view text) {
    std::size_t count = 0;
    bool inside = false;
    for (const char letter : text) {
        if (!is_blank(letter) && !inside) ++count;
        inside = !is_blank(letter);
    }
    return count;
}

bool all_capitals(std::string_view text) {
    const bool lower = std::ranges::any_of(text, [](char letter) { return letter >= 'a' && letter <= 'z'; });
    return !lower && std::ranges::count_if(text, is_letter) >= 2;
}

}  // namespace

Named named_part(std::string_view title) {
    const auto cleaned = plain(title.substr(0, longest_start));
    std::string_view text = trimmed(cleaned);
    take_decorations(text);
    while (!text.empty() && (text.back() == ':' || is_closing(text.substr(text.size() - 1)))) text.remove_suffix(1);
    text = trimmed(text);
    if (const auto found = find_name(text)) return *found;
    const auto bare = without_brackets(text);
    if (const auto found = find_name(bare)) return *found;
    if (const auto together = joined(bare); together.kind != NameKind::unknown) return together;
    if (const auto extended = extended_name(text); extended.kind != NameKind::unknown) return extended;
    const auto dateless = without_date(bare);
    auto dated = dateless.size() < bare.size() ? find_name(dateless).value_or(Named{}) : Named{};
    if (dated.kind == NameKind::primary) dated.kind = NameKind::extended;
    return dated;
}

std::optional<std::size_t> step_of_scheme(std::string_view title) {
    const auto name = normalised(title.substr(0, longest_title));
    for (std::size_t at = 0; at < scheme_steps.size(); ++at)
        if (is_among(scheme_steps[at], name)) return at;
    return std::nullopt;
}

Part part_titled(std::string_view title) {
    if (title.size() > longest_title) return Part::none;
    const auto named = named_part(title);
    return named.kind == NameKind::item || named.kind == NameKind::outside ? Part::none : named.part;
}

Heading heading_at(std::string_view line) {
    const auto start = plain_with_origins(line.substr(0, longest_start));
    std::string_view text = start.text;
    const auto decoration = take_decorations(text);
    if (text.empty()) return {};
    const auto length = title_length(text);
    auto title = trimmed(text.substr(0, length));
    if (title.empty() || title.size() > longest_title) return {};
    auto rest = text.substr(length);
    if (const auto whole = title_with_a_dash(text, rest, decoration); !whole.empty()) {
        title = whole;
        rest = text.substr(static_cast<std::size_t>(whole.data() + whole.size() - text.data()));
    }
    const bool numbered_letter = title.size() == 1 && rest.starts_with(')');  // "S) better"
    if (numbered_letter) rest.remove_prefix(1);
    auto ending = take_ending(rest, decoration);
    ending.colon = ending.colon || numbered_letter;

    Heading heading;
    heading.alone = rest.empty() && line.size() <= longest_start;
    heading.listed = decoration.listed;
    heading.number = decoration.number;
    heading.marked = decoration.level > 0 || ((decoration.bold || decoration.bracket) && ending.closed);
    heading.colon = ending.colon;
    if (!heading.alone && !ending.colon && !ending.dash && !ending.closed) return {};
    heading.named = named_part(title);
    if (heading.named.kind == NameKind::extended && !heading.colon && !heading.marked) heading.named = {};
    heading.letter =
        title.size() == 1 || (heading.named.part != Part::none && trimmed(without_brackets(title)).size() == 1);
    heading.capitals = all_capitals(title);
    heading.depth = decoration.level > 0 ? std::min<std::size_t>(decoration.level, 6)
                    : heading.marked     ? bold_depth
                                         : bare_depth;
    heading.title = std::string{title};
    const auto taken = static_cast<std::size_t>(rest.data() - start.text.data());
    if (!heading.alone) heading.body = line.substr(start.origin(std::min(taken, start.text.size())));
    const bool capital =
        (title.front() >= 'A' && title.front() <= 'Z') || static_cast<unsigned char>(title.front()) > 127;
    const bool known = heading.named.kind != NameKind::unknown && heading.named.kind != NameKind::item;
    const bool lower_letter = heading.letter && title.front() >= 'a';
    const auto dateless = known ? without_date(title) : title;
    if (lower_letter || words_in(without_brackets(dateless)) > most_words || (!known && !capital)) return {};
    return heading;
}

bool is_rule(std::string_view line) {
    constexpr std::size_t longest_rule = 1'000;  // bytes
    if (line.size() > longest_rule) return false;
    const auto text = trimmed(line);
    return text.size() >= 3 && std::string_view{"=-_*~"}.find(text.front()) != std::string_view::npos &&
           text.find_first_not_of(text.front()) == std::string_view::npos;
}

}  // namespace dcs::deepcura
