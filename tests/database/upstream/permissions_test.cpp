// What a 403 costs, and what it stops: a kind that DrChrono does not permit, and records of a kind that it does.
#include "database/upstream/upstream_fixture.hpp"
#include "upstream/lister.hpp"

#include <algorithm>
#include <set>

namespace dcs::upstream {
namespace {

class PermissionsTest : public UpstreamTest {
protected:
    PermissionsTest() {
        script = [this](const Asked& asked) {
            if (asked.target.starts_with("/o/token/")) return trade(asked);
            return answer_of(asked);
        };
    }
    Reply answer_of(const Asked& asked) const {
        const auto place = place_of("http://x" + asked.target);
        const bool list = place.form != Place::Form::record;
        const bool refused = list ? lists_refused.contains(place.kind)
                                  : items_refused.contains(place.kind) || records_refused.contains(place.id);
        if (down) return Reply{.status = 503};
        if (refused) return Reply{.status = refusal, .body = R"({"detail":"You do not have permission"})"};
        return Reply{.body = list ? R"({"results":[],"next":null})" : R"({"id":)" + place.id + "}"};
    }
    Drchrono make_drchrono(Permissions& with) {
        DrchronoSettings made;
        made.base_url = server.url();
        made.retry = Backoff{1ms, 5ms};
        return Drchrono{client, *tokens, budget, clock, made, &with};
    }
    Result<Fetched> item(Drchrono& from, int id, const std::string& kind = "medications") {
        return test::run_async(io, from.get_item("/api/" + kind, std::to_string(id), true));
    }
    Result<Fetched> list(Drchrono& from, const std::string& kind = "medications") {
        return test::run_async(io, from.get_list("/api/" + kind + "?page_size=250", Priority::incremental));
    }
    static bool closed(const Result<Fetched>& fetched) {
        return !fetched && fetched.error().fault == Fault::forbidden && fetched.error().retry_after;
    }
    static bool own_refusal(const Result<Fetched>& fetched) {
        return !fetched && fetched.error().fault == Fault::forbidden && !fetched.error().retry_after;
    }
    long asked() const {
        return std::ranges::count_if(server.asked(), [](const Asked& each) { return each.target != "/o/token/"; });
    }
    std::string ask(const std::string& sql) const { return database.query(sql); }
    void probe_is_due() { ask("update forbidden_kinds set next_probe_at = now()"); }

