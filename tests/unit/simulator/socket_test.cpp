// The simulator behind a real port, its webhooks delivered to a real server.
#include "unit/simulator/simulated.hpp"

namespace dcs::simulator {
namespace {

struct Arrived {
    std::vector<std::string> events;
    std::string secret = "webhook-secret";

    static Async<net::Response> take(Arrived& self, net::Request request) {
        if (request.method == "GET") {
            const auto token = to_hex(crypto::hmac_sha256(self.secret, request.query.get("msg")));
            co_return net::Response{200, json::serialize(json::object{{"secret_token", token}})};
        }
        self.events.emplace_back(request.headers.get("X-drchrono-event"));
        co_return net::Response{200, "{}"};
    }
};

class SimulatedPort : public testing::Test {
protected:
    SimulatedPort()
        : service{io.get_executor(), {}, [this](const net::RequestHead&) { return admit(); }},
          client{io.get_executor(), "test"} {
        EXPECT_TRUE(service.listen("127.0.0.1", 0));
        Options options;
        options.patients = 10;
        options.webhook.callback_url = fmt::format("http://127.0.0.1:{}/webhooks/drchrono", service.port());
        options.webhook.secret = arrived.secret;
        simulator = std::make_unique<Simulator>(io.get_executor(), options);
        EXPECT_TRUE(simulator->listen("127.0.0.1", 0));
    }
    ~SimulatedPort() override {
        run_async(io, simulator->stop());
        run_async(io, service.stop(milliseconds{500}));
    }
    std::variant<net::Response, net::Admission> admit() {
        return net::Admission{1 << 20,
                              [this](net::Request request) { return Arrived::take(arrived, std::move(request)); }};
    }
    Result<net::Answer> get(std::string_view target) {
        net::Call call;
        call.url = fmt::format("{}{}", simulator->base_url(), target);
        call.headers.add("Authorization", "Bearer simulated-access");
        call.time_limit = seconds{5};
        return run_async(io, client.send(std::move(call)));
    }

    asio::io_context io;
    Arrived arrived;
    net::Server service;
    net::Client client;
    std::unique_ptr<Simulator> simulator;
};

TEST_F(SimulatedPort, AnswersLikeTheDoor) {
    const auto answer = get("/api/patients?page_size=3");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    const auto page = json::parse(answer->body);
    EXPECT_EQ(page.at("results").as_array().size(), 3U);
    EXPECT_TRUE(page.at("next").as_string().starts_with(simulator->base_url()));
}

TEST_F(SimulatedPort, DeliversItsWebhooks) {
    ASSERT_TRUE(simulator->create("patients", {}));
    ASSERT_TRUE(simulator->create("appointments", {}));
    EXPECT_TRUE(run_async(io, simulator->delivered(seconds{10})));
    EXPECT_EQ(arrived.events, (std::vector<std::string>{"PATIENT_CREATE", "APPOINTMENT_CREATE"}));
    EXPECT_EQ(simulator->delivery_counts().delivered, 2U);
}

TEST_F(SimulatedPort, CutsTheConnectionWhenToldTo) {
    simulator->fault({.kind = FaultKind::cut});
    EXPECT_FALSE(get("/api/doctors"));
    EXPECT_TRUE(get("/api/doctors"));
}

}  // namespace
}  // namespace dcs::simulator
