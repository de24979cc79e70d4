#pragma once
// Webhooks: deliveries to the one registered callback: handshake, attempts, retries, and what chaos does to them.
//
// Promise    a delivery is tried at once, after a failure at +1 h, +3 h and +7 h of the event (simulated clock), then
//            never; only the status counts. With Webhook::parallel 1 and no shuffling, in order.
// Limits     the log keeps 10,000 ended deliveries; 100,000 may be open, further ones are dropped and counted.
// Source     reference/drchrono-api.md, section 5.

#include "simulator/sim_clock.hpp"
#include "simulator/simulator.hpp"

#include <set>

namespace dcs::simulator {

struct Outgoing {
    std::string event;
    std::string resource;
    std::string object_id;
    std::optional<json::object> object;  // empty: none in the body
    bool is_signed = true;
};

class Webhooks {
public:
    /// The object as it is now, for retries that send it fresh. nullopt: there is none.
    using Current = std::function<std::optional<json::object>(const Outgoing&)>;

    Webhooks(asio::any_io_executor executor, const Options& options, const Switches& switches, const SimClock& clock,
             Sender sender, Current current);

    void start();
    Async<> stop();
    /// Something is due earlier than thought: the clock was moved.
    void look_again() { wake_.notify(); }

    void configure(Webhook webhook);
    Async<bool> verify();
    /// The delivery's id; empty: nobody is registered for it.
    std::string add(Outgoing outgoing, bool held);
    Result<> deliver(std::string_view delivery_id);
    Async<bool> settled(milliseconds limit);

    std::vector<DeliveryReport> report() const;
    DeliveryCounts counts() const;

private:
    using Number = std::uint64_t;  // of a delivery, in order of their making
    struct Delivery {
        DeliveryReport told;
        Outgoing outgoing;
        std::string body;
        std::string wire_id;  // X-drchrono-delivery
        Time due;
        std::size_t tries = 0;  // by the schedule
        int copies = 0;         // still to be sent after a success
        bool by_hand = false;   // the next attempt is outside the schedule
        bool succeeded = false;
        bool over = false;  // the schedule is: no more retries
    };
    Async<> run();
    Async<> attempt(Number number);
    Async<int> post(Number number);
    void settle(Number number, int status);
    void schedule(Number number, Time due);
    void forget_old();
    bool ended(const Delivery& delivery) const noexcept;
    std::string body_of(const Outgoing& outgoing) const;
    double chance(Number number, std::string_view what) const;

    asio::any_io_executor executor_;
    const Options& options_;
    const Switches& switches_;
    const SimClock& clock_;
    Sender sender_;
    Current current_;
    Webhook webhook_;
    bool verified_ = false;

    std::map<Number, Delivery> deliveries_;
    std::map<std::string, Number, std::less<>> by_id_;
    std::set<std::pair<Time, Number>> due_;
    Number next_ = 0;
    DeliveryCounts counts_{};
    std::size_t ended_ = 0;

    bool started_ = false;
    bool stopping_ = false;
    int under_way_ = 0;
    Wake wake_;     // of run()
    Wake settled_;  // of settled()
    Tasks tasks_;
};

}  // namespace dcs::simulator
