#pragma once
// World: everything that a history is played in: a database, a simulated DrChrono with its scribe, Pub/Sub, wires between them
// and the service, its instances; and what the outside saw of it.

#include "fleet.hpp"
#include "front.hpp"
#include "plan.hpp"
#include "topic.hpp"
#include "wire.hpp"

#include "net/client.hpp"
#include "support/run.hpp"
#include "support/scheduler.hpp"
#include "support/test_database.hpp"

#include <functional>
#include <map>
#include <set>

namespace dcs::histories {

/// A delivery that was answered 2xx.
struct Acknowledged {
    std::string what;         // "webhook" or "gridhook"
    std::string event;        // of a webhook
    std::string delivery_id;  // as answered
    std::string note_id;      // of a gridhook
    std::string body;
};

/// An answer of a route that a caller or a person used.
struct Told {
    std::string path;
    int status = 0;  // 0: none
    std::string body{};
};

class World {
public:
    explicit World(const Plan& plan);
    ~World();

    /// Turns the loop for so long: what is due is done, who has ended is looked after.
    void turn(std::chrono::milliseconds duration);
    template <class Reached>
    bool turn_until(Reached reached, std::chrono::milliseconds limit) {
        const auto until = std::chrono::steady_clock::now() + limit;
        while (!reached()) {
            if (std::chrono::steady_clock::now() >= until) return false;
            turn(std::chrono::milliseconds{100});
        }
        return true;
    }
    /// Done after `wait`, or at the latest when the faults stop.
    void later(std::chrono::milliseconds wait, std::function<void()> act);
    /// Does at once all that later() still holds.
    void end_faults();

    /// Starts them all, waits until they are ready, lets the person sign in. Throws when they do not get ready.
    void start();
    bool all_ready();

    /// As a caller of /sync with its token; the answer is in `told` later.
    void call(int instance, const std::string& path);
    /// As the person who is signed in.
    void act_as_person(int instance, const std::string& path, const std::string& body);
    net::Answer look_as_person(int instance, const std::string& path);
    /// A hand-made webhook; not tried again.
    void post_webhook(const std::string& event, const std::string& body);
    int under_way() const noexcept { return under_way_; }
    net::Answer fetch(int instance, const std::string& path);

    /// Of the database, as its superuser. Throws.
    std::string ask(const std::string& sql) const { return database.query(sql); }
    std::string as_admin(const std::string& sql) const;

    /// A new word that belongs to this history alone: nothing that leaves the service may hold it.
    std::string mark();
    static constexpr std::string_view mark_prefix = "Qmark";

    const Plan& plan;
    asio::io_context io{1};
    test::TestDatabase database{};
    test::TestDatabase other{test::TestDatabase::Contents::empty};  // from which ours is altered
    Front front{io.get_executor()};
    Topic topic{io.get_executor()};
    Wire to_postgres;
    Wire to_drchrono;
    Wire to_pubsub;
    test::Scheduler scheduler{io.get_executor()};
    net::Client client{io.get_executor(), "histories"};
    std::unique_ptr<simulator::Simulator> drchrono{};
    std::unique_ptr<Fleet> fleet{};

    // What the outside saw.
    std::vector<Acknowledged> acknowledged{};
    std::set<std::string> acknowledged_marks{};  // marks in bodies of acknowledged deliveries
    std::vector<Told> told{};
    std::vector<std::string> sent_bodies{};  // of webhooks, for who sends an old one again
    std::set<std::string> moved_doctors{};   // whose wall clock, which their records are dated by, may have gone back
    bool late_requests = false;              // the time a request comes at DrChrono says nothing of when it was allowed

    static constexpr auto webhook_secret = "test-webhook-secret-of-histories";
    static constexpr auto gridhook_secret = "test-gridhook-secret-of-histories";

private:
    void open_drchrono();
    Fleet::Environment environment() const;
    void sign_in();
    net::Call as_person(int instance, const std::string& path) const;
    Async<Result<net::Answer>> deliver(net::Call call);
    Async<> send_and_note(net::Call call, std::string path, bool is_webhook);
    void note_acknowledged(const net::Call& call, const net::Answer& answer);
    void do_what_is_due(std::chrono::steady_clock::time_point now);

    std::vector<std::pair<std::chrono::steady_clock::time_point, std::function<void()>>> later_{};
    std::string cookie_{};
    std::string csrf_{};
    int marks_ = 0;
    int under_way_ = 0;
};

}  // namespace dcs::histories
