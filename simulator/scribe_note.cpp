#include "simulator/scribe_note.hpp"

#include "simulator/draws.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

namespace dcs::simulator {
namespace {

using Names = NoteShape::Names;

/// What a visit can be about. Codes are real, so that their shape is; drugs are not.
struct Matter {
    std::string_view complaint;
    std::string_view finding;
    std::string_view icd10;
    std::string_view icd10_name;
    std::string_view second;
    std::string_view second_name;
    std::string_view cpt;
    std::string_view cpt_name;
    std::string_view modifier;
    std::string_view drug;
    std::string_view dosage;
    std::string_view action;
    std::string_view plan;
};

constexpr std::array matters{
    Matter{"I worry about everything, and it keeps me awake", "Speech normal, mood \"on edge\", thought process linear",
           "F41.1", "Generalized anxiety", "G47.00", "Poor sleep", "99214", "Visit of moderate complexity", "25",
           "Testaprin", "10 mg once a day", "continued", "Keep a sleep diary; talk therapy every week"},
    Matter{"My back hurts when I get up in the morning", "Lower back tender, no weakness, reflexes equal", "M54.50",
           "Low back pain", "Z72.3", "Lack of exercise", "99213", "Visit of low complexity", "", "Demofen",
           "200 mg as needed", "started", "Exercises at home; no imaging for now"},
    Matter{"I came to have my blood pressure looked at", "Pressure 142/88 at rest, heart sounds normal", "I10",
           "High blood pressure", "E66.9", "Overweight", "99214", "Visit of moderate complexity", "", "Samplol",
           "5 mg in the morning", "increased", "Readings at home twice a day; less salt"},
    Matter{"I have had a cough and a sore throat for four days", "Throat red, temperature 37.9 °C, lungs clear",
           "J06.9", "Common cold", "R05.1", "Cough", "99213", "Visit of low complexity", "95", "Mockazole syrup",
           "5 ml every 6 hours", "started", "Rest, fluids; come back if the fever stays"},
    Matter{"My sugar was higher than it should be", "Feet without wounds, weight 3 kg more than in spring", "E11.9",
           "Type 2 diabetes", "Z79.84", "Tablets for a long time", "99214", "Visit of moderate complexity", "",
           "Trialformin", "500 mg twice a day", "continued", "Laboratory tests before the next visit"},
    Matter{"I cannot enjoy the things I used to enjoy", "Tired, answers slowly, eye contact good", "F32.1",
           "Depressive episode, moderate", "C4A.9", "Skin tumour, treated before", "90833",
           "Talk therapy, half an hour", "", "Pilotine", "20 mg in the evening", "started",
           "Walk every day; call us at once if it gets worse"},
};

struct Exchange {
    std::string_view asked;
    std::string_view answered;
};

constexpr std::array exchanges{
    Exchange{"When did you first notice it, and was there anything unusual going on at the time?",
             "About three weeks ago, I think. We had just moved house, so there was a lot to carry and to think of."},
    Exchange{"Is it there all the time, or does it come and go?",
             "It comes and goes. Mornings are worse, and by the afternoon I hardly think of it."},
    Exchange{"What have you tried so far, and did any of it help?",
             "I tried a warm bath and going to bed early. It helped a little, perhaps for a day or two."},
    Exchange{"How is your sleep? When do you go to bed, and how often do you wake up?",
             "I go to bed at eleven and wake up at four. Then I read until it is time to get up."},
    Exchange{"How is your appetite, and has your weight changed?",
             "I eat as I always did. My trousers say that I gained something, but the scales are still in a box."},
    Exchange{"Do you smoke, or drink alcohol?", "I stopped smoking years ago. A glass of wine on Sundays, no more."},
    Exchange{"Do you take your tablets as it says on the box?",
             "Nearly always. I forgot them on two evenings last week, because my sister visited."},
    Exchange{"Any reaction to a medicine since we last talked: a rash, a swollen lip, trouble with breathing?",
             "No, nothing like that. The new ones make my mouth dry, but I can live with it."},
    Exchange{"Is there anybody at home who can help, should it get worse?",
             "My neighbour looks in every day, and my brother lives twenty minutes away."},
    Exchange{"What does your work ask of you these days?",
             "I sit for six hours and stand for two. They call it \"flexible\", but the chair is not."},
    Exchange{"Have you had any thoughts of hurting yourself or somebody else?", "No. Nothing of the kind."},
    Exchange{"On a scale from zero to ten, how bad was the worst day of the past week?",
             "A six on Thursday. Today I would say it is a three, maybe even a two and a half."},
    Exchange{"Did you have fever, chills or night sweats?", "No fever. I measured it: 36.8 °C, and the same at night."},
    Exchange{"Do you feel your heart racing, or get short of breath on the stairs?",
             "On the third floor I do, but not more than my daughter does, and she is nine."},
    Exchange{"What would you like to be able to do again by the time of our next visit?",
             "To work in the garden for an hour without having to sit down. The tomatoes do not wait."},
    Exchange{"Is there something you are worried it could be?",
             "I looked it up, which I should not have done. It would be good to hear what you think."},
};

/// Numbers for one session, by what they are for.
struct Dice {
    std::uint64_t seed;
    std::uint64_t below(std::uint64_t limit, std::string_view what) const {
        return draw(seed, 0xdc, 0, salt_of(what)) % limit;
    }
};

// Where a field stands in the payload.

struct Place {
    std::string_view snake;
    std::string_view camel;
    std::string_view outer;
    std::string_view inner;
};

constexpr Place event_type{"event_type", "eventType", "event", "type"};
constexpr Place session_id{"session_id", "sessionId", "session", "id"};
constexpr Place session_date{"session_date", "sessionDate", "session", "date"};
constexpr Place session_time{"session_time", "sessionTime", "session", "time"};
constexpr Place duration{"duration_minutes", "durationMinutes", "session", "duration_minutes"};
constexpr Place appointment_id{"appointment_id", "appointmentId", "appointment", "id"};
constexpr Place patient_id{"patient_id", "patientId", "patient", "id"};
constexpr Place doctor_id{"doctor_id", "doctorId", "doctor", "id"};
constexpr Place transcript{"transcript", "transcript", "note", "transcript"};
constexpr Place soap{"soap", "soap", "note", "soap"};
constexpr Place soap_note{"soap_note", "soapNote", "note", "soap_note"};
constexpr std::array soap_parts{
    Place{"soap_subjective", "soapSubjective", "note", "subjective"},
    Place{"soap_objective", "soapObjective", "note", "objective"},
    Place{"soap_assessment", "soapAssessment", "note", "assessment"},
    Place{"soap_plan", "soapPlan", "note", "plan"},
};
constexpr Place icd10_codes{"icd10_codes", "icd10Codes", "codes", "icd10_codes"};
constexpr Place cpt_codes{"cpt_codes", "cptCodes", "codes", "cpt_codes"};
constexpr Place medications{"medication_mentions", "medicationMentions", "note", "medication_mentions"};
constexpr Place risk{"risk_assessment", "riskAssessment", "note", "risk_assessment"};
constexpr Place billing{"billing_summary", "billingSummary", "note", "billing_summary"};
constexpr Place leaflet{"patient_leaflet", "patientLeaflet", "note", "patient_leaflet"};

class Writer {
public:
    explicit Writer(const ScribeSession& session)
        : session_{session},
          visit_{session.visit},
          shape_{session.shape},
          dice_{session.seed},
          matter_{matters[dice_.below(matters.size(), "matter")]} {}

