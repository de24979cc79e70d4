// Fetches: who asks for a record, when it is asked for, what an answer may do, and how a delivery that waits comes to its end.
#include "apply/fetcher.hpp"

#include "support/mirror.hpp"

#include <deque>

namespace dcs::apply {
namespace {

using namespace std::chrono_literals;

class FetcherTest : public test::WithStore {
protected:
    using Answer = Result<Item>;

    static Answer item(std::string_view json) { return Item{.value = Document::parse(json).value().value}; }
    static Answer refused(Fault fault) { return Error{fault, "as the test says"}; }

    FetcherTest() { time_passes = false; }
    void request(const std::string& table, const std::string& id, std::chrono::milliseconds delay = 0ms,
                 bool removal = false) {
        const std::vector<FetchRequest> requests{{table, id, "a test", removal, delay}};
        test::run_async(io, pool.run(request_fetches(requests))).value();
    }
    std::string waiting_delivery(const std::string& object) const {
        return ask(fmt::format("insert into inbox (source, event, object_key, body, body_sha256, state) "
                               "values ('drchrono', 'X', '{}', '{{}}', sha256('x'), 'waiting') returning id",
                               object));
    }
    /// Runs the fetcher with these answers, until `reached` or for a few seconds.
    template <class Condition>
    bool fetch_until(Condition reached, int tries = 6) {
        Tasks tasks{io.get_executor(),
                    [](const std::string& name, const std::string& what) { ADD_FAILURE() << name << what; }};
        Fetcher fetcher{
            io.get_executor(),
            pool,
            store,
            [this](std::string path, std::string id) { return answer(std::move(path), std::move(id)); },
            "me",
            {.tries = tries, .poll = 20ms},
            {.changed = [] {}, .applied = [](std::chrono::microseconds) {}, .upstream_works = [] { return true; }}};
        fetcher.start(tasks);
        const bool came = test::turn_until(io, reached, 90s);
        fetcher.stop();
        test::run_async(io, tasks.join(5s));
        return came;
    }
    Async<Answer> answer(std::string path, std::string id) {
        asked.push_back(path + "/" + id);
        if (before_answer) before_answer();
        Answer next = answers.empty() ? Answer{Error{Fault::unavailable, "no more answers"}} : answers.front();
        if (answers.size() > 1) answers.pop_front();
        co_return next;
    }
    void due_now() const {
        database.query("update fetches f set next_try_at = now(), not_before = null from "
                       "(select table_name, drchrono_id from fetches where state = 'queued' for update skip locked) q "
                       "where f.table_name = q.table_name and f.drchrono_id = q.drchrono_id");
    }

