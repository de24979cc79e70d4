// The worker of DrChrono's deliveries: what it does with those that name a practice.
#include "apply/worker.hpp"

#include "support/mirror.hpp"

#include <fmt/format.h>

namespace dcs::apply {
namespace {

using namespace std::chrono_literals;

class WorkerTest : public test::WithStore {
protected:
    void deliver(const std::string& event, const std::string& object, const std::string& body,
                 const std::string& practice = {}) const {
        database.query(
            fmt::format("insert into inbox (source, event, object_key, practice_group_id, body, body_sha256) "
                        "values ('drchrono', '{}', '{}', nullif('{}', ''), '{}', sha256('{}'))",
                        event, object, practice, body, body));
    }
    void work_until(
        const std::string& question, const std::string& expected,
        std::function<std::string()> practice = [] { return std::string{}; }) {
        Tasks tasks{io.get_executor(),
                    [](const std::string& name, const std::string& what) { ADD_FAILURE() << name << what; }};
        Worker worker{io.get_executor(),
                      pool,
                      store,
                      "me",
                      {},
                      {.practice_group = std::move(practice),
                       .changed = [] {},
                       .fetches_wanted = [] {},
                       .applied = [](std::string_view, std::chrono::microseconds) {}}};
        worker.start(tasks);
        EXPECT_TRUE(test::turn_until(io, [&] { return ask(question) == expected; }, 20s));
        worker.stop();
        test::run_async(io, tasks.join(10s));
    }
};

TEST_F(WorkerTest, APracticeThatBecomesKnownMeanwhileIsWaitedForNoLonger) {
    deliver("PATIENT_PROBLEM_CREATE", "problems:5",
            R"({"receiver":{"id":1},"object":{"id":5,"patient":1,"status":"active"}})", "77");
    int asked = 0;  // the first delivery is read before the practice is known
    work_until("select state from inbox", "done", [&] { return asked++ == 0 ? std::string{} : std::string{"77"}; });
    EXPECT_EQ(ask("select count(*) from problems"), "1");
}

/// As of an answer of the API: an object without a member of the record says nothing of it.
TEST_F(WorkerTest, AnObjectThatShowsNothingMakesNoRecord) {
    deliver("PATIENT_CREATE", "patients:777001", R"({"object":{"id":777001}})");
    deliver("PATIENT_CREATE", "patients:777002", R"({"object":{"id":777002,"first_name":null,"updated_at":null}})");
    deliver("PATIENT_MODIFY", "patients:777003", R"({"object":{"id":777003,"nothing":"of its kind"}})");
    deliver("PATIENT_PROBLEM_CREATE", "problems:777004", R"({"object":{"id":777004}})");
    work_until("select count(*) from inbox where state = 'waiting'", "4");
    EXPECT_EQ(ask("select count(*) from patients"), "0");
    EXPECT_EQ(ask("select count(*) from problems"), "0");
    EXPECT_EQ(ask("select count(*) from fetches where state = 'queued' and not removal"), "4");
}

/// What only a complete view shows was removed with it, or may have changed while it was gone.
TEST_F(WorkerTest, ARecordThatComesBackIsAskedForWhole) {
    time_passes = false;
    auto long_ago = fetched("patients", R"({"id":5,"last_name":"A","updated_at":"2026-01-01T00:00:00",)"
                                        R"("primary_insurance":{"insurance_company":"X"}})");
    long_ago.observed.here -= 2h;
    auto gone = long_ago;
    gone.observed.here += 1h;
    gone.removed = true;
    apply(std::move(long_ago));
    apply(std::move(gone));
    ASSERT_EQ(ask("select deleted_at is not null and verbose_at is not null from patients"), "t");
    deliver("PATIENT_CREATE", "patients:5",
            R"({"object":{"id":5,"last_name":"A","updated_at":"2026-02-01T00:00:00"}})");
    work_until("select state from inbox", "done");
    EXPECT_EQ(ask("select deleted_at is null from patients"), "t");
    EXPECT_EQ(ask("select reason from fetches where table_name = 'patients' and drchrono_id = '5'"),
              "it came back, and verbose fields may be out of date");
}

}  // namespace
}  // namespace dcs::apply