    json::object write() {
        put(event_type, "session_complete");
        write_ids();
        write_time();
        put(transcript, shape_.turns ? json::value(turns()) : json::value(transcript_text()));
        write_soap();
        write_codes();
        put(medications, mentions());
        if (shape_.risk != NoteShape::Risk::absent) put(risk, risk_answers());
        put(billing, bill());
        put(leaflet, json::value(fmt::format("What we agreed on: {}.", matter_.plan)));
        return std::move(note_);
    }

private:
    void put(const Place& place, json::value value) {
        if (shape_.names != Names::nested) {
            note_[shape_.names == Names::snake ? place.snake : place.camel] = std::move(value);
            return;
        }
        auto& outer = note_[place.outer];
        if (!outer.is_object()) outer = json::object{};
        outer.get_object()[place.inner] = std::move(value);
    }
    /// `names` inside an object: camel case where the note has it.
    std::string_view spelled(std::string_view snake, std::string_view camel) const {
        return shape_.names == Names::camel ? camel : snake;
    }

    void write_ids();
    void write_time();
    void write_soap();
    void write_codes();
    json::value id(const std::string& text) const;
    std::vector<Exchange> talk() const;
    std::string transcript_text() const;
    json::array turns() const;
    std::array<std::string, 4> sections() const;
    json::value code_list(std::span<const std::array<std::string_view, 3>> codes, bool procedures) const;
    json::array mentions() const;
    json::object risk_answers() const;
    json::object bill() const;

