// The simulated AI scribe: what it sends, told by a receiver that opens it by its own means.
#include "simulator/scribe.hpp"

#include "support/scripted_server.hpp"
#include "unit/simulator/simulated.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <set>

namespace dcs::simulator {
namespace {

constexpr std::string_view scribe_secret = "scribe-secret";
constexpr std::string_view answer = R"({"status":"ok","noteId":"0b5e0000-0000-4000-8000-000000000001","linked":true})";

/// AES-256-CBC, the IV in front of the text, SHA-256 of the secret as key. nullopt: it does not open.
std::optional<std::string> open_sha256(std::string_view secret, std::string_view bytes) {
    if (bytes.size() < 32) return std::nullopt;
    const auto key = crypto::sha256(secret);
    const auto in = [](std::string_view view) { return reinterpret_cast<const unsigned char*>(view.data()); };
    auto* const context = EVP_CIPHER_CTX_new();
    const auto text = bytes.substr(16);
    std::string opened(text.size() + 16, '\0');
    auto* const out = reinterpret_cast<unsigned char*>(opened.data());
    int count = 0;
    int last = 0;
    const bool good = EVP_DecryptInit_ex2(context, EVP_aes_256_cbc(), in(key), in(bytes), nullptr) == 1 &&
                      EVP_DecryptUpdate(context, out, &count, in(text), static_cast<int>(text.size())) == 1 &&
                      EVP_DecryptFinal_ex(context, out + count, &last) == 1;
    EVP_CIPHER_CTX_free(context);
    if (!good) return std::nullopt;
    opened.resize(static_cast<std::size_t>(count + last));
    return opened;
}

class SimulatedScribe : public Simulated {
protected:
    SimulatedScribe() {
        options.sender = [this](net::Call call) { return take(*this, std::move(call)); };
        scribe_options = {.url = "http://service.test/webhooks/deepcura",
                          .secret = std::string{scribe_secret},
                          .scheme = Scheme::sha256_iv_prefix};
    }
    static Async<Result<net::Answer>> take(SimulatedScribe& self, net::Call call) {
        self.posts.push_back(std::move(call));
        if (self.status == 0) co_return Error{Fault::unavailable, "no answer"};
        co_return net::Answer{self.status, {}, self.says, {}};
    }

    Scribe& scribe() {
        if (simulator().scribe() == nullptr) simulator().hire_scribe(scribe_options);
        return *simulator().scribe();
    }
    std::vector<Sent> play(Play play) {
        auto sent = run_async(io, scribe().play(std::move(play)));
        EXPECT_TRUE(sent) << sent.error().detail;
        return sent ? *sent : std::vector<Sent>{};
    }
    Error refusal(Play play) {
        const auto sent = run_async(io, scribe().play(std::move(play)));
        EXPECT_FALSE(sent);
        return sent ? Error{} : sent.error();
    }
    std::string ciphertext(std::size_t nth) const {
        return std::string{json::parse(posts.at(nth).body).at("encrypted_payload").as_string()};
    }
    std::optional<std::string> opened(std::size_t nth) const {
        const auto bytes = from_base64(ciphertext(nth));
        return bytes ? open_sha256(scribe_secret, *bytes) : std::nullopt;
    }
    json::object note(std::size_t nth) const { return json::parse(opened(nth).value()).as_object(); }

    /// The `nth` past visit with a patient.
    std::string visit(std::size_t nth = 0) {
        for (const auto& id : simulator().ids("appointments")) {
            const auto item = appointment(id);
            if (!item.at("patient").is_null() && nth-- == 0) return id;
        }
        return {};
    }
    json::object appointment(std::string_view id) { return simulator().item("appointments", id, false).value(); }
    void move(std::string_view id, std::string_view to) {
        EXPECT_TRUE(simulator().change("appointments", id, {{"scheduled_time", to}}, {.silent = true}));
    }
    std::string day_of(std::string_view id) {
        return std::string{std::string_view{appointment(id).at("scheduled_time").as_string()}.substr(0, 10)};
    }