    std::set<std::string> lists_refused;
    std::set<std::string> items_refused;
    std::set<std::string> records_refused;
    int refusal = 403;
    bool down = false;
    std::unique_ptr<Tokens> tokens = make_tokens(settings());
    Permissions permissions{pool};
    Drchrono drchrono = make_drchrono(permissions);
};

TEST_F(PermissionsTest, AHundredRecordsOfAKindThatIsNotPermittedCostTwoRequests) {
    lists_refused = items_refused = {"medications"};
    for (int id = 1; id <= 100; ++id) EXPECT_TRUE(closed(item(drchrono, id))) << id;
    EXPECT_EQ(asked(), 2) << "the record, and the list that says whose the refusal is";
    EXPECT_EQ(budget.spent.size(), 2U) << "who is not let through spends nothing";
    EXPECT_TRUE(closed(list(drchrono)));
    EXPECT_EQ(asked(), 2);
    const auto error = item(drchrono, 1).error();
    EXPECT_TRUE(error.detail.starts_with("not permitted: DrChrono has refused medications since ")) << error.detail;
    EXPECT_GT(error.retry_after, 59min);
    EXPECT_LE(error.retry_after, 1h);
    EXPECT_TRUE(item(drchrono, 1, "patients")) << "other kinds go on";
}

TEST_F(PermissionsTest, AKindThatIsNotPermittedCostsThoseUnderWayAndTheListHoweverSlowTheListIs) {
    constexpr int at_once = 8;
    lists_refused = items_refused = {"medications"};
    script = [this](const Asked& asked) {
        if (asked.target.starts_with("/o/token/")) return trade(asked);
        auto reply = answer_of(asked);
        if (place_of("http://x" + asked.target).form == Place::Form::list) reply.delay = 300ms;
        return reply;
    };
    int begun = 0;
    std::vector<bool> were_closed;
    const auto one_after_the_other = [&]() -> Async<> {
        while (begun < 60) {
            auto asking = drchrono.get_item("/api/medications", std::to_string(++begun), true);
            const auto fetched = co_await std::move(asking);
            were_closed.push_back(closed(fetched));
        }
    };
    for (int worker = 0; worker < at_once; ++worker) test::spawn(io, one_after_the_other());
    ASSERT_TRUE(test::turn_until(io, [&] { return were_closed.size() == 60; }));
    EXPECT_EQ(std::ranges::count(were_closed, false), 0);
    EXPECT_LE(asked(), at_once + 1);
}

TEST_F(PermissionsTest, AKindThatIsRefusedWith401AloneIsClosedAndTheGrantLives) {
    refusal = 401;
    lists_refused = items_refused = {"medications"};
    for (int id = 1; id <= 100; ++id) EXPECT_TRUE(closed(item(drchrono, id))) << id;
    EXPECT_EQ(asked(), 6) << "the record and the list, each twice, and the user's own record with each";
    EXPECT_TRUE(item(drchrono, 1, "patients"));
    EXPECT_EQ(trades, 0);
    refusal = 403;
    lists_refused = items_refused = {};
    probe_is_due();
    EXPECT_TRUE(item(drchrono, 1));
}

TEST_F(PermissionsTest, IsOneForAllInstances) {
    lists_refused = {"medications"};
    Permissions elsewhere{pool};
    auto other = make_drchrono(elsewhere);
    EXPECT_TRUE(closed(list(drchrono)));
    EXPECT_TRUE(closed(list(other)));
    EXPECT_EQ(asked(), 1);
    EXPECT_EQ(ask("select table_name || since::text || next_probe_at::text is not null from forbidden_kinds"), "t");
}

TEST_F(PermissionsTest, OneProbeAnHourAndTheFirstAnswerOpensTheKind) {
    lists_refused = items_refused = {"medications"};
    ask("insert into fetches (table_name, drchrono_id, reason, next_try_at, last_error) values"
        " ('medications', '9', 'x', now() + interval '1 hour', 'forbidden: not permitted'),"
        " ('patients', '9', 'x', now() + interval '1 hour', 'unavailable: 500')");
    EXPECT_TRUE(closed(list(drchrono)));
    probe_is_due();
    for (int id = 1; id <= 5; ++id) EXPECT_TRUE(closed(item(drchrono, id)));
    EXPECT_EQ(asked(), 2) << "one of them was the probe";
    EXPECT_EQ(
        ask("select last_probe_at is not null and next_probe_at > now() + interval '59 minutes' from forbidden_kinds"),
        "t");
    lists_refused = items_refused = {};
    EXPECT_TRUE(closed(item(drchrono, 6))) << "nobody looks before the time";
    probe_is_due();
    EXPECT_TRUE(item(drchrono, 6));
    EXPECT_EQ(ask("select count(*) from forbidden_kinds where since is not null"), "0");
    EXPECT_TRUE(item(drchrono, 7));
    EXPECT_TRUE(list(drchrono));
    EXPECT_EQ(ask("select string_agg(table_name, ',') from fetches where next_try_at <= now()"), "medications")
        << "what waited for the kind goes on at once";
}

TEST_F(PermissionsTest, ARunsProbeOpensItToo) {
    lists_refused = {"medications"};
    EXPECT_TRUE(closed(list(drchrono)));
    lists_refused = {};
    probe_is_due();
    EXPECT_TRUE(list(drchrono));
    EXPECT_TRUE(item(drchrono, 1));
}

TEST_F(PermissionsTest, ARefusedRecordOfAPermittedKindIsItsOwnAffair) {
    records_refused = {"7", "8"};
    EXPECT_TRUE(own_refusal(item(drchrono, 7)));
    EXPECT_TRUE(own_refusal(item(drchrono, 8)));
    EXPECT_TRUE(own_refusal(item(drchrono, 7)));
    EXPECT_TRUE(item(drchrono, 1));
    EXPECT_TRUE(own_refusal(item(drchrono, 7)));
    EXPECT_EQ(asked(), 6) << "the list was looked at once";
    EXPECT_EQ(ask("select count(*) from forbidden_kinds where since is not null"), "0");
}

TEST_F(PermissionsTest, RecordsRefusedOneAfterTheOtherCloseTheKindForRecordsAlone) {
    items_refused = {"medications"};
    int refused = 0;
    while (refused < 100 && own_refusal(item(drchrono, ++refused))) {
    }
    EXPECT_EQ(refused, 20);
    const auto spent = asked();
    for (int id = 100; id < 150; ++id) EXPECT_TRUE(closed(item(drchrono, id)));
    EXPECT_EQ(asked(), spent);
    EXPECT_TRUE(list(drchrono)) << "lists go on";
    EXPECT_TRUE(closed(item(drchrono, 1))) << "and say nothing of single records";
    items_refused = {};
    probe_is_due();
    EXPECT_TRUE(item(drchrono, 1));
}

TEST_F(PermissionsTest, RecordsRefusedWithAnswersBetweenThemDoNotAddUp) {
    for (int id = 1; id <= 60; id += 2) records_refused.insert(std::to_string(id));
    for (int id = 1; id <= 60; ++id) EXPECT_FALSE(closed(item(drchrono, id))) << id;
    EXPECT_EQ(asked(), 61);
}

TEST_F(PermissionsTest, AProbeWithoutAWordIsRepeatedSoon) {
    lists_refused = items_refused = {"medications"};
    EXPECT_TRUE(closed(list(drchrono)));
    probe_is_due();
    down = true;
    EXPECT_EQ(item(drchrono, 1).error().fault, Fault::unavailable);
    EXPECT_EQ(ask("select next_probe_at between now() and now() + interval '1 minute' from forbidden_kinds"), "t");
    EXPECT_TRUE(closed(item(drchrono, 1)));
}

TEST_F(PermissionsTest, ARefusedBulkJobDoesNotCloseTheKind) {
    script = [this](const Asked& asked) {
        if (asked.target.starts_with("/o/token/")) return trade(asked);
        if (asked.target.starts_with("/api/patients_list")) return Reply{.status = 403};
        return answer_of(asked);
    };
    const auto job = test::run_async(io, drchrono.post("/api/patients_list?page=1", Priority::backfill));
    EXPECT_TRUE(own_refusal(job));
    EXPECT_TRUE(list(drchrono, "patients"));

    lists_refused = {"patients"};
    EXPECT_TRUE(closed(list(drchrono, "patients")));
    lists_refused = {};
    probe_is_due();
    EXPECT_TRUE(closed(test::run_async(io, drchrono.post("/api/patients_list?page=1", Priority::backfill))))
        << "it leaves the probe to the list, which then is asked for";
    EXPECT_TRUE(list(drchrono, "patients"));
}

TEST_F(PermissionsTest, ACursorPageIsOfItsKind) {
    lists_refused = {"medications"};
    Lister lister{drchrono};
    const ListQuery query{.path = "/api/medications", .query = "verbose=true"};
    EXPECT_EQ(test::run_async(io, lister.page(query, server.url() + "/api/medications?cursor=2", Priority::backfill))
                  .error()
                  .fault,
              Fault::forbidden);
    EXPECT_EQ(ask("select table_name from forbidden_kinds where since is not null"), "medications");
}

TEST_F(PermissionsTest, AListWhoseNextPageIsNoAddressIsNotTakenForWhole) {
    script = [this](const Asked& asked) {
        if (asked.target.starts_with("/o/token/")) return trade(asked);
        return Reply{.body = R"({"results":[{"id":1}],"next":{"cursor":2}})"};
    };
    Lister lister{drchrono};
    const ListQuery query{.path = "/api/medications", .query = "verbose=true"};
    EXPECT_EQ(test::run_async(io, lister.page(query, {}, Priority::backfill)).error().fault, Fault::rejected);
}

}  // namespace
}  // namespace dcs::upstream
