// What makes two payloads the same note, what names a source adds, and how a payload is accounted for member by member.
#include "deepcura/account.hpp"
#include "deepcura/content.hpp"
#include "deepcura/parse.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace dcs::deepcura {
namespace {

const Cipher plain{Scheme::none, "", ""};
const Source& generic() { return *find_source("generic"); }

std::string content(std::string_view payload, const Source& source = deepcura_source()) {
    return read_gridhook(plain, payload, {}, source)->content_sha256;
}

TEST(Content, EnvelopesOfTwoAttemptsAreTheSameNote) {
    const auto first = content(R"({"session_id":"s","soap":{"plan":"p"}})");
    for (
        const auto* retry :
        {R"({"session_id":"s","soap":{"plan":"p"},"timestamp":"2026-10-05T10:00:00Z"})",
         R"({"session_id":"s","soap":{"plan":"p"},"sent_at":1791158400,"attempt":2})",
         R"({"session_id":"s","soap":{"plan":"p"},"requestId":"r-2","Delivery ID":"d-2","retry_count":1})",
         R"({"session_id":"s","soap":{"plan":"p"},"signature":"v1,abc","X-Request-Id":"7","is_retry":true})",
         R"({"session_id":"s","soap":{"plan":"p"},"meta":{"attempt":3,"sent_at":"now"}})",
         R"({"session_id":"s","soap":{"plan":"p"},"created_at":"2026-10-05","updatedAt":1791158400,"generated_at":"x"})",
         R"({"session_id":"s","soap":{"plan":"p","updated_at":"2026-10-05"},"processing_time_ms":812.5})",
         R"({"session_id":"s","soap":{"plan":"p"},"gridhook_run_id":"r-9","event_id":"e-9","retry_count":3})",
         R"({"session_id":"s","soap":{"plan":"p"},"delivery":{"id":"d","at":"10:05","region":"us","try":{"n":2}}})",
         R"({"session_id":"s","soap":{"plan":"p"},"webhook":{"id":"w","date":"2026-10-05"},"headers":{"Date":"x","host":"h"}})",
         R"({"session_id":"s","soap":{"plan":"p"},"delivery_attempts":[{"at":"10:00","status":503}]})",
         R"({"session_id":"s","soap":{"plan":"p","gridhook_run_id":"r","retry_count":1}})",
         R"({"session_id":"s","soap":{"plan":"p"},"updated_at":{"$date":"2026-10-05T10:00:00Z"}})",
         R"({"attempt":null, "soap" : {"plan":"p"}, "session_id":"s"})"})
        EXPECT_EQ(content(retry), first) << retry;
}

TEST(Content, AWrappingEnvelopeCountsLikewise) {
    const auto first = content(R"({"event":"note.ready","data":{"session_id":"s","duration":45}})");
    for (const auto* retry :
         {R"({"event":"note.ready","attempt":2,"data":{"session_id":"s","duration":45}})",
          R"({"event":"note.ready","data":{"session_id":"s","duration":45,"timestamp":5}})",
          R"({"event":"note.ready","data":{"session_id":"s","duration":45,"created_at":5,"delivery":{"id":3}}})",
          R"({"event":"note.ready","data":"{\"duration\":45, \"session_id\":\"s\",\"attempt\":2}"})"})
        EXPECT_EQ(content(retry), first) << retry;
}

TEST(Content, SpellingsOfANumberAreOneNumber) {
    const auto first = content(R"({"session_id":"s","duration":45,"confidence":0.5,"long":12345678901234567890})");
    EXPECT_EQ(content(R"({"long":12345678901234567890,"duration":45.0,"confidence":5e-1,"session_id":"s"})"), first);
    EXPECT_EQ(content(R"({"long":12345678901234567890.0,"duration":4.5E1,"confidence":0.50,"session_id":"s"})"), first);
    EXPECT_NE(content(R"({"session_id":"s","duration":45,"confidence":0.5,"long":12345678901234567891})"), first);
    EXPECT_EQ(content(R"({"a":-0.0,"b":1e380})"), content(R"({"a":0,"b":10e379})"));
}

TEST(Content, WhatTheNoteSaysCounts) {
    const auto first = content(R"({"session_id":"s","soap":{"plan":"p"}})");
    for (const auto* other :
         {R"({"session_id":"s","soap":{"plan":"q"}})", R"({"session_id":"s","soap":{"plan":"p","attempt":"two"}})",
          R"({"session_id":"s","soap":{"plan":"p"},"signature":"Electronically signed by the clinician"})",
          R"({"session_id":"s","soap":{"plan":"p"},"signature":{"signed_at":"2026-10-05"}})",
          R"({"session_id":"s","soap":{"plan":"p"},"delivery":{"id":"d","soap_plan":"q"}})",
          R"({"session_id":"s","soap":{"plan":"p"},"webhook":"{\"note\":\"n\"}"})",
          R"({"session_id":"s","soap":{"plan":"p"},"headers":{"patient_id":"7"}})",
          R"({"session_id":"s","soap":{"plan":"p"},"transcript":[{"timestamp":3,"text":"t"}]})",
          R"({"session_id":"s","soap":{"plan":"p"},"session_date":"2026-10-05"})"})
        EXPECT_NE(content(other), first) << other;
    EXPECT_NE(content(R"({"transcript":[{"timestamp":3,"text":"t"}]})"),
              content(R"({"transcript":[{"timestamp":4,"text":"t"}]})"));
}

TEST(Content, WhatADatabaseCannotHoldCountsAsWhatItWas) {
    const auto first = content(R"({"session_id":"s","transcript":"a\u0000b \ud800","attempt":1})");
    EXPECT_EQ(content(R"({"attempt":2, "transcript":"a\u0000b \ud800","session_id":"s"})"), first);
    for (const auto* other : {R"({"session_id":"s","transcript":"a\ufffdb \ufffd"})",
                              R"({"session_id":"s","transcript":"a\u0000b \ud801"})",
                              R"({"session_id":"s","transcript":"a\\u0000b \ud800"})",
                              R"({"session_id":"s","transcript":"a\u0000b \ud800\udc00"})"})
        EXPECT_NE(content(other), first) << other;
    EXPECT_NE(content("{\"a\":\"\xff\"}"), content("{\"a\":\"\xfe\"}"));
    EXPECT_EQ(content("{\"a\":\"\xff\",\"attempt\":1}"), content("{\"a\":\"\xff\",\"attempt\":2}"));
    EXPECT_EQ(faithful(R"({"a":"\ud83d\ude00 \n \\u0000"})"), R"({"a":"\ud83d\ude00 \n \\u0000"})");
}

TEST(Content, TheSameWordsOnAnotherDayAreAnotherNote) {
    // No session is named, and the envelope alone tells the day.
    const auto monday = content(R"({"patient_id":5,"note":"Stable.","timestamp":"2026-10-05T10:00:00-07:00"})");
    EXPECT_NE(content(R"({"patient_id":5,"note":"Stable.","timestamp":"2026-10-06T10:00:00-07:00"})"), monday);
    EXPECT_EQ(content(R"({"patient_id":5,"note":"Stable.","timestamp":"2026-10-05T10:00:09-07:00","attempt":2})"),
              monday);
}

TEST(Sources, EachIsFoundByItsNameAndSaysWhichSecretItHas) {
    EXPECT_EQ(deepcura_source().name, "deepcura");
    EXPECT_EQ(find_source("unheard-of"), nullptr);
    EXPECT_EQ(find_source(""), nullptr);
    std::set<std::string_view> names;
    for (const auto& source : sources()) {
        EXPECT_TRUE(names.insert(source.name).second);
        EXPECT_FALSE(source.secret_setting.empty());
        EXPECT_FALSE(source.secret_headers.empty());
        EXPECT_EQ(find_source(source.name), &source);
    }
}

TEST(Sources, NamesOfItsOwnFillOnlyWhatNoCommonNameGives) {
    const auto session = [](std::string_view json, const Source& source) {
        return read_note(Document::parse(json)->value, source);
    };
    EXPECT_EQ(session(R"({"encounter_id":"e-1"})", generic()).session_id, "e-1");
    EXPECT_EQ(session(R"({"encounter_id":"e-1"})", deepcura_source()).session_id, "");
    const auto both = session(R"({"session_id":"s-1","encounter_id":"e-1","note_id":"n-1"})", generic());
    EXPECT_EQ(both.session_id, "s-1");
    EXPECT_TRUE(std::ranges::find(both.flags, "session_ids_differ") == both.flags.end());
    const auto own = session(R"({"note_id":"n-1","encounter":{"id":"e-1"},"visit_id":"v-1"})", generic());
    EXPECT_EQ(own.session_id, "e-1") << "the best of its own names";
}

/// "path -> columns; …" of a payload.
std::string account(std::string_view json, const Source& source = deepcura_source()) {
    const auto payload = Document::parse(json);
    std::string told;
    for (const auto& member : account_of(payload->value, source).members) {
        told += told.empty() ? "" : "; ";
        told += member.path + " ->";
        for (const auto& column : member.became) told += " " + column;
        for (const auto& column : member.not_taken) told += " (" + column + ")";
        if (member.envelope) told += " envelope";
    }
    return told;
}

TEST(Account, TellsWhatEachMemberBecame) {
    EXPECT_EQ(
        account(
            R"({"session_id":"s","patient":{"id":5,"name":"n"},"soap":{"plan":"p"},"mood":"fair","weather":"fine","attempt":2})"),
        "session_id -> session_id; patient.id -> drchrono_patient_id; patient.name ->; soap.plan -> soap_plan; "
        "mood -> note_text; weather ->; attempt -> envelope");
}

TEST(Account, TellsOfAMemberThatAnotherOneOutdid) {
    EXPECT_EQ(account(R"({"soap":{"plan":"first"},"plan":"second"})"), "soap.plan -> (soap_plan); plan -> soap_plan");
}

TEST(Account, LooksIntoWrappersAndLists) {
    EXPECT_EQ(account(R"({"data":{"sections":[{"title":"Subjective","content":"s"},{"title":"Plan","content":"p"}]}})"),
              "data.sections[0].title -> soap_subjective; data.sections[0].content -> soap_subjective; "
              "data.sections[1].title -> soap_plan; data.sections[1].content -> soap_plan");
    EXPECT_EQ(account(R"({"icd10_codes":[{"code":"F41.1"},{"code":"F33.1"}]})"), "icd10_codes -> icd10_codes");
}

TEST(Account, IsBounded) {
    std::string members;
    for (int at = 0; at < 2'000; ++at) members += fmt::format(R"({}"m{}":"x")", at == 0 ? "" : ",", at);
    const auto payload = Document::parse("{" + members + "}");
    const auto all = account_of(payload->value, deepcura_source());
    EXPECT_EQ(all.members.size(), 500U);
    EXPECT_FALSE(all.complete);
    const auto few = account_of(payload->value, deepcura_source(), 10);
    EXPECT_LT(few.members.size(), 10U);
}

}  // namespace
}  // namespace dcs::deepcura
