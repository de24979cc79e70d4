#include "simulator/morning.hpp"

#include "simulator/scribe.hpp"
#include "simulator/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dcs::simulator {
namespace {

using std::chrono::minutes;

enum class Act {
    registers,       // a new patient
    registers_late,  // a new patient, whose webhook comes with `announces`
    announces,
    books,
    moves,
    arrives,
    leaves,  // complete
    cancels,
    locks,
    unlocks,
    diagnosed,
    prescribed,
    reacts,
    billed,
    unbilled,
    phones,          // a new telephone number
    phones_held,     // the same, its webhook held back
    releases,        // the webhook held back is sent now
    repeats,         // the last delivery comes a second time
    dictates,        // the scribe sends its note of the visit
    edits,           // the scribe sends it again with another plan
    dictates_again,  // the scribe sends it again as it was
    dictates_dimly,  // the scribe's note names patient and day, but not which visit
};

/// One line of the script. `who`: visit number, 0 to 11; of visits 0 to 7 the patient is new this morning.
struct Line {
    int at;  // minutes
    Act act;
    int who = 0;
};

constexpr std::array script{
    Line{0, Act::registers, 0},   Line{2, Act::books, 0},
    Line{4, Act::registers, 1},   Line{6, Act::books, 1},
    Line{8, Act::repeats},        Line{9, Act::registers, 2},
    Line{11, Act::books, 2},      Line{13, Act::registers_late, 3},
    Line{13, Act::books, 3},      Line{15, Act::announces, 3},
    Line{18, Act::registers, 4},  Line{20, Act::books, 4},
    Line{22, Act::books, 8},      Line{24, Act::books, 9},
    Line{27, Act::arrives, 0},    Line{30, Act::registers, 5},
    Line{32, Act::books, 5},      Line{35, Act::arrives, 1},
    Line{38, Act::registers, 6},  Line{40, Act::books, 6},
    Line{45, Act::moves, 5},      Line{50, Act::diagnosed, 0},
    Line{52, Act::prescribed, 0}, Line{55, Act::leaves, 0},
    Line{56, Act::dictates, 0},   Line{57, Act::billed, 0},
    Line{60, Act::arrives, 2},    Line{62, Act::locks, 0},
    Line{64, Act::edits, 0},      Line{66, Act::registers, 7},
    Line{68, Act::books, 7},      Line{72, Act::leaves, 1},
    Line{75, Act::locks, 1},      Line{77, Act::dictates, 1},
    Line{78, Act::books, 10},     Line{80, Act::books, 11},
    Line{83, Act::arrives, 3},    Line{88, Act::reacts, 2},
    Line{92, Act::leaves, 2},     Line{95, Act::phones_held, 4},
    Line{99, Act::phones, 4},     Line{101, Act::releases, 4},
    Line{104, Act::arrives, 8},   Line{108, Act::dictates, 2},
    Line{110, Act::locks, 2},     Line{115, Act::billed, 2},
    Line{118, Act::leaves, 3},    Line{121, Act::unlocks, 0},
    Line{126, Act::locks, 0},     Line{128, Act::dictates_again, 1},
    Line{130, Act::cancels, 9},   Line{133, Act::arrives, 4},
    Line{138, Act::locks, 3},     Line{140, Act::dictates, 3},
    Line{144, Act::moves, 10},    Line{150, Act::prescribed, 4},
    Line{155, Act::leaves, 4},    Line{158, Act::repeats},
    Line{165, Act::arrives, 5},   Line{170, Act::unbilled, 2},
    Line{178, Act::leaves, 8},    Line{180, Act::dictates_dimly, 8},
    Line{182, Act::dictates, 4},  Line{184, Act::locks, 4},
    Line{186, Act::locks, 8},     Line{190, Act::arrives, 6},
    Line{192, Act::locks, 10},    Line{200, Act::diagnosed, 5},
    Line{206, Act::leaves, 5},    Line{212, Act::billed, 5},
    Line{220, Act::locks, 5},     Line{230, Act::leaves, 6},
    Line{240, Act::arrives, 11},  Line{270, Act::leaves, 11},
};

constexpr bool sends_webhook(Act act) {
    switch (act) {
    case Act::registers_late:
    case Act::phones_held:
    case Act::dictates:
    case Act::edits:
    case Act::dictates_again:
    case Act::dictates_dimly: return false;
    default: return true;
    }
}

}  // namespace