    const ScribeSession& session_;
    const Visit& visit_;
    const NoteShape& shape_;
    Dice dice_;
    const Matter& matter_;
    json::object note_{};
};

json::value Writer::id(const std::string& text) const {
    const bool digits = !text.empty() && text.size() < 19 &&
                        std::ranges::all_of(text, [](char letter) { return letter >= '0' && letter <= '9'; });
    if (shape_.ids_as_text || !digits) return json::value(text);
    return json::value(std::stoll(text));
}

void Writer::write_ids() {
    if (shape_.session_id) put(session_id, json::value(session_.id));
    if (shape_.appointment_id) put(appointment_id, id(visit_.appointment_id));
    if (shape_.patient_id) put(patient_id, id(visit_.patient_id));
    if (shape_.doctor_id) put(doctor_id, id(visit_.doctor_id));
}

void Writer::write_time() {
    put(duration, visit_.minutes);
    if (!visit_.starts || shape_.date == NoteShape::Date::absent) return;
    put(session_time, json::value(timestamp_text(*visit_.starts).substr(sizeof "YYYY-MM-DD")));
    if (shape_.date == NoteShape::Date::plain) return put(session_date, json::value(date_text(*visit_.starts)));
    const auto moment = utc_of(*visit_.starts, visit_.zone).time_since_epoch();
    put(session_date, json::value(timestamp_text(std::chrono::floor<seconds>(moment)) + "Z"));
}

/// Who says what: the clinician's part and the patient's.
std::vector<Exchange> Writer::talk() const {
    std::vector<Exchange> said{{"Thank you for coming in. What brings you here today?", matter_.complaint}};
    const auto first = dice_.below(exchanges.size(), "first");
    const auto count = 12 + dice_.below(exchanges.size() - 12, "count");
    for (std::size_t nth = 0; nth < count; ++nth) said.push_back(exchanges[(first + nth) % exchanges.size()]);
    said.push_back({"Let me have a look at you now, and tell me if anything hurts.", "That is fine. No, it does not."});
    said.push_back({matter_.finding, "Is that good or bad?"});
    said.push_back({"It fits with what you told me. I have a suggestion.", "I would like to hear it."});
    said.push_back({matter_.plan, "All right, I will try that."});
    said.push_back({"Do you have any other question before we end?", "No, that was all. Thank you."});
    return said;
}

std::string Writer::transcript_text() const {
    auto text = fmt::format("Visit of {} with {}.\n", visit_.patient_name, visit_.doctor_name);
    for (const auto& [asked, answered] : talk())
        text += fmt::format("{}: {}\n{}: {}\n", visit_.doctor_name, asked, visit_.patient_name, answered);
    return text;
}

json::array Writer::turns() const {
    json::array all;
    std::int64_t at = 0;
    const auto say = [&](std::string_view speaker, std::string_view text) {
        all.push_back(json::object{{"speaker", speaker}, {"text", text}, {"start_ms", at}});
        at += 1'500 + 60 * static_cast<std::int64_t>(text.size());
    };
    for (const auto& [asked, answered] : talk()) {
        say("clinician", asked);
        say("patient", answered);
    }
    return all;
}

std::array<std::string, 4> Writer::sections() const {
    const auto weeks = 1 + dice_.below(8, "weeks");
    auto plan = fmt::format("{} {}, {}. {}. Next visit in {} weeks.", matter_.drug, matter_.dosage, matter_.action,
                            matter_.plan, weeks);
    if (session_.edition > 0)
        plan += fmt::format(" Changed on review {}: next visit in {} weeks instead.", session_.edition,
                            weeks + static_cast<std::uint64_t>(session_.edition));
    return {
        fmt::format("{} reports: \"{}.\" Sleep and appetite were discussed.", visit_.patient_name, matter_.complaint),
        fmt::format("{}. Pulse {}.", matter_.finding, 60 + dice_.below(40, "pulse")),
        fmt::format("1. {} ({})\n2. {} ({})", matter_.icd10_name, matter_.icd10, matter_.second_name, matter_.second),
        std::move(plan)};
}

void Writer::write_soap() {
    constexpr std::array headings{"Subjective", "Objective", "Assessment", "Plan"};
    constexpr std::array keys{"subjective", "objective", "assessment", "plan"};
    const auto parts = sections();
    json::object whole;
    std::string text;
    for (std::size_t nth = 0; nth < parts.size(); ++nth) {
        if (shape_.soap == NoteShape::Soap::separate) put(soap_parts[nth], json::value(parts[nth]));
        whole[keys[nth]] = parts[nth];
        text += fmt::format("{}{}:\n{}\n", nth == 0 ? "" : "\n", headings[nth], parts[nth]);
    }
    if (shape_.soap == NoteShape::Soap::object) put(soap, std::move(whole));
    if (shape_.soap == NoteShape::Soap::headings) put(soap_note, json::value(text));
}

/// Each code: itself, its name, its modifier.
json::value Writer::code_list(std::span<const std::array<std::string_view, 3>> codes, bool procedures) const {
    json::array list;
    std::string all;
    for (const auto& [code, name, modifier] : codes) {
        all += fmt::format("{}{}", all.empty() ? "" : procedures ? " + " : ", ", code);
        if (shape_.codes == NoteShape::Codes::strings) list.emplace_back(code);
        if (shape_.codes == NoteShape::Codes::glued)
            list.emplace_back(modifier.empty() ? fmt::format("{} - {}", code, name)
                                               : fmt::format("{}-{}", code, modifier));
        if (shape_.codes != NoteShape::Codes::objects) continue;
        json::object one{{"code", code}, {"description", name}};
        if (procedures) one["units"] = 1;
        if (!procedures) one["confidence"] = 0.5 + 0.01 * static_cast<double>(dice_.below(50, code));
        if (!modifier.empty()) one["modifiers"] = json::array{modifier};
        list.push_back(std::move(one));
    }
    return shape_.codes == NoteShape::Codes::one_text ? json::value(all) : json::value(std::move(list));
}

void Writer::write_codes() {
    using Code = std::array<std::string_view, 3>;
    const std::array diagnoses{Code{matter_.icd10, matter_.icd10_name, ""},
                               Code{matter_.second, matter_.second_name, ""}};
    const std::array procedures{Code{matter_.cpt, matter_.cpt_name, matter_.modifier},
                                Code{"36415", "Blood drawn from a vein", ""}};
    put(icd10_codes, code_list(diagnoses, false));
    put(cpt_codes, code_list(procedures, true));
}

json::array Writer::mentions() const {
    return {json::object{{"name", matter_.drug},
                         {"dosage", matter_.dosage},
                         {"action", matter_.action},
                         {"reason", matter_.icd10_name}}};
}

json::object Writer::risk_answers() const {
    json::object answers;
    answers[spelled("suicidal_ideation", "suicidalIdeation")] = false;
    if (shape_.risk == NoteShape::Risk::partly) {
        answers[spelled("homicidal_ideation", "homicidalIdeation")] = nullptr;
        return answers;
    }
    answers[spelled("homicidal_ideation", "homicidalIdeation")] = false;
    answers[spelled("safety_plan_discussed", "safetyPlanDiscussed")] = dice_.below(2, "safety") == 0;
    answers["flags"] = json::array{};
    return answers;
}

json::object Writer::bill() const {
    json::object summary;
    summary[spelled("visit_type", "visitType")] = "follow-up";
    summary["complexity"] = matter_.cpt == "99213" ? "low" : "moderate";
    summary[spelled("time_based_billing", "timeBasedBilling")] = dice_.below(2, "billing") == 0;
    summary[spelled("total_time_minutes", "totalTimeMinutes")] = visit_.minutes;
    return summary;
}

// What the clinic knows of the visit.

std::string as_text(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || value->is_null()) return {};
    return value->is_string() ? std::string{value->get_string()} : json::serialize(*value);
}

std::string name_in(const std::optional<json::object>& person) {
    return person ? as_text(*person, "first_name") + " " + as_text(*person, "last_name") : std::string{};
}

}  // namespace

