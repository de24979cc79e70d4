// The service's own binary under attack: callers who have not proven who they are do not delay those who have.
#include "support/raw_client.hpp"
#include "support/running_service.hpp"

#include <algorithm>

namespace dcs {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// What these limits are for the deployed build (100 ms, 1 s), three times: this one has sanitizers, and other tests run beside it.
constexpr auto health_limit = 300ms;
constexpr auto webhook_limit = 3s;

class Doors : public test::WithService {
protected:
    ~Doors() override {
        if (service) stop();
    }
    template <class Work>
    static steady_clock::duration timed(Work work) {
        const auto began = steady_clock::now();
        work();
        return steady_clock::now() - began;
    }
};

TEST_F(Doors, SilentConnectionsAndPromisedBodiesHoldUpNeitherHealthNorWebhooks) {
    start();
    std::vector<std::unique_ptr<test::RawClient>> strangers;
    for (int each = 0; each < 1'000; ++each) strangers.push_back(std::make_unique<test::RawClient>(port));
    for (int each = 0; each < 30; ++each) {
        strangers.push_back(std::make_unique<test::RawClient>(port));
        strangers.back()->send("POST /webhooks/drchrono HTTP/1.1\r\nHost: a\r\nX-drchrono-event: PATIENT_MODIFY\r\n"
                               "X-drchrono-signature: " +
                               std::string(64, 'a') + "\r\nContent-Length: 10485759\r\n\r\n" +
                               std::string(900'000, 'x'));
    }
    std::vector<steady_clock::duration> health;
    std::vector<steady_clock::duration> webhooks;
    for (int round = 1; round <= 100; ++round) {
        health.push_back(timed([&] { EXPECT_EQ(get("/health").status, 200) << round; }));
        webhooks.push_back(timed([&] {
            EXPECT_EQ(deliver("PATIENT_MODIFY", "{\"id\":" + std::to_string(round) + ",\"first_name\":\"A\"}").status,
                      200)
                << round;
        }));
    }
    std::ranges::sort(health);
    std::ranges::sort(webhooks);
    EXPECT_LT(health[98], health_limit) << "99 of 100";
    EXPECT_LT(webhooks[98], webhook_limit) << "99 of 100";
    EXPECT_TRUE(becomes("select count(*) from patients", "100"));
}

}  // namespace
}  // namespace dcs