class Morning::Scene {
public:
    explicit Scene(Simulator& simulator) : simulator_{simulator}, began_{simulator.now()} {
        const auto known = simulator.count("patients");
        for (std::size_t visit = 8; visit < patients_.size() && known > 0; ++visit) {
            const auto index = mix(visit) % known;
            patients_[visit] = std::to_string(World::id(Kind::patients, index));
        }
        patients_[10] = patients_[8];  // two visits in one morning
    }

    Result<Step> play() {
        const auto& line = script[played_];
        const auto due = began_ + minutes{line.at};
        if (due > simulator_.now()) simulator_.advance(std::chrono::ceil<seconds>(due - simulator_.now()));
        const auto done = perform(line);
        if (!done) return done.error();
        if (!done->delivery_id.empty() && line.act != Act::phones_held) last_delivery_ = done->delivery_id;
        ++played_;
        return Step{minutes{line.at}, describe(line), sends_webhook(line.act) ? 1 : 0};
    }

    std::size_t played() const { return played_; }

private:
    Result<Changed> perform(const Line& line);
    Result<Changed> book(int who);
    Result<Changed> add_to_chart(std::string_view resource, int who, std::string_view field, std::string_view value);
    std::string describe(const Line& line) const;
    json::value patient_id(int who) const { return std::stoll(patient(who)); }
    const std::string& patient(int who) const { return patients_[static_cast<std::size_t>(who)]; }
    const std::string& visit(int who) const { return visits_[static_cast<std::size_t>(who)]; }
    Result<Changed> status(int who, std::string_view to) {
        return simulator_.change("appointments", visit(who), {{"status", to}});
    }
    Result<Changed> dictate(ScribeAct act, int who) {
        auto* scribe = simulator_.scribe();
        if (scribe == nullptr) return Changed{};
        const auto begun = scribe->begin({.act = act, .appointment_id = visit(who)});
        if (!begun) return begun.error();
        return Changed{};
    }
    Result<Changed> send_again(const std::string& delivery_id) {
        const auto sent = simulator_.deliver(delivery_id);
        if (!sent && sent.error().fault != Fault::conflict) return sent.error();
        return Changed{};
    }

    Simulator& simulator_;
    Time began_;
    std::size_t played_ = 0;
    std::array<std::string, 12> patients_{};
    std::array<std::string, 12> visits_{};
    std::map<int, std::string> bills_{};
    std::string held_;
    std::string last_delivery_;
};

Result<Changed> Morning::Scene::perform(const Line& line) {
    const auto who = line.who;
    switch (line.act) {
    case Act::registers:
    case Act::registers_late: {
        auto made =
            simulator_.create("patients", {{"patient_status", "A"}}, {.silent = line.act == Act::registers_late});
        if (made) patients_[static_cast<std::size_t>(who)] = made->id;
        return made;
    }
    case Act::announces: {
        const auto sent = simulator_.announce("PATIENT_CREATE", "patients", patient(who));
        if (!sent) return sent.error();
        return Changed{patient(who), *sent};
    }
    case Act::books: return book(who);
    case Act::moves: {
        const auto item = simulator_.item("appointments", visit(who), false);
        if (!item) return Error{Fault::not_found, "no such visit"};
        const auto old = parse_naive(item->at("scheduled_time").as_string()).value_or(Naive{0});
        return simulator_.change("appointments", visit(who), {{"scheduled_time", timestamp_text(old + minutes{45})}});
    }
    case Act::arrives: return status(who, "Arrived");
    case Act::leaves: return status(who, "Complete");
    case Act::cancels: return simulator_.remove("appointments", visit(who));
    case Act::locks: return simulator_.lock_note(visit(who));
    case Act::unlocks: return simulator_.unlock_note(visit(who));
    case Act::diagnosed: return add_to_chart("problems", who, "status", "active");
    case Act::prescribed: return add_to_chart("medications", who, "status", "active");
    case Act::reacts: return add_to_chart("allergies", who, "status", "active");
    case Act::billed: {
        auto made = simulator_.create("line_items", {{"appointment", std::stoll(visit(who))}});
        if (made) bills_[who] = made->id;
        return made;
    }
    case Act::unbilled: return simulator_.remove("line_items", bills_[who]);
    case Act::phones: return simulator_.change("patients", patient(who), {{"cell_phone", "(555) 555-0199"}});
    case Act::phones_held: {
        auto changed = simulator_.change("patients", patient(who), {{"cell_phone", "(555) 555-0198"}}, {.held = true});
        if (changed) held_ = changed->delivery_id;
        return changed;
    }
    case Act::releases: return held_.empty() ? Result<Changed>{Changed{}} : send_again(held_);
    case Act::dictates: return dictate(ScribeAct::file, line.who);
    case Act::edits: return dictate(ScribeAct::edit, line.who);
    case Act::dictates_again: return dictate(ScribeAct::repeat, line.who);
    case Act::dictates_dimly: return dictate(ScribeAct::without_appointment, line.who);
    case Act::repeats: return last_delivery_.empty() ? Result<Changed>{Changed{}} : send_again(last_delivery_);
    }
    return Error{Fault::bug, "no such act"};
}