NoteShape drawn_shape(std::uint64_t seed) {
    const Dice dice{seed};
    NoteShape shape;
    shape.names = static_cast<Names>(dice.below(3, "names"));
    shape.soap = static_cast<NoteShape::Soap>(dice.below(3, "soap"));
    shape.codes = static_cast<NoteShape::Codes>(dice.below(4, "codes"));
    shape.date = static_cast<NoteShape::Date>(dice.below(2, "date"));  // not absent
    shape.risk = static_cast<NoteShape::Risk>(dice.below(3, "risk"));
    shape.turns = dice.below(2, "turns") == 0;
    shape.ids_as_text = dice.below(2, "ids") == 0;
    return shape;
}

NoteShape nth_shape(std::size_t nth) {
    NoteShape shape;
    shape.names = static_cast<Names>(nth % 3);
    shape.codes = static_cast<NoteShape::Codes>(nth % 4);
    shape.turns = nth % 2 == 1;
    shape.risk = static_cast<NoteShape::Risk>(nth / 2 % 3);
    shape.ids_as_text = nth / 2 % 2 == 1;
    shape.soap = static_cast<NoteShape::Soap>(nth / 3 % 3);
    shape.date = static_cast<NoteShape::Date>(nth / 4 % 3);
    shape.doctor_id = nth / 3 % 2 == 0;
    shape.patient_id = nth / 5 % 2 == 0;
    return shape;
}

std::optional<Visit> visit_of(const Simulator& simulator, std::string_view appointment_id) {
    const auto item = simulator.item("appointments", appointment_id, false);
    if (!item) return std::nullopt;
    Visit visit{.appointment_id = std::string{appointment_id},
                .patient_id = as_text(*item, "patient"),
                .doctor_id = as_text(*item, "doctor"),
                .starts = parse_naive(as_text(*item, "scheduled_time")),
                .zone = {},
                .patient_name = {},
                .doctor_name = {}};
    if (const auto* minutes = item->if_contains("duration"); minutes != nullptr && minutes->is_int64())
        visit.minutes = minutes->get_int64();
    const auto doctor = simulator.item("doctors", visit.doctor_id, false);
    if (doctor) visit.zone = as_text(*doctor, "timezone");
    visit.doctor_name = name_in(doctor);
    visit.patient_name = name_in(simulator.item("patients", visit.patient_id, false));
    return visit;
}

json::object write_note(const ScribeSession& session) { return Writer{session}.write(); }

}  // namespace dcs::simulator
