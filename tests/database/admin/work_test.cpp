// Deliveries, runs, failures and the overview, as the page shows them and has them tried again.
#include "database/admin/admin_fixture.hpp"

#include "apply/fetch_queue.hpp"
#include "inbox/claims.hpp"

namespace dcs::admin {
namespace {

class AdminWork : public WithAdmin {
protected:
    std::string delivery(const std::string& state, const std::string& object = "patients:5",
                         const std::string& source = "drchrono",
                         const std::string& body = R"({"object":{"id":5,"price":12.10}})") {
        return ask(fmt::format(
            "insert into inbox (source, event, object_key, body, body_sha256, state, reason, finished_at) values "
            "('{}', '{}_MODIFY', '{}', '{}', sha256('x'), '{}', 'some words', now()) returning id",
            source, object.starts_with("appointments") ? "APPOINTMENT" : "PATIENT", object, body, state));
    }
    std::string ids(const std::string& query) {
        std::string all;
        const auto list = read(get("/deliveries" + query, reader));
        if (list.find("items") == nullptr) return "no list";
        for (const auto& item : list.find("items")->items()) all += text_at(item, "id") + " ";
        return all;
    }
    Signed viewer = sign_in_as("viewer");
    Signed worker = sign_in_as("operator");
    Signed reader = sign_in_as("phi-reader");
};

TEST_F(AdminWork, FindsDeliveriesByWhatTheyAre) {
    const auto done = delivery("done");
    const auto dead = delivery("dead", "appointments:7");
    const auto scribe = delivery("unreadable", "", "deepcura");
    EXPECT_EQ(ids(""), scribe + " " + dead + " " + done + " ");
    EXPECT_EQ(ids("?state=dead"), dead + " ");
    EXPECT_EQ(ids("?source=deepcura"), scribe + " ");
    EXPECT_EQ(ids("?object=patients:5"), done + " ");
    EXPECT_EQ(ids("?object=appointments"), dead + " ");
    EXPECT_EQ(ids("?id=" + done.substr(0, 13)), done + " ");
    EXPECT_EQ(ids("?event=PATIENT_MODIFY&limit=2"), scribe + " " + done + " ");
    EXPECT_EQ(ids("?from=2020-01-01&to=2020-01-02"), "");
    EXPECT_EQ(ids("?from=2020-01-01T00:00:00Z"), scribe + " " + dead + " " + done + " ");
    for (const auto* wrong : {"?state=lost", "?source=me", "?from=yesterday", "?to=2026-13-01", "?stat=dead"})
        EXPECT_EQ(get(std::string{"/deliveries"} + wrong, viewer).status, 400) << wrong;
    EXPECT_EQ(get("/deliveries?object=%27%3B+drop+table+inbox", viewer).status, 200);
    const auto count = read(get("/deliveries/count?object=appointments", viewer));
    EXPECT_EQ(count.text(), R"({"matching":1,"retryable":1,"at_least":false})");
}

/// An event and a patient's number tell of an allergy or of a signed note: whose it is, is for who may see clinical content.
TEST_F(AdminWork, AViewerDoesNotSeeWhoseRecordItIs) {
    const auto id = delivery("dead", "patients:5551212");
    ask("insert into sync_failures (table_name, drchrono_id, cause, reason, raw) values "
        "('patients', '5551212', 'run:x', 'it is not readable', '{}') returning 1");
    const auto run = ask(
        "insert into sync_log (source, sync_type, table_name, status, started_at, details) values "
        "('drchrono', 'fetch', 'patients', 'completed', now(), '{\"object\":\"patients:5551212\",\"attempts\":1}') returning id");
    for (const auto& who : {viewer, worker})
        for (const std::string path : {"/deliveries", "/deliveries?object=patients", "/failures", "/runs?type=fetch"}) {
            const auto answer = get(path, who);
            ASSERT_EQ(answer.status, 200) << path;
            EXPECT_EQ(answer.body.find("5551212"), std::string::npos) << path << answer.body;
        }
    for (const auto& who : {viewer, worker}) {
        EXPECT_EQ(get("/deliveries/" + id, who).body.find("5551212"), std::string::npos);
        EXPECT_EQ(text_at(read(get("/deliveries/" + id, who)), "object"), "patients");
        EXPECT_EQ(get("/runs/" + run, who).body.find("5551212"), std::string::npos);
        EXPECT_EQ(get("/deliveries?object=patients:5551212", who).status, 403) << "nor by asking for it";
        EXPECT_EQ(get("/deliveries/count?object=patients:5551212", who).status, 403);
    }
    EXPECT_EQ(post("/deliveries/retry", R"({"filter":{"object":"patients:5551212"},"expect":1})", worker).status, 403);
    EXPECT_EQ(text_at(read(get("/deliveries/" + id, reader)), "object"), "patients:5551212");
    EXPECT_NE(get("/failures", reader).body.find("5551212"), std::string::npos);
    EXPECT_NE(get("/runs?type=fetch", reader).body.find("5551212"), std::string::npos);
    EXPECT_EQ(post("/deliveries/" + id + "/retry", "{}", worker).status, 200) << "it is tried again all the same";
}

TEST_F(AdminWork, TellsADeliverysStory) {
    const auto id = delivery("pending");
    inbox::Claims claims{pool, "me", std::chrono::minutes{1}};
    const auto claimed = test::run_async(io, claims.claim("drchrono", 10, 1'000'000)).value();
    ASSERT_EQ(claimed.size(), 1U);
    const inbox::Ending again{claimed[0].seq, claimed[0].fence, inbox::State::pending, "the database was slow"};
    test::run_async(io, pool.run(inbox::finish(std::span{&again, 1}))).value();
    std::string story;
    const auto shown = read(get("/deliveries/" + id, viewer));
    for (const auto& step : shown.find("timeline")->items()) story += text_at(step, "what") + " ";
    EXPECT_EQ(story, "received attempt next_try ");
    EXPECT_EQ(text_at(shown.find("timeline")->items()[1], "text"), "the database was slow");
    EXPECT_EQ(shown.find("payload"), nullptr);
}

TEST_F(AdminWork, ShowsAPayloadForAReasonAndWritesThatDown) {
    apply(state("patients", R"({"id":5,"first_name":"Ann"})"));
    const auto id = delivery("done");
    EXPECT_EQ(post("/deliveries/" + id + "/payload", "{}", reader).status, 400);
    EXPECT_EQ(post("/deliveries/" + id + "/payload", R"({"reason":"x"})", reader).status, 400);
    EXPECT_EQ(accesses("deliveries.payload"), "");
    const auto shown = post("/deliveries/" + id + "/payload", R"({"reason":"complaint 7"})", reader);
    ASSERT_EQ(shown.status, 200) << shown.body;
    EXPECT_EQ(text_at(read(shown), "body"), R"({"object":{"id":5,"price":12.10}})") << "digit for digit";
    EXPECT_EQ(text_at(read(shown), "encoding"), "json");
    EXPECT_EQ(accesses("deliveries.payload"), "admin:user-3 complaint 7 5");
    ask("update inbox set body = '\\xff00' returning 1");
    EXPECT_EQ(text_at(read(post("/deliveries/" + id + "/payload", R"({"reason":"complaint 7"})", reader)), "body"),
              "/wA=");
}

TEST_F(AdminWork, ShowsWhatAGridhookOpenedTo) {
    const auto filed = file(R"({"session_id":"s-1","patient_id":5,"transcript":"Sample words."})");
    const auto shown = read(post("/deliveries/" + filed.note_id + "/payload", R"({"reason":"complaint 7"})", reader));
    EXPECT_NE(text_at(shown, "decrypted").find("Sample words."), std::string::npos);
    EXPECT_EQ(accesses("deliveries.payload"), "admin:user-3 complaint 7 5");
}

TEST_F(AdminWork, TriesAgainWhatIsDeadOneOrAllThatWereShown) {
    const auto done = delivery("done");
    const auto first = delivery("dead");
    EXPECT_EQ(post("/deliveries/" + done + "/retry", "{}", worker).status, 409);
    EXPECT_EQ(post("/deliveries/" + new_uuid() + "/retry", "{}", worker).status, 404);
    EXPECT_EQ(post("/deliveries/" + first + "/retry", "{}", worker).body, R"({"retried":1})");
    EXPECT_EQ(ask("select state from inbox where id = '" + first + "'"), "pending");

    for (int number = 0; number < 3; ++number) delivery("dead", fmt::format("patients:{}", number));
    delivery("dead", "appointments:1");
    delivery("dead", "patients:9", "deepcura");
    const auto more = post("/deliveries/retry", R"({"filter":{"object":"patients"},"expect":3})", worker);
    EXPECT_EQ(more.status, 409);
    EXPECT_EQ(text_at(read(more), "retryable"), "4");
    EXPECT_EQ(ask("select count(*) from inbox where state = 'dead'"), "5") << "not one of them";
    EXPECT_EQ(post("/deliveries/retry", R"({"filter":{"object":"patients"},"expect":4})", worker).body,
              R"({"retried":4})");
    EXPECT_EQ(ask("select string_agg(object_key, ' ') from inbox where state = 'dead'"), "appointments:1");
    EXPECT_EQ(post("/deliveries/retry", R"({"filter":{"object":"patients"},"expect":0})", worker).body,
              R"({"retried":0})");
    EXPECT_EQ(ask("select count(*) from inbox where state = 'dead'"), "1") << "none is not all";
    for (const auto* wrong :
         {"{}", R"({"filter":[],"expect":1})", R"({"filter":{"odd":"x"},"expect":1})", R"({"filter":{},"expect":"1"})"})
        EXPECT_EQ(post("/deliveries/retry", wrong, worker).status, 400) << wrong;
}

TEST_F(AdminWork, ShowsRunsButNotEachDeliverys) {
    ask("insert into sync_log (source, sync_type, table_name, status, started_at, records_total, error) values "
        "('drchrono', 'full_sync', 'patients', 'failed', now() - interval '1 hour', 7, '<b>no</b>'),"
        "('drchrono', 'incremental', 'patients', 'completed', now(), 3, null), ('drchrono', 'webhook', 'patients', 'completed', now(), 1, null) "
        "returning 1");
    const auto all = read(get("/runs", viewer));
    ASSERT_EQ(all.find("items")->items().size(), 2U);
    EXPECT_EQ(text_at(all.find("items")->items()[0], "type"), "incremental");
    EXPECT_EQ(read(get("/runs?type=webhook", viewer)).find("items")->items().size(), 1U);
    const auto failed = read(get("/runs?status=failed&resource=patients", viewer)).find("items")->items();
    ASSERT_EQ(failed.size(), 1U);
    const auto one = read(get("/runs/" + text_at(failed[0], "id"), viewer));
    EXPECT_EQ(text_at(one, "error"), "<b>no</b>");
    EXPECT_TRUE(one.find("progress")->is_null());
    EXPECT_EQ(get("/runs/" + new_uuid(), viewer).status, 404);
}

TEST_F(AdminWork, ShowsHowFarARunIs) {
    ask("insert into sync_state (name, value) values ('sync:patients', "
        R"('{"checkpoint":{"run_id":"r-1","full":true,"phase":0,"expected":1200,"total":450,"created":1,"updated":2,"unchanged":3,"deleted":0,"failed":0,"requests":9,"started_at":"2026-10-05T00:00:00Z"}}') returning 1)");
    EXPECT_TRUE(read(get("/overview", viewer)).find("running")->items().empty()) << "nobody is at it";
    ask("insert into leases values ('sync:patients', 'me', 1, now() + interval '1 minute') returning 1");
    backend.overview = std::make_shared<Overview>(io.get_executor());
    const auto overview = read(get("/overview", viewer));
    ASSERT_EQ(overview.find("running")->items().size(), 1U);
    EXPECT_EQ(text_at(overview.find("running")->items()[0], "total"), "450");
    EXPECT_EQ(text_at(overview.find("running")->items()[0], "phase"), "pages");
    EXPECT_EQ(post("/runs", R"({"resource":"insurance","mode":"full"})", worker).status, 409) << "patients bring it";
    EXPECT_EQ(post("/runs", R"({"resource":"all","mode":"full"})", worker).status, 409);
    EXPECT_EQ(runs_started, 0);
    EXPECT_EQ(post("/runs", R"({"resource":"line-items","mode":"incremental","since":"2026-10-01"})", worker).status,
              202);
    EXPECT_EQ(runs_started, 1);
    for (const auto* wrong : {R"({"resource":"dogs","mode":"full"})", R"({"resource":"patients","mode":"half"})",
                              R"({"resource":"patients","mode":"full","since":"2026-10-01"})",
                              R"({"resource":"all","mode":"incremental","since":"x"})"})
        EXPECT_EQ(post("/runs", wrong, worker).status, 400) << wrong;
}

TEST_F(AdminWork, AsksAgainForARecordThatCouldNotBeStored) {
    const auto id = ask("insert into sync_failures (table_name, drchrono_id, cause, reason, raw) values "
                        "('patients', '5', 'run:x', '22003', '{\"id\":5}') returning id");
    const auto listed = read(get("/failures", viewer)).find("items")->items();
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(text_at(listed[0], "reason"), "22003");
    EXPECT_EQ(text_at(read(post("/failures/" + id + "/raw", R"({"reason":"complaint 7"})", reader)), "body"),
              R"({"id":5})");
    EXPECT_EQ(accesses("failures.raw"), "admin:user-3 complaint 7 5");
    EXPECT_EQ(post("/failures/" + id + "/retry", "{}", worker).status, 202);
    apply::FetchQueue queue{pool, "me", std::chrono::minutes{1}};
    const auto claimed = test::run_async(io, queue.claim(5)).value();
    ASSERT_EQ(claimed.size(), 1U);
    test::run_async(io, pool.run(apply::finish_fetches(std::array{std::as_const(claimed).data()}))).value();
    EXPECT_EQ(ask("select resolved_at is not null from sync_failures"), "t");
    EXPECT_EQ(post("/failures/" + id + "/retry", "{}", worker).status, 409);
    EXPECT_EQ(read(get("/failures?resolved=true", viewer)).find("items")->items().size(), 1U);
    const auto nameless = ask(
        "insert into sync_failures (table_name, cause, reason, raw) values ('patients', 'run:x', 'no id', '{}') returning id");
    EXPECT_EQ(post("/failures/" + nameless + "/retry", "{}", worker).status, 422);
}

TEST_F(AdminWork, SaysWhetherTheMirrorIsInSyncAndHowThatIsKnown) {
    const auto fresh = [&] {
        backend.overview = std::make_shared<Overview>(io.get_executor());
        return read(get("/overview", viewer));
    };
    EXPECT_EQ(text_at(*fresh().find("in_sync"), "state"), "unknown") << "nothing was ever read";
    ask("insert into sync_state (name, value) select 'sync:' || name, jsonb_build_object('complete_since', now()) from unnest("
        "'{doctors,offices,patients,appointments,clinical_notes,medications,problems,allergies,line_items}'::text[]) name returning 1");
    auto overview = fresh();
    EXPECT_EQ(text_at(*overview.find("in_sync"), "state"), "yes") << overview.text();
    EXPECT_EQ(overview.find("resources")->items().size(), 10U);
    EXPECT_EQ(overview.find({"lag", "day"})->items().size(), 24U);
    delivery("dead");
    delivery("done");
    overview = fresh();
    EXPECT_EQ(text_at(*overview.find("in_sync"), "state"), "incomplete");
    EXPECT_EQ(overview.find({"deliveries", "dead"})->text(), "1");
    EXPECT_EQ(overview.find({"deliveries", "last_day", "done"})->text(), "1");
    EXPECT_EQ(overview.find({"needs_a_person", "dead_deliveries"})->text(), "1");
    ask("insert into inbox (source, event, object_key, body, body_sha256, received_at) values "
        "('drchrono', 'PATIENT_MODIFY', 'patients:6', '{}', sha256('x'), now() - interval '2 minutes') returning 1");
    overview = fresh();
    EXPECT_EQ(text_at(*overview.find("in_sync"), "state"), "behind") << "that is being worked, and told first";
    EXPECT_EQ(overview.find({"in_sync", "because"})->items().size(), 2U);
}

TEST_F(AdminWork, WebhooksThatBecameNoNoteMakeTheDataIncomplete) {
    const auto fresh = [&] {
        backend.overview = std::make_shared<Overview>(io.get_executor());
        return read(get("/overview", viewer));
    };
    ask("insert into sync_state (name, value) select 'sync:' || name, jsonb_build_object('complete_since', now()) from unnest("
        "'{doctors,offices,patients,appointments,clinical_notes,medications,problems,allergies,line_items}'::text[]) name returning 1");
    ASSERT_EQ(text_at(*fresh().find("in_sync"), "state"), "yes");
    delivery("unreadable", "", "deepcura");
    delivery("dead", "", "deepcura");
    const auto overview = fresh();
    EXPECT_EQ(text_at(*overview.find("in_sync"), "state"), "incomplete");
    EXPECT_NE(text_at(*overview.find("in_sync"), "because").find("notes are missing: 2."), std::string::npos);
    EXPECT_EQ(overview.find({"needs_a_person", "unreadable_deliveries"})->text(), "1");
    EXPECT_EQ(overview.find({"needs_a_person", "dead_deliveries"})->text(), "1");
}

TEST_F(AdminWork, OffersARetryOnlyWhereItCanSucceed) {
    const auto nameless = ask("insert into inbox (source, event, body, body_sha256, state, reason) values ('drchrono', "
                              "'PATIENT_MODIFY', '{}', sha256('x'), 'dead', 'no usable object id') returning id");
    const auto dead = delivery("dead");
    const auto scribe = delivery("dead", "", "deepcura");
    EXPECT_EQ(read(get("/deliveries/count?state=dead", viewer)).text(),
              R"({"matching":3,"retryable":2,"at_least":false})");
    EXPECT_EQ(text_at(read(get("/deliveries/" + nameless, viewer)), "retryable"), "false");
    EXPECT_EQ(text_at(read(get("/deliveries/" + dead, viewer)), "retryable"), "true");
    EXPECT_EQ(text_at(read(get("/deliveries/" + scribe, viewer)), "attempts"), "1") << "it was tried when it came";
    EXPECT_EQ(post("/deliveries/" + nameless + "/retry", "{}", worker).status, 422);
    EXPECT_EQ(post("/deliveries/retry", R"({"filter":{"state":"dead"},"expect":2})", worker).status, 200);
    EXPECT_EQ(ask("select string_agg(state, ' ' order by seq) from inbox"), "dead pending pending");
}

TEST_F(AdminWork, WhatWasGivenUpCountsUntilALaterRunHasReadIt) {
    const auto state = [&] {
        backend.overview = std::make_shared<Overview>(io.get_executor());
        const auto overview = read(get("/overview", viewer));
        return text_at(*overview.find("in_sync"), "state") + " " +
               overview.find({"needs_a_person", "dead_deliveries"})->text();
    };
    const auto read_since = [&](const std::string& table, const std::string& when) {
        ask(fmt::format(
            "update sync_state set value = jsonb_build_object('complete_since', {}) where name like 'sync:{}' "
            "returning 1",
            when, table));
    };
    ask("insert into sync_state (name, value) select 'sync:' || name, jsonb_build_object('complete_since', now()) from unnest("
        "'{doctors,offices,patients,appointments,clinical_notes,medications,problems,allergies,line_items}'::text[]) name returning 1");
    ask("with d as (insert into inbox (source, event, object_key, body, body_sha256, state, received_at) values "
        "('drchrono', 'PATIENT_MODIFY', 'patients:5', '{}', sha256('x'), 'dead', now() - interval '1 hour') returning 1) "
        "select count(*) from d");
    EXPECT_EQ(state(), "yes 1") << "the run has read what it told; somebody should still look";
    read_since("patients", "now() - interval '2 hours'");
    EXPECT_EQ(state(), "incomplete 1") << "that run began before it came";
    read_since("patients", "now()");

    ask("update inbox set object_key = null returning 1");
    EXPECT_EQ(state(), "yes 1");
    read_since("offices", "now() - interval '2 hours'");
    EXPECT_EQ(state(), "incomplete 1") << "it may have told of any of them";
    read_since("offices", "now()");

    ask("update inbox set event = 'APPOINTMENT_DELETE', object_key = 'appointments:5' returning 1");
    EXPECT_EQ(state(), "incomplete 1") << "a run for changes does not see what is gone";
    ask("insert into sync_log (source, sync_type, table_name, status, started_at, details) values "
        "('drchrono', 'full_sync', 'appointments', 'completed', now(), '{\"resumed\": true}') returning 1");
    EXPECT_EQ(state(), "incomplete 1") << "that one began earlier";
    ask("update sync_log set details = '{\"resumed\": false}' returning 1");
    EXPECT_EQ(state(), "yes 1");

    ask("insert into fetches (table_name, drchrono_id, reason, state, requested_at) values "
        "('problems', '7', 'x', 'dead', now() - interval '1 hour') returning 1");
    EXPECT_EQ(state(), "yes 1");
    read_since("problems", "now() - interval '2 hours'");
    EXPECT_EQ(state(), "incomplete 1");
    read_since("problems", "now()");
    ask("insert into inbox (source, event, object_key, body, body_sha256, state) values "
        "('deepcura', 'gridhook', null, '{}', sha256('y'), 'dead') returning 1");
    EXPECT_EQ(state(), "incomplete 2") << "a scribe's note that became none is missing, too";
}

TEST_F(AdminWork, StreamsTheOverviewUntilTheSessionEnds) {
    Gathering stream{1};
    send(request("GET", "/admin/api/events", "", viewer), &stream);
    EXPECT_EQ(stream.answer.status, 200);
    EXPECT_EQ(stream.answer.content_type, "text/event-stream");
    EXPECT_TRUE(stream.text.starts_with("retry: 3000\n\nevent: overview\ndata: {\"now\":")) << stream.text;
    EXPECT_TRUE(stream.text.ends_with("}\n\n"));
    EXPECT_EQ(backend.streams, 0);
    backend.streams = 32;
    EXPECT_EQ(get("/events", viewer).status, 503) << "too many at once";
    backend.streams = 0;
}

}  // namespace
}  // namespace dcs::admin