    std::deque<Answer> answers;
    std::vector<std::string> asked;
    std::function<void()> before_answer;
};

TEST_F(FetcherTest, WhatIsNotTheRecordNeverBecomesIt) {
    const auto* const whole = R"({"id":5,"first_name":"A","last_name":"B","updated_at":"2026-01-01T00:00:00"})";
    auto long_ago = fetched("patients", whole);
    long_ago.observed.here -= 1h;
    apply(std::move(long_ago));
    const auto before = ask("select drchrono_raw from patients");
    for (const auto* wrong : {R"({"detail":"Service temporarily degraded"})", "[]", "null", "\"x\"", "7", "{}",
                              R"([{"id":5,"first_name":"A"}])", R"({"id":6,"first_name":"Z"})", R"({"id":null})",
                              R"({"results":[],"next":null})", R"({"id":5})"}) {
        answers = {item(wrong)};
        request("patients", "5");
        ASSERT_TRUE(fetch_until([&] { return ask("select attempts > 0 and state = 'queued' from fetches") == "t"; }))
            << wrong;
        EXPECT_EQ(ask("select drchrono_raw from patients"), before) << wrong;
        EXPECT_EQ(ask("select count(*) from outbox"), "1") << wrong;
        database.query("delete from fetches");
    }
}

TEST_F(FetcherTest, ARecordThatIsAnsweredWronglyIsGivenUpAfterItsTries) {
    const auto id = waiting_delivery("problems:5");
    answers = {item("[]")};
    request("problems", "5");
    ASSERT_TRUE(fetch_until(
        [&] {
            due_now();
            return ask("select state from fetches") == "dead";
        },
        3));
    EXPECT_EQ(asked.size(), 3U);
    EXPECT_EQ(ask("select state from inbox where id = '" + id + "'"), "dead");
    EXPECT_EQ(ask("select status from sync_log where details ->> 'delivery_id' = '" + id + "'"), "failed");
}

TEST_F(FetcherTest, ADoubtfulAnswerIsAskedForAgainAfterTheLag) {
    apply(state("problems", R"({"id":5,"status":"new"})"));
    answers = {item(R"({"id":5,"status":"old"})")};
    request("problems", "5");
    ASSERT_TRUE(fetch_until([&] { return ask("select last_error is not null from fetches") == "t"; }));
    EXPECT_EQ(ask("select status from problems"), "new");
    EXPECT_EQ(ask("select attempts from fetches"), "0") << "the lag is no failure of the record";
    EXPECT_EQ(
        ask("select next_try_at between now() + interval '8 seconds' and now() + interval '12 seconds' from fetches"),
        "t");
}

/// What it changed here may be an older change than the one that was announced.
TEST_F(FetcherTest, AnAnswerAskedForSoonerThanTheLagAfterItsAnnouncementIsAskedForOnceMore) {
    auto long_ago = fetched("patients", R"({"id":5,"last_name":"v0","updated_at":"2026-01-01T00:00:00"})");
    long_ago.observed.here -= 1h;
    apply(std::move(long_ago));
    const auto id = waiting_delivery("patients:5");
    answers = {item(R"({"id":5,"last_name":"v1","updated_at":"2026-01-02T00:00:00"})"),
               item(R"({"id":5,"last_name":"v2","updated_at":"2026-01-03T00:00:00"})")};
    request("patients", "5");
    ASSERT_TRUE(fetch_until([&] { return ask("select last_name from patients") == "v1"; }));
    EXPECT_EQ(ask("select next_try_at between now() + interval '8 seconds' and now() + interval '12 seconds' "
                  "from fetches where state = 'queued'"),
              "t");
    EXPECT_EQ(ask("select state from inbox where id = '" + id + "'"), "waiting") << "it is not known to be here yet";
    database.query("update inbox set received_at = received_at - interval '20 seconds'");
    due_now();
    ASSERT_TRUE(fetch_until([&] { return ask("select count(*) from fetches") == "0"; }));
    EXPECT_EQ(ask("select last_name from patients"), "v2");
    EXPECT_EQ(ask("select state from inbox where id = '" + id + "'"), "done");
    EXPECT_EQ(asked.size(), 2U) << "a follow-up begets no other";
}

TEST_F(FetcherTest, AnEarlierFailureDoesNotMakeAnAnswerNewer) {
    waiting_delivery("patients:5");
    answers = {refused(Fault::not_found), item(R"({"id":5,"last_name":"v1","updated_at":"2026-01-02T00:00:00"})")};
    request("patients", "5");
    ASSERT_TRUE(fetch_until([&] { return ask("select count(*) from patients") == "1"; }));
    EXPECT_EQ(ask("select state from inbox"), "waiting");
    EXPECT_EQ(ask("select state from fetches"), "queued");
}

TEST_F(FetcherTest, AnAnswerFromLaterThanTheLagSettlesItWhateverItShows) {
    auto long_ago = fetched("patients", R"({"id":5,"last_name":"v1","updated_at":"2026-01-02T00:00:00"})");
    long_ago.observed.here -= 1h;
    apply(std::move(long_ago));
    waiting_delivery("patients:5");
    database.query("update inbox set received_at = received_at - interval '20 seconds'");
    answers = {item(R"({"id":5,"last_name":"v1","updated_at":"2026-01-02T00:00:00"})")};
    request("patients", "5");
    ASSERT_TRUE(fetch_until([&] { return asked.size() == 1 && ask("select state from fetches") != "running"; }));
    EXPECT_EQ(ask("select count(*) from fetches"), "0");
    EXPECT_EQ(ask("select state from inbox"), "done");
}

TEST_F(FetcherTest, AnAnnouncedRemovalThatIsConfirmedIsNotAskedForAgain) {
    auto long_ago = fetched("problems", R"({"id":5,"status":"a"})");
    long_ago.observed.here -= 1h;
    apply(std::move(long_ago));
    waiting_delivery("problems:5");
    answers = {refused(Fault::not_found)};
    request("problems", "5", 0ms, true);
    ASSERT_TRUE(fetch_until([&] { return ask("select count(*) from fetches") == "0"; }));
    EXPECT_EQ(asked.size(), 1U);
    EXPECT_EQ(ask("select deleted_at is not null from problems"), "t");
}

TEST_F(FetcherTest, ADeliveryThatArrivesWhileItsRecordIsFetchedWins) {
    apply(fetched("problems", R"({"id":5,"status":"first"})"));
    database.query("update problems set observed_at = now() - interval '1 hour'");
    answers = {item(R"({"id":5,"status":"second"})")};
    before_answer = [this] {
        before_answer = nullptr;
        apply(state("problems", R"({"id":5,"status":"third"})"));
        request("problems", "5", 12s);
    };
    request("problems", "5");
    ASSERT_TRUE(fetch_until([&] { return ask("select state = 'queued' and generation = 2 from fetches") == "t"; }));
    EXPECT_EQ(ask("select status from problems"), "third");
    EXPECT_EQ(ask("select count(*) from change_log where new_values ->> 'status' = 'second'"), "0");
    EXPECT_EQ(ask("select next_try_at > now() + interval '8 seconds' from fetches"), "t") << "not before the lag";
}

TEST_F(FetcherTest, WhatIsPutBackWhileItsKindIsOpenedDoesNotWaitForTheNextProbe) {
    database.query("insert into forbidden_kinds (table_name, since, next_probe_at) "
                   "values ('problems', now(), now() + interval '1 hour')");
    request("problems", "5");
    FetchQueue queue{pool, "me", 1min};
    constexpr auto claimable = "update forbidden_kinds set next_probe_at = {}";
    database.query(fmt::format(claimable, "now()"));
    const auto claimed = test::run_async(io, queue.claim(1)).value();
    ASSERT_EQ(claimed.size(), 1U);
    database.query(fmt::format(claimable, "now() + interval '1 hour'"));

    auto opening = test::run_async(io, pg::Transaction::begin(pool, {"a", "b"})).value();
    ASSERT_TRUE(test::run_async(io, opening.run(pg::sql("select opened from permit_kind($1, true)", "problems"))));
    const auto held = test::spawn(io, pool.run(hold_fetch(claimed[0], 1h, "forbidden: closed")));
    test::turn_until(io, [&] { return held->done; }, 300ms);
    ASSERT_TRUE(test::run_async(io, opening.commit()));
    ASSERT_TRUE(test::turn_until(io, [&] { return held->done; }));
    EXPECT_EQ(ask("select state || ' ' || (next_try_at < now() + interval '1 minute') from fetches"), "queued true");
}

TEST_F(FetcherTest, WaitingForTheAllowanceIsNoTry) {
    answers = {Answer{Error{Fault::rate_limited, "as the test says", 1ms}}};
    request("problems", "5");
    ASSERT_TRUE(fetch_until([&] {
        due_now();
        return asked.size() > 8;
    }));
    EXPECT_NE(ask("select state from fetches"), "dead");
    EXPECT_LE(std::stoi(ask("select attempts from fetches")), 1);
}

/// A dead grant, or DrChrono away for everybody, says nothing of the record: it is not dead after the first answer that does.
TEST_F(FetcherTest, TriesInWhichNobodyCouldBeAskedAreNotTheRecordsOwn) {
    answers = {Answer{Error{Fault::unauthorized, "the grant is dead"}}};
    request("problems", "5");
    ASSERT_TRUE(fetch_until([&] {
        due_now();
        return asked.size() > 8;
    }));
    EXPECT_EQ(ask("select own_tries from fetches"), "0");
    asked.clear();
    answers = {refused(Fault::not_found)};
    ASSERT_TRUE(fetch_until([&] {
        due_now();
        return ask("select state from fetches") == "dead";
    }));
    EXPECT_EQ(asked.size(), 6U);
}

TEST_F(FetcherTest, ANoteWithoutItsAppointmentIsNotTakenFromAnotherPatient) {
    apply(fetched("appointments", R"({"id":"7001","patient":1,"scheduled_time":"2026-11-02T09:00:00"})"));
    const auto* const ours =
        R"({"appointment":"7001","id":900,"patient":1,"clinical_note_sections":[{"name":"OURS"}]})";
    auto long_ago = fetched("clinical_notes", ours);
    long_ago.observed.here -= 1h;
    apply(std::move(long_ago));
    const auto before =
        ask("select sections::text || ' ' || drchrono_id || ' ' || drchrono_patient_id from clinical_notes");
    for (const auto* foreign : {R"({"id":"7001","patient":"2","clinical_note_sections":[{"name":"FOREIGN"}]})",
                                R"({"id":901,"patient":1,"clinical_note_sections":[]})"}) {
        answers = {item(foreign)};
        request("clinical_notes", "7001");
        ASSERT_TRUE(fetch_until([&] { return ask("select own_tries > 0 and state = 'queued' from fetches") == "t"; }))
            << foreign;
        EXPECT_EQ(ask("select sections::text || ' ' || drchrono_id || ' ' || drchrono_patient_id from clinical_notes"),
                  before);
        database.query("delete from fetches");
    }
    answers = {item(R"({"id":900,"patient":1,"clinical_note_sections":[{"name":"NEWER"}]})"),
               item(R"({"id":"7001","patient":1,"scheduled_time":"2026-11-02T09:00:00"})")};
    request("clinical_notes", "7001");
    ASSERT_TRUE(fetch_until([&] { return ask("select sections::text like '%NEWER%' from clinical_notes") == "t"; }));
}

TEST_F(FetcherTest, AnItemOfANoteWithoutItsTextErasesNoText) {
    const auto* const ours =
        R"({"appointment":"7001","id":900,"patient":1,"clinical_note_sections":[{"name":"OURS"}]})";
    auto long_ago = fetched("clinical_notes", ours);
    long_ago.observed.here -= 1h;
    apply(std::move(long_ago));
    answers = {item(R"({"appointment":"7001","patient":"1","locked":true})"),
               item(R"({"id":"7001","patient":1,"scheduled_time":"2026-11-02T09:00:00"})")};
    request("clinical_notes", "7001");
    ASSERT_TRUE(fetch_until([&] { return ask("select coalesce(locked, false) from clinical_notes") == "t"; }));
    EXPECT_EQ(ask("select drchrono_id || ' ' || (sections::text like '%OURS%') from clinical_notes"), "900 true");
}

TEST_F(FetcherTest, AFetchThatIsAskedForWhileItsLastTryFailsIsNotDead) {
    const auto first = waiting_delivery("problems:5");
    answers = {refused(Fault::not_found)};
    std::string second;
    request("problems", "5");
    before_answer = [&] {
        before_answer = nullptr;
        second = waiting_delivery("problems:5");
        request("problems", "5");
    };
    ASSERT_TRUE(fetch_until([&] { return ask("select state from fetches") == "dead"; }, 1));
    EXPECT_EQ(asked.size(), 2U) << "the newer request has its own tries";
    for (const auto& id : {first, second})
        EXPECT_EQ(ask("select state from inbox where id = '" + id + "'"), "dead") << "and then nobody waits any more";
}

TEST_F(FetcherTest, AnExceptionInOneFetchIsATryAndNothingElse) {
    answers = {item(R"({"id":5,"status":"a"})")};
    before_answer = [] { throw std::runtime_error{"thrown by the test"}; };
    request("problems", "5");
    ASSERT_TRUE(fetch_until([&] { return ask("select attempts > 0 and state = 'queued' from fetches") == "t"; }));
    before_answer = nullptr;
    due_now();
    ASSERT_TRUE(fetch_until([&] { return ask("select count(*) from fetches") == "0"; }));
}

TEST_F(FetcherTest, ANewRequestDoesNotWaitForTheTimerOfAnEarlierFailure) {
    request("problems", "5");
    database.query("update fetches set attempts = 4, next_try_at = now() + interval '15 minutes'");
    request("problems", "5");
    EXPECT_EQ(ask("select next_try_at <= now() and attempts = 0 from fetches"), "t");
}

/// A delivery may change nothing here and still tell that the record is there.
TEST_F(FetcherTest, ADeadFetchIsRevivedByWhatTellsOfItsRecord) {
    request("problems", "5");
    request("problems", "6");
    database.query("update fetches set state = 'dead', attempts = 6, own_tries = 6 where drchrono_id = '5'");
    const std::vector<FetchQueue::Key> keys{{"problems", "5"}, {"problems", "6"}, {"problems", "7"}};
    test::run_async(io, pool.run(revive_fetches(keys))).value();
    EXPECT_EQ(
        ask("select string_agg(drchrono_id || state || own_tries || generation, ',' order by drchrono_id) from fetches"),
        "5queued02,6queued01");
}

TEST_F(FetcherTest, NoRequestShortensTheLagOfAnother) {
    request("problems", "5", 12s);
    database.query("update fetches set next_try_at = next_try_at - interval '11 seconds', "
                   "not_before = not_before - interval '11 seconds'");
    request("problems", "5", 12s);
    EXPECT_EQ(ask("select next_try_at > now() + interval '11 seconds' from fetches"), "t");
    request("problems", "5");
    EXPECT_EQ(ask("select next_try_at > now() + interval '11 seconds' from fetches"), "t");
}

TEST_F(FetcherTest, ADeliveryWhoseFetchIsMissingOrDeadGetsOne) {
    waiting_delivery("problems:5");
    waiting_delivery("problems:6");
    waiting_delivery("problems:7");
    request("problems", "6");
    request("problems", "7");
    database.query("update fetches set state = 'dead', attempts = 6 where drchrono_id = '6'");
    database.query("update inbox set received_at = received_at - interval '1 hour'");
    FetchQueue queue{pool, "me", 15s};
    EXPECT_EQ(test::run_async(io, queue.adopt_waiting()).value(), 2);
    EXPECT_EQ(ask("select string_agg(drchrono_id || state || attempts, ',' order by drchrono_id) from fetches"),
              "5queued0,6queued0,7queued0");
    EXPECT_EQ(test::run_async(io, queue.adopt_waiting()).value(), 0);
}

}  // namespace
}  // namespace dcs::apply
