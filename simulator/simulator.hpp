#pragma once
// Simulator: a DrChrono that behaves as the fact sheet says, faults included; in-process or behind a port.
//
// Place      tests, `drchrono-sync simulate` and `make demo`. Nothing in src/ but cli/ may use it.
// Words      resource: the path under /api/, e.g. "patients", "clinical_notes". id: as text; of a clinical note it is
//            the appointment's.
// Start      construct; listen() (or start(), when requests come through answer() only); stop() before destruction.
// Threads    the executor's single thread.
// Source     reference/drchrono-api.md. README.md here lists the control API and what is simplified.

#include "net/http.hpp"
#include "net/server.hpp"
#include "simulator/options.hpp"

#include <memory>
#include <optional>

namespace dcs::simulator {

/// How a change becomes known.
struct Announce {
    bool silent = false;            // no webhook
    bool held = false;              // the webhook's body is made now and waits for deliver()
    bool keeps_updated_at = false;  // as vitals and coverage edits may do
};

struct Changed {
    std::string id;
    std::string delivery_id;  // empty: silent, or not an event the webhook is registered for
};

struct Attempt {
    Time at;         // simulated
    int status = 0;  // 0: no answer
};

enum class DeliveryState { held, waiting, sending, delivered, failed, dropped };

struct DeliveryReport {
    std::string id;
    std::string event;
    std::string resource;
    std::string object_id;
    DeliveryState state{};
    Time created;
    std::vector<Attempt> attempts;
};

struct DeliveryCounts {
    std::uint64_t created = 0;    // deliveries, duplicates not counted
    std::uint64_t attempts = 0;   // POSTs sent
    std::uint64_t delivered = 0;  // answered 2xx
    std::uint64_t failed = 0;     // given up after the last retry
    std::uint64_t dropped = 0;
    std::uint64_t open = 0;  // held, waiting or under way
};

/// One request that was answered; the last 1,000 are kept.
struct Served {
    std::string method;
    std::string path;
    std::string query;  // decoded, "a=1&b=2"
    int status = 0;     // 0: the connection was cut
};

class Scribe;

class Simulator {
public:
    Simulator(asio::any_io_executor executor, Options options);
    ~Simulator();
    Simulator(const Simulator&) = delete;
    Simulator& operator=(const Simulator&) = delete;

    // The door.
    Result<> listen(const std::string& host, std::uint16_t port);
    std::uint16_t port() const noexcept;
    std::string base_url() const;  // "http://127.0.0.1:4711", without a slash at the end
    /// Begins to deliver webhooks; listen() does it too.
    void start();
    Async<> stop();
    /// What the port answers, without a port.
    Async<net::Response> answer(net::Request request);

    // The clinic. not_found: no such resource or record; bad_input: the event or field makes no sense there.
    /// Missing fields are made up from the seed. clinical_notes: fields needs "appointment".
    Result<Changed> create(std::string_view resource, json::object fields, Announce how = {});
    Result<Changed> change(std::string_view resource, std::string_view id, json::object fields, Announce how = {});
    /// appointments: archived. Others: gone. Sends a webhook only where DrChrono has a delete event.
    Result<Changed> remove(std::string_view resource, std::string_view id, Announce how = {});
    /// Locks the note of that appointment; makes one if there is none.
    Result<Changed> lock_note(std::string_view appointment_id, Announce how = {});
    Result<Changed> unlock_note(std::string_view appointment_id, Announce how = {});
    /// Any of the 27 events (events.hpp), by name: does what it says. For kinds that are not mirrored the object is
    /// {"id": id} and `fields`.
    Result<Changed> event(std::string_view name, std::string_view id, json::object fields, Announce how = {});
    /// Sends an event for a record as it is, without a change. Empty: not registered for it.
    Result<std::string> announce(std::string_view event, std::string_view resource, std::string_view id);

    // The truth, to compare with: without read lag, hidden and archived ones included.
    std::optional<json::object> item(std::string_view resource, std::string_view id, bool verbose) const;
    std::vector<std::string> ids(std::string_view resource) const;  // all that exist, in order; for small clinics
    std::uint64_t count(std::string_view resource) const;

    // Webhooks.
    void register_webhook(Webhook webhook);
    /// The console's button: GET ?msg=… True: answered rightly.
    Async<bool> verify_webhook();
    std::string ping();
    /// Sends a delivery (again), held ones included, at once and under its own id. not_found: not in the log.
    Result<> deliver(std::string_view delivery_id);
    std::vector<DeliveryReport> deliveries() const;  // the last 10,000, oldest first
    DeliveryCounts delivery_counts() const;
    /// Returns when no delivery is due now or under way (later retries and held ones may be left), or after `limit`
    /// (real time). True: none is.
    Async<bool> delivered(milliseconds limit);

    // The AI scribe (scribe.hpp): none until it is hired. Hired again it goes on with the new options.
    void hire_scribe(ScribeOptions options);
    Scribe* scribe() noexcept;

    // Behaviour.
    Switches& switches() noexcept;
    Limits& limits() noexcept;
    void fault(FaultRule rule);
    void clear_faults();
    Time now() const;
    void advance(seconds by);

    // OAuth.
    struct Tokens {
        std::string access;
        std::string refresh;
    };
    Tokens issue_tokens();
    void revoke_all_tokens();

    // What was asked.
    std::uint64_t requests() const noexcept;                      // outside /control
    std::uint64_t requests(std::string_view path_pattern) const;  // e.g. "/api/patients", "/api/patients/{id}"
    std::uint64_t throttled() const noexcept;                     // answers 429
    std::vector<Served> served() const;
    /// GET /control/state as a value.
    json::object state() const;

private:
    class Rig;
    std::unique_ptr<Rig> rig_;
};

}  // namespace dcs::simulator