Result<Changed> Morning::Scene::book(int who) {
    if (patient(who).empty()) return Error{Fault::bad_input, "the clinic has no patients"};
    const auto doctor = simulator_.ids("doctors").front();
    const auto zone = std::string{simulator_.item("doctors", doctor, false)->at("timezone").as_string()};
    const auto when = std::chrono::floor<minutes>(wall_clock(began_, zone)) + minutes{30 + who * 20};
    auto made = simulator_.create("appointments", {{"patient", patient_id(who)},
                                                   {"scheduled_time", timestamp_text(when)},
                                                   {"duration", 20},
                                                   {"status", "Confirmed"},
                                                   {"reason", "Sample visit"}});
    if (made) visits_[static_cast<std::size_t>(who)] = made->id;
    return made;
}

Result<Changed> Morning::Scene::add_to_chart(std::string_view resource, int who, std::string_view field,
                                             std::string_view value) {
    json::object fields{{"patient", patient_id(who)}};
    fields[field] = value;
    if (resource != "allergies") fields["appointment"] = std::stoll(visit(who));
    return simulator_.create(resource, std::move(fields));
}

std::string Morning::Scene::describe(const Line& line) const {
    std::string name = "A patient";
    if (const auto item = simulator_.item("patients", patient(line.who), false))
        name = fmt::format("{} {}", std::string_view{item->at("first_name").as_string()},
                           std::string_view{item->at("last_name").as_string()});
    switch (line.act) {
    case Act::registers: return name + " is registered";
    case Act::registers_late: return name + " is registered; the webhook is late";
    case Act::announces: return "The late webhook of " + name + " arrives";
    case Act::books: return "A visit of " + name + " is booked";
    case Act::moves: return "The visit of " + name + " is moved";
    case Act::arrives: return name + " arrives";
    case Act::leaves: return "The visit of " + name + " is complete";
    case Act::cancels: return "The visit of " + name + " is cancelled";
    case Act::locks: return "The note of " + name + " is locked";
    case Act::unlocks: return "The note of " + name + " is unlocked";
    case Act::diagnosed: return "A problem of " + name + " is recorded";
    case Act::prescribed: return name + " is prescribed a medication";
    case Act::reacts: return "An allergy of " + name + " is recorded";
    case Act::billed: return "The visit of " + name + " is billed";
    case Act::unbilled: return "A line item of " + name + " is deleted";
    case Act::phones: return name + " changes the telephone number again";
    case Act::phones_held: return name + " changes the telephone number; the webhook is held up";
    case Act::releases: return "The older webhook of " + name + " arrives after the newer one";
    case Act::dictates: return "The scribe's note of " + name;
    case Act::edits: return "The scribe's note of " + name + ", edited";
    case Act::dictates_again: return "The scribe's note of " + name + ", once more";
    case Act::dictates_dimly: return "A note of " + name + " that may be of either visit";
    case Act::repeats: return "The last webhook arrives a second time";
    }
    return name;
}

Morning::Morning(Simulator& simulator) : scene_{std::make_unique<Scene>(simulator)} {}
Morning::~Morning() = default;

std::size_t Morning::size() const noexcept { return script.size(); }
std::size_t Morning::played() const noexcept { return scene_->played(); }
minutes Morning::next_at() const { return minutes{script[scene_->played()].at}; }

int Morning::webhooks() const noexcept {
    return static_cast<int>(std::ranges::count_if(script, [](const Line& line) { return sends_webhook(line.act); }));
}

Result<Step> Morning::play() {
    auto step = scene_->play();
    return step;
}

}  // namespace dcs::simulator