    ScribeOptions scribe_options;
    int status = 200;
    std::string says{answer};
    std::vector<net::Call> posts;
};

TEST_F(SimulatedScribe, SendsWhatTheContractSays) {
    const auto id = visit();
    const auto sent = play({.appointment_id = id, .shape = NoteShape{}});
    ASSERT_EQ(posts.size(), 1U);
    EXPECT_EQ(posts[0].method, "POST");
    EXPECT_EQ(posts[0].url, scribe_options.url);
    EXPECT_EQ(posts[0].headers.get("X-deepcura-secret"), scribe_secret);
    EXPECT_EQ(posts[0].headers.get("Content-Type"), "application/json");
    EXPECT_EQ(json::parse(posts[0].body).as_object().size(), 1U);
    const auto payload = note(0);
    const auto truth = appointment(id);
    EXPECT_EQ(json::serialize(payload.at("appointment_id")), id);
    EXPECT_EQ(payload.at("patient_id"), truth.at("patient"));
    EXPECT_EQ(payload.at("doctor_id"), truth.at("doctor"));
    EXPECT_EQ(payload.at("session_date"), json::value(day_of(id)));
    EXPECT_EQ(payload.at("session_id"), json::value(sent.at(0).session_id));
    EXPECT_EQ(payload.at("duration_minutes"), truth.at("duration"));
    for (const auto* part : {"subjective", "objective", "assessment", "plan"})
        EXPECT_FALSE(payload.at("soap").at(part).as_string().empty()) << part;
    EXPECT_GT(payload.at("transcript").as_string().size(), 2'500U);
    EXPECT_EQ(payload.at("icd10_codes").as_array().size(), 2U);
    EXPECT_EQ(payload.at("cpt_codes").as_array().size(), 2U);
    EXPECT_EQ(payload.at("medication_mentions").as_array().size(), 1U);
    EXPECT_EQ(payload.at("risk_assessment").at("suicidal_ideation"), json::value(false));
    EXPECT_EQ(payload.at("billing_summary").at("total_time_minutes"), truth.at("duration"));
}

TEST_F(SimulatedScribe, TellsWhatTheReceiverSaid) {
    says = R"({"status":"ok","noteId":"some-note","linked":true,"duplicate":true})";
    const auto sent = play({.appointment_id = visit()}).at(0);
    EXPECT_EQ(sent.status, 200);
    EXPECT_EQ(sent.note_id, "some-note");
    EXPECT_TRUE(sent.linked);
    EXPECT_TRUE(sent.duplicate);
    EXPECT_EQ(sent.body, says);
    status = 0;
    EXPECT_EQ(play({.appointment_id = visit()}).at(0).status, 0);
    status = 503;
    says = "<html>";
    const auto broken = play({.appointment_id = visit()}).at(0);
    EXPECT_EQ(broken.status, 503);
    EXPECT_EQ(broken.note_id, "");
    const auto log = scribe().log();
    ASSERT_EQ(log.size(), 3U);
    EXPECT_EQ(log[0].session_id, sent.session_id);
    EXPECT_EQ(log[0].appointment_id, visit());
    EXPECT_EQ(log[0].note_id, "some-note");
    EXPECT_EQ(log[0].body, "");
    EXPECT_EQ(log[2].status, 503);
}

TEST_F(SimulatedScribe, RepeatsANoteInFreshBytesOrInTheSame) {
    const auto first = play({.appointment_id = visit()}).at(0);
    const auto fresh = play({.act = ScribeAct::repeat, .appointment_id = visit()}).at(0);
    EXPECT_EQ(fresh.session_id, first.session_id);
    EXPECT_NE(posts[1].body, posts[0].body);
    EXPECT_EQ(opened(1), opened(0));
    play({.act = ScribeAct::repeat, .session_id = first.session_id, .same_bytes = true});
    EXPECT_EQ(posts[2].body, posts[1].body);
    EXPECT_EQ(posts[2].headers.get("X-deepcura-secret"), scribe_secret);
}

TEST_F(SimulatedScribe, RepeatsOnlyWhatItKnows) {
    EXPECT_EQ(refusal({.act = ScribeAct::repeat}).fault, Fault::not_found);
    ASSERT_TRUE(scribe().compose(visit()));
    EXPECT_EQ(refusal({.act = ScribeAct::repeat, .same_bytes = true}).fault, Fault::conflict);
    EXPECT_EQ(refusal({.act = ScribeAct::edit, .appointment_id = visit(1)}).fault, Fault::not_found);
    EXPECT_EQ(refusal({.act = ScribeAct::file, .appointment_id = "0"}).fault, Fault::not_found);
    EXPECT_EQ(posts.size(), 0U);
}

TEST_F(SimulatedScribe, EditsThePlanAlone) {
    play({.appointment_id = visit(), .shape = NoteShape{}});
    play({.act = ScribeAct::edit});
    play({.act = ScribeAct::edit});
    auto before = note(0);
    auto after = note(1);
    EXPECT_NE(after.at("soap").at("plan"), before.at("soap").at("plan"));
    EXPECT_NE(note(2).at("soap").at("plan"), after.at("soap").at("plan"));
    after.at("soap").as_object()["plan"] = before.at("soap").at("plan");
    EXPECT_EQ(after, before);
}

TEST_F(SimulatedScribe, LeavesOutTheAppointment) {
    play({.act = ScribeAct::without_appointment, .appointment_id = visit(), .shape = NoteShape{}});
    const auto payload = note(0);
    EXPECT_FALSE(payload.contains("appointment_id"));
    EXPECT_FALSE(payload.contains("doctor_id"));
    EXPECT_EQ(payload.at("patient_id"), appointment(visit()).at("patient"));
    EXPECT_EQ(payload.at("session_date"), json::value(day_of(visit())));
}

TEST_F(SimulatedScribe, MistakesOnePatientForAnother) {
    play({.act = ScribeAct::wrong_patient, .appointment_id = visit(), .shape = NoteShape{.patient_id = false}});
    const auto payload = note(0);
    EXPECT_EQ(json::serialize(payload.at("appointment_id")), visit());
    EXPECT_NE(payload.at("patient_id"), appointment(visit()).at("patient"));
    EXPECT_TRUE(simulator().item("patients", json::serialize(payload.at("patient_id")), false));
}

TEST_F(SimulatedScribe, HasNobodyToMistakeAPatientForInAClinicOfOne) {
    options.patients = 1;
    EXPECT_EQ(refusal({.act = ScribeAct::wrong_patient, .appointment_id = visit()}).fault, Fault::bad_input);
}

TEST_F(SimulatedScribe, RecordsTwoSessionsInOneDay) {
    const auto sent = play({.act = ScribeAct::two_in_one_day, .appointment_id = visit(), .shape = NoteShape{}});
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_NE(sent[0].session_id, sent[1].session_id);
    EXPECT_TRUE(note(0).contains("appointment_id"));
    EXPECT_FALSE(note(1).contains("appointment_id"));
    EXPECT_EQ(note(1).at("patient_id"), note(0).at("patient_id"));
    EXPECT_EQ(note(1).at("session_date"), note(0).at("session_date"));
    EXPECT_NE(note(1).at("session_time"), note(0).at("session_time"));
}

TEST_F(SimulatedScribe, KeepsTheSecondSessionWithinTheDay) {
    const auto id = visit();
    move(id, "2026-10-06T23:30:00");
    play({.act = ScribeAct::two_in_one_day, .appointment_id = id, .shape = NoteShape{}});
    EXPECT_EQ(note(1).at("session_date"), json::value("2026-10-06"));
    EXPECT_EQ(note(1).at("session_time"), json::value("22:00:00"));
}

TEST_F(SimulatedScribe, CanBeNameless) {
    play({.act = ScribeAct::anonymous, .appointment_id = visit(), .shape = NoteShape{}});
    for (const auto* name : {"session_id", "appointment_id", "patient_id", "doctor_id"})
        EXPECT_FALSE(note(0).contains(name)) << name;
    EXPECT_EQ(note(0).at("session_date"), json::value(day_of(visit())));
}

TEST_F(SimulatedScribe, IsEarlierThanTheWebhooks) {
    const auto made = simulator().create(
        "appointments", {{"patient", appointment(visit()).at("patient")}, {"scheduled_time", "2026-10-06T16:00:00"}},
        {.silent = true});
    ASSERT_TRUE(made);
    play({.act = ScribeAct::early, .appointment_id = made->id, .shape = NoteShape{}});
    EXPECT_EQ(json::serialize(note(0).at("appointment_id")), made->id);
    EXPECT_EQ(note(0).at("session_date"), json::value("2026-10-06"));
    EXPECT_EQ(note(0).at("session_time"), json::value("16:00:00"));
}

TEST_F(SimulatedScribe, WritesTheMomentInUtcWhenItHasAZone) {
    const auto id = visit();
    move(id, "2026-10-06T18:30:00");
    play({.appointment_id = id, .shape = NoteShape{.date = NoteShape::Date::with_zone}});
    EXPECT_EQ(note(0).at("session_date"), json::value("2026-10-07T01:30:00Z")) << "the day after, in UTC";
}

class DamagedNote : public SimulatedScribe {
protected:
    void corrupt(Damage damage, std::optional<Scheme> scheme = {}) {
        play({.act = ScribeAct::corrupted, .appointment_id = visit(), .scheme = scheme, .damage = damage});
    }
    bool readable(std::size_t nth) const {
        const auto text = opened(nth);
        boost::system::error_code malformed;
        if (text) json::parse(*text, malformed);
        return text && !malformed;
    }
};

TEST_F(DamagedNote, CannotBeReadByTheRightKey) {
    play({.appointment_id = visit()});
    EXPECT_TRUE(readable(0));
    corrupt(Damage::bit_flipped);
    corrupt(Damage::wrong_key);
    corrupt(Damage::truncated);
    for (std::size_t nth = 1; nth <= 3; ++nth) {
        EXPECT_FALSE(readable(nth)) << nth;
        EXPECT_TRUE(from_base64(ciphertext(nth))) << nth;
        EXPECT_EQ(posts[nth].headers.get("X-deepcura-secret"), scribe_secret);
    }
    EXPECT_TRUE(opened(1)) << "a flipped bit passes the padding of CBC";
    EXPECT_NE(from_base64(ciphertext(3))->size() % 16, 0U);
}

TEST_F(DamagedNote, CanBePlainOrNoJsonOrUnderABadSecret) {
    corrupt(Damage::plain_json);
    EXPECT_FALSE(json::parse(posts[0].body).as_object().contains("encrypted_payload"));
    corrupt(Damage::not_json);
    boost::system::error_code malformed;
    json::parse(posts[1].body, malformed);
    EXPECT_TRUE(malformed);
    corrupt(Damage::bad_secret);
    EXPECT_EQ(posts[2].headers.count("X-deepcura-secret"), 1U);
    EXPECT_NE(posts[2].headers.get("X-deepcura-secret"), scribe_secret);
    EXPECT_TRUE(readable(2));
}

TEST_F(DamagedNote, IsDamagedInPlainTextToo) {
    for (const auto damage : {Damage::bit_flipped, Damage::truncated}) {
        corrupt(damage, Scheme::none);
        boost::system::error_code malformed;
        json::parse(posts.back().body, malformed);
        EXPECT_TRUE(malformed);
    }
    EXPECT_EQ(refusal({.act = ScribeAct::corrupted,
                       .appointment_id = visit(),
                       .scheme = Scheme::none,
                       .damage = Damage::wrong_key})
                  .fault,
              Fault::bad_input);
}

TEST_F(DamagedNote, CanBeSentWholeAfterwards) {
    corrupt(Damage::truncated);
    play({.act = ScribeAct::repeat, .appointment_id = visit()});
    EXPECT_TRUE(readable(1));
}

TEST_F(SimulatedScribe, EncryptsByAnyScheme) {
    for (const auto* name : {"none", "scrypt-zero-iv", "scrypt-iv-prefix", "sha256-iv-prefix", "cryptojs", "aes-gcm"}) {
        const auto scheme = scheme_of(name);
        EXPECT_EQ(play({.appointment_id = visit(), .scheme = scheme}).at(0).scheme, scheme);
        const auto body = json::parse(posts.back().body).as_object();
        EXPECT_EQ(body.contains("encrypted_payload"), scheme != Scheme::none) << name;
    }
    play({.appointment_id = visit(), .scheme = Scheme::scrypt_iv_prefix, .wire = WireText::hex});
    EXPECT_TRUE(from_hex(ciphertext(6)));
}

TEST_F(SimulatedScribe, IsTheSameForTheSameSeed) {
    const auto payload_of = [&](std::uint64_t seed) {
        scribe_options.seed = seed;
        Scribe one{io.get_executor(), simulator(), scribe_options, options.sender};
        return one.compose(visit()).value().payload;
    };
    EXPECT_EQ(payload_of(1), payload_of(1));
    EXPECT_NE(payload_of(1), payload_of(2));
}

TEST_F(SimulatedScribe, WritesADayOfNotes) {
    const auto all = simulator().ids("appointments");
    const std::vector<std::string> visits{all.begin(), all.begin() + 30};
    const auto notes = scribe().day(visits).value();
    EXPECT_EQ(posts.size(), 0U);
    std::set<ScribeAct> acts;
    std::set<std::string> appointments;
    std::map<std::string, std::set<std::string>> by_session;
    std::size_t same = 0;
    for (const auto& one : notes) {
        acts.insert(one.act);
        appointments.insert(one.appointment_id);
        same += by_session[one.session_id].insert(json::serialize(one.payload)).second ? 0U : 1U;
    }
    EXPECT_EQ(acts.size(), 7U);
    const auto with_patient =
        std::ranges::count_if(visits, [&](const std::string& id) { return !appointment(id).at("patient").is_null(); });
    EXPECT_EQ(static_cast<std::ptrdiff_t>(appointments.size()), with_patient);
    EXPECT_EQ(same, static_cast<std::size_t>(std::ranges::count(notes, ScribeAct::repeat, &ComposedNote::act)));
    EXPECT_GE(same, 3U);
    const auto changed = [](const auto& session) { return session.second.size() == 2; };
    EXPECT_EQ(std::ranges::count_if(by_session, changed),
              std::ranges::count(notes, ScribeAct::edit, &ComposedNote::act));
    for (const auto& one : notes) EXPECT_EQ(run_async(io, scribe().send(one)).status, 200);
    EXPECT_EQ(posts.size(), notes.size());
    EXPECT_EQ(scribe().log().back().session_id, notes.back().session_id);
    const std::vector<std::string> unknown{"0"};
    EXPECT_EQ(scribe().day(unknown).error().fault, Fault::not_found);
}

TEST_F(SimulatedScribe, SendsWithoutBeingWaitedFor) {
    const auto session = scribe().begin({.act = ScribeAct::two_in_one_day, .appointment_id = visit()});
    ASSERT_TRUE(session);
    EXPECT_EQ(posts.size(), 0U);
    EXPECT_TRUE(run_async(io, scribe().settled(seconds{5})));
    EXPECT_EQ(posts.size(), 2U);
    EXPECT_EQ(scribe().log().at(0).session_id, *session);
    EXPECT_FALSE(scribe().begin({.appointment_id = "0"}));
}

TEST_F(SimulatedScribe, KeepsAThousandInMind) {
    scribe_options.scheme = Scheme::none;
    const auto id = visit();
    const auto first = play({.appointment_id = id}).at(0).session_id;
    for (int turn = 0; turn < 1'000; ++turn) play({.appointment_id = id});
    EXPECT_EQ(scribe().log().size(), 1'000U);
    EXPECT_NE(scribe().log().front().session_id, first);
    EXPECT_EQ(refusal({.act = ScribeAct::repeat, .session_id = first}).fault, Fault::not_found);
}

TEST_F(SimulatedScribe, TalksToARealPort) {
    test::ScriptedServer server{io.get_executor(), [](const test::Asked& asked) {
                                    return test::Reply{.status = asked.method == "POST" ? 200 : 405,
                                                       .body = std::string{answer}};
                                }};
    options.sender = {};
    scribe_options.url = server.url() + "/webhooks/deepcura";
    const auto sent = play({.appointment_id = visit()}).at(0);
    EXPECT_EQ(sent.status, 200);
    EXPECT_TRUE(sent.linked);
    ASSERT_EQ(server.asked().size(), 1U);
    EXPECT_EQ(server.asked()[0].target, "/webhooks/deepcura");
    EXPECT_EQ(server.asked()[0].headers.get("x-deepcura-secret"), scribe_secret);
    EXPECT_EQ(server.asked()[0].headers.get("user-agent"), "deepcura-gridhooks (simulated)");
}

TEST_F(SimulatedScribe, IsMovedByTheControlApi) {
    EXPECT_EQ(ask("POST", "/control/gridhooks", R"({"act":"file"})").status, 409);
    EXPECT_EQ(json_of("/control/gridhooks").as_array().size(), 0U);
    const json::object account{
        {"url", scribe_options.url}, {"secret", scribe_secret}, {"scheme", "sha256-iv-prefix"}, {"seed", 3}};
    EXPECT_EQ(control("/control/scribe", account).at("status"), json::value("ok"));
    const auto told = control("/control/gridhooks", {{"act", "file"}, {"appointment", visit()}, {"plain_shape", true}});
    const auto& sent = told.at("sent").at(0);
    EXPECT_EQ(sent.at("status"), json::value(200));
    EXPECT_EQ(sent.at("body"), json::value(answer));
    EXPECT_EQ(sent.at("noteId"), json::value("0b5e0000-0000-4000-8000-000000000001"));
    EXPECT_EQ(note(0).at("session_id"), sent.at("session_id"));
    control("/control/gridhooks", {{"act", "repeat"}, {"session", sent.at("session_id")}, {"same_bytes", true}});
    EXPECT_EQ(posts.at(1).body, posts.at(0).body);
    control("/control/gridhooks", {{"act", "corrupted"}, {"appointment", visit()}, {"damage", "truncated"}});
    EXPECT_FALSE(opened(2));
    control("/control/gridhooks",
            {{"act", "file"}, {"appointment", visit()}, {"scheme", "scrypt-iv-prefix"}, {"wire", "hex"}});
    EXPECT_TRUE(from_hex(ciphertext(3)));
    const auto log = json_of("/control/gridhooks").as_array();
    ASSERT_EQ(log.size(), 4U);
    EXPECT_EQ(log[1].at("act"), json::value("repeat"));
    EXPECT_EQ(log[2].at("appointment"), json::value(visit()));
    EXPECT_EQ(log[3].at("scheme"), json::value("scrypt-iv-prefix"));
}

TEST_F(SimulatedScribe, AnswersNonsenseAsSuch) {
    EXPECT_EQ(ask("POST", "/control/scribe", R"({"url":"http://service.test/","secret":"x","scheme":"rot13"})").status,
              400);
    EXPECT_EQ(ask("POST", "/control/scribe", R"({"url":"http://service.test/"})").status, 400);
    EXPECT_EQ(simulator().scribe(), nullptr);
    scribe();
    EXPECT_EQ(ask("POST", "/control/gridhooks", R"({"act":"dance"})").status, 400);
    EXPECT_EQ(ask("POST", "/control/gridhooks", R"({"act":"file","scheme":"rot13"})").status, 400);
    EXPECT_EQ(ask("POST", "/control/gridhooks", R"({"act":"corrupted","damage":"lost"})").status, 400);
    EXPECT_EQ(ask("POST", "/control/gridhooks", R"({"act":"file","appointment":"0"})").status, 404);
    EXPECT_EQ(posts.size(), 0U);
}

TEST_F(SimulatedScribe, GoesOnWithOtherOptions) {
    const auto first = play({.appointment_id = visit()}).at(0).session_id;
    scribe_options.secret = "rotated";
    simulator().hire_scribe(scribe_options);
    play({.act = ScribeAct::repeat});
    EXPECT_EQ(posts.at(1).headers.get("X-deepcura-secret"), "rotated");
    EXPECT_TRUE(open_sha256("rotated", from_base64(ciphertext(1)).value()));
    EXPECT_EQ(scribe().log().at(1).session_id, first);
}

}  // namespace
}  // namespace dcs::simulator
