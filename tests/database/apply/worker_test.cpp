// The worker of DrChrono's deliveries: what it does with those that name a practice.
#include "apply/worker.hpp"

#include "support/mirror.hpp"

namespace dcs::apply {
namespace {

using namespace std::chrono_literals;

using WorkerTest = test::WithStore;

TEST_F(WorkerTest, APracticeThatBecomesKnownMeanwhileIsWaitedForNoLonger) {
    database.query("insert into inbox (source, event, object_key, practice_group_id, body, body_sha256) values "
                   "('drchrono', 'PATIENT_PROBLEM_CREATE', 'problems:5', '77', "
                   R"('{"receiver":{"id":1},"object":{"id":5,"patient":1,"status":"active"}}', sha256('x')))");
    int asked = 0;  // the first delivery is read before the practice is known
    Tasks tasks{io.get_executor(),
                [](const std::string& name, const std::string& what) { ADD_FAILURE() << name << what; }};
    Worker worker{io.get_executor(),
                  pool,
                  store,
                  "me",
                  {},
                  {.practice_group = [&] { return asked++ == 0 ? std::string{} : std::string{"77"}; },
                   .changed = [] {},
                   .fetches_wanted = [] {},
                   .applied = [](std::string_view, std::chrono::microseconds) {}}};
    worker.start(tasks);
    EXPECT_TRUE(test::turn_until(io, [&] { return ask("select state from inbox") == "done"; }, 20s));
    worker.stop();
    test::run_async(io, tasks.join(10s));
    EXPECT_EQ(ask("select count(*) from problems"), "1");
}

}  // namespace
}  // namespace dcs::apply
