#include "simulator/simulator.hpp"

#include "simulator/api.hpp"
#include "simulator/control.hpp"
#include "simulator/events.hpp"
#include "simulator/scribe.hpp"
#include "simulator/webhooks.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace dcs::simulator {
namespace {

constexpr std::size_t most_body_bytes = 1024 * 1024;
constexpr milliseconds grace{2'000};

Sender sender_of(const Options& options, const asio::any_io_executor& executor, std::string user_agent) {
    if (options.sender) return options.sender;
    auto client = std::make_shared<net::Client>(executor, std::move(user_agent));
    return [client](net::Call call) { return client->send(std::move(call)); };
}

Error no_resource(std::string_view name) { return {Fault::not_found, fmt::format("no resource {}", name)}; }

}  // namespace

/// Everything the simulator is made of, in the order in which it is built.
class Simulator::Rig {
public:
    Rig(asio::any_io_executor on, Options wanted)
        : executor{std::move(on)},
          options{std::move(wanted)},
          switches{options.switches},
          limits{options.limits},
          base_url{options.base_url},
          clock{options.real, options.start, options.speed},
          world{options, switches, clock.start()},
          clinic{world, clock, base_url},
          api{clinic, options, switches, limits, clock, base_url},
          webhooks{executor,
                   options,
                   switches,
                   clock,
                   sender_of(options, executor, "drchrono-webhooks (simulated)"),
                   [this](const Outgoing& outgoing) { return object_of(outgoing.resource, outgoing.object_id); }},
          server{executor, {}, [this](const net::RequestHead&) { return admit(); }} {}

    std::variant<net::Response, net::Admission> admit() {
        return net::Admission{most_body_bytes,
                              [this](net::Request request) { return owner->answer(std::move(request)); }};
    }

    std::optional<json::object> object_of(std::string_view resource, std::string_view id) const {
        const auto* kind = find_kind(resource);
        const auto record = kind == nullptr ? std::nullopt : clinic.find(kind->kind, id, always);
        if (!record) return std::nullopt;
        View view{.verbose = switches.webhook_verbose};
        view.show_inactive = false;
        return record->object(view);
    }

    std::string send(const Event* event, Kind kind, Index index, const Announce& how) {
        if (event == nullptr || how.silent) return {};
        const auto& name = info(kind).resource;
        auto id = world.id_text(kind, index);
        auto object = object_of(name, id);
        return webhooks.add({std::string{event->name}, std::string{name}, std::move(id), std::move(object)}, how.held);
    }

    Result<Changed> lock(std::string_view appointment_id, bool locked, const Announce& how) {
        const auto index = world.index_of(Kind::appointments, appointment_id);
        if (!index) return Error{Fault::not_found, "no such appointment"};
        const auto done = clinic.lock(*index, locked);
        if (!done) return done.error();
        const auto* event = find_event(Kind::clinical_notes, locked ? Action::lock : Action::unlock);
        return Changed{std::string{appointment_id}, send(event, Kind::clinical_notes, *index, how)};
    }

    Simulator* owner = nullptr;
    asio::any_io_executor executor;
    Options options;
    Switches switches;
    Limits limits;
    std::string base_url;
    SimClock clock;
    World world;
    Clinic clinic;
    Api api;
    Webhooks webhooks;
    net::Server server;
    std::unique_ptr<Scribe> scribe;
};

Simulator::Simulator(asio::any_io_executor executor, Options options)
    : rig_{std::make_unique<Rig>(std::move(executor), std::move(options))} {
    rig_->owner = this;
}

Simulator::~Simulator() = default;

// The door.

Result<> Simulator::listen(const std::string& host, std::uint16_t port) {
    const auto bound = rig_->server.listen(host, port);
    if (!bound) return bound.error();
    if (rig_->base_url.empty()) rig_->base_url = fmt::format("http://{}:{}", host, rig_->server.port());
    start();
    return {};
}

std::uint16_t Simulator::port() const noexcept { return rig_->server.port(); }
std::string Simulator::base_url() const { return rig_->base_url; }
void Simulator::start() { rig_->webhooks.start(); }

Async<> Simulator::stop() {
    co_await rig_->server.stop(grace);
    co_await rig_->webhooks.stop();
    if (rig_->scribe) co_await rig_->scribe->stop();
}

Async<net::Response> Simulator::answer(net::Request request) {
    if (request.path.starts_with("/control/")) co_return co_await control(*this, std::move(request));
    co_return co_await rig_->api.answer(std::move(request));
}

// The clinic.

Result<Changed> Simulator::create(std::string_view resource, json::object fields, Announce how) {
    const auto* kind = find_kind(resource);
    if (kind == nullptr) return no_resource(resource);
    const auto made = rig_->clinic.create(kind->kind, std::move(fields));
    if (!made) return made.error();
    const auto* event = find_event(kind->kind, Action::create);
    return Changed{rig_->world.id_text(kind->kind, *made), rig_->send(event, kind->kind, *made, how)};
}

Result<Changed> Simulator::change(std::string_view resource, std::string_view id, json::object fields, Announce how) {
    const auto* kind = find_kind(resource);
    if (kind == nullptr) return no_resource(resource);
    const auto index = rig_->world.index_of(kind->kind, id);
    if (!index) return Error{Fault::not_found, "no such record"};
    const auto done = rig_->clinic.change(kind->kind, *index, std::move(fields), how.keeps_updated_at);
    if (!done) return done.error();
    return Changed{std::string{id}, rig_->send(find_event(kind->kind, Action::modify), kind->kind, *index, how)};
}

Result<Changed> Simulator::remove(std::string_view resource, std::string_view id, Announce how) {
    const auto* kind = find_kind(resource);
    if (kind == nullptr) return no_resource(resource);
    const auto index = rig_->world.index_of(kind->kind, id);
    if (!index) return Error{Fault::not_found, "no such record"};
    const auto* event = find_event(kind->kind, Action::remove);
    const auto last_seen = rig_->object_of(resource, id);
    const auto done = rig_->clinic.remove(kind->kind, *index);
    if (!done) return done.error();
    Changed changed{std::string{id}, {}};
    if (event == nullptr || how.silent) return changed;
    auto object = rig_->object_of(resource, id);  // an archived appointment still has one
    if (!object) object = last_seen;
    changed.delivery_id = rig_->webhooks.add(
        {std::string{event->name}, std::string{resource}, std::string{id}, std::move(object)}, how.held);
    return changed;
}

Result<Changed> Simulator::lock_note(std::string_view appointment_id, Announce how) {
    return rig_->lock(appointment_id, true, how);
}

Result<Changed> Simulator::unlock_note(std::string_view appointment_id, Announce how) {
    return rig_->lock(appointment_id, false, how);
}

Result<Changed> Simulator::event(std::string_view name, std::string_view id, json::object fields, Announce how) {
    const auto* event = find_event(name);
    if (event == nullptr) return Error{Fault::bad_input, fmt::format("no event {}", name)};
    const auto& resource = info(event->kind).resource;
    switch (event->action) {
    case Action::create: return create(resource, std::move(fields), how);
    case Action::modify: return change(resource, id, std::move(fields), how);
    case Action::remove: return remove(resource, id, how);
    case Action::lock: return lock_note(id, how);
    case Action::unlock: return unlock_note(id, how);
    case Action::other: break;
    }
    fields["id"] = json::value(id);
    Changed changed{std::string{id}, {}};
    if (!how.silent)
        changed.delivery_id = rig_->webhooks.add({std::string{name}, "", std::string{id}, std::move(fields)}, how.held);
    return changed;
}

Result<std::string> Simulator::announce(std::string_view event, std::string_view resource, std::string_view id) {
    auto object = rig_->object_of(resource, id);
    if (!object) return Error{Fault::not_found, "no such record"};
    return rig_->webhooks.add({std::string{event}, std::string{resource}, std::string{id}, std::move(object)}, false);
}

// The truth.

std::optional<json::object> Simulator::item(std::string_view resource, std::string_view id, bool verbose) const {
    const auto* kind = find_kind(resource);
    const auto record = kind == nullptr ? std::nullopt : rig_->clinic.find(kind->kind, id, always);
    return record ? std::optional{record->object({.verbose = verbose})} : std::nullopt;
}

std::vector<std::string> Simulator::ids(std::string_view resource) const {
    std::vector<std::string> all;
    const auto* kind = find_kind(resource);
    if (kind == nullptr) return all;
    for (const auto index : rig_->clinic.indexes(kind->kind)) all.push_back(rig_->world.id_text(kind->kind, index));
    return all;
}

std::uint64_t Simulator::count(std::string_view resource) const {
    const auto* kind = find_kind(resource);
    return kind == nullptr ? 0 : rig_->clinic.count(kind->kind);
}

// Webhooks.

void Simulator::register_webhook(Webhook webhook) { rig_->webhooks.configure(std::move(webhook)); }

Async<bool> Simulator::verify_webhook() {
    const bool right = co_await rig_->webhooks.verify();
    co_return right;
}

std::string Simulator::ping() {
    Outgoing outgoing{"PING", "", "", std::nullopt, rig_->switches.ping_signed};
    if (rig_->switches.ping_object) outgoing.object = json::object{};
    return rig_->webhooks.add(std::move(outgoing), false);
}

Result<> Simulator::deliver(std::string_view delivery_id) { return rig_->webhooks.deliver(delivery_id); }
std::vector<DeliveryReport> Simulator::deliveries() const { return rig_->webhooks.report(); }
DeliveryCounts Simulator::delivery_counts() const { return rig_->webhooks.counts(); }

Async<bool> Simulator::delivered(milliseconds limit) {
    const bool none_left = co_await rig_->webhooks.settled(limit);
    co_return none_left;
}

// The AI scribe.

void Simulator::hire_scribe(ScribeOptions options) {
    auto& scribe = rig_->scribe;
    if (scribe) return scribe->configure(std::move(options));
    auto sender = sender_of(rig_->options, rig_->executor, "deepcura-gridhooks (simulated)");
    scribe = std::make_unique<Scribe>(rig_->executor, *this, std::move(options), std::move(sender));
}

Scribe* Simulator::scribe() noexcept { return rig_->scribe.get(); }

// Behaviour.

Switches& Simulator::switches() noexcept { return rig_->switches; }
Limits& Simulator::limits() noexcept { return rig_->limits; }
void Simulator::fault(FaultRule rule) { rig_->api.faults().add(std::move(rule)); }
void Simulator::clear_faults() { rig_->api.faults().clear(); }
Time Simulator::now() const { return rig_->clock.now(); }

void Simulator::advance(seconds by) {
    rig_->clock.advance(by);
    rig_->webhooks.look_again();
}

Simulator::Tokens Simulator::issue_tokens() {
    const auto grant = rig_->api.oauth().issue(rig_->clock.paced());
    return {grant.access, grant.refresh};
}

void Simulator::revoke_all_tokens() { rig_->api.oauth().revoke_all(); }

// What was asked.

std::uint64_t Simulator::requests() const noexcept { return rig_->api.tally().requests; }
std::uint64_t Simulator::throttled() const noexcept { return rig_->api.tally().throttled; }

std::uint64_t Simulator::requests(std::string_view path_pattern) const {
    const auto& by_path = rig_->api.tally().by_path;
    const auto found = by_path.find(path_pattern);
    return found == by_path.end() ? 0 : found->second;
}

std::vector<Served> Simulator::served() const {
    const auto& latest = rig_->api.tally().latest;
    return {latest.begin(), latest.end()};
}

json::object Simulator::state() const {
    json::object records;
    for (std::size_t nth = 0; nth < kind_count; ++nth) {
        const auto kind = static_cast<Kind>(nth);
        records[info(kind).resource] = rig_->clinic.count(kind);
    }
    json::object paths;
    for (const auto& [path, number] : rig_->api.tally().by_path) paths[path] = number;
    json::object statuses;
    for (const auto& [status, number] : rig_->api.tally().by_status) statuses[std::to_string(status)] = number;
    const auto sent = rig_->webhooks.counts();
    return {{"now", iso8601(now())},
            {"base_url", rig_->base_url},
            {"records", std::move(records)},
            {"requests", json::object{{"total", requests()},
                                      {"throttled", throttled()},
                                      {"faults", rig_->api.faults().struck()},
                                      {"by_path", std::move(paths)},
                                      {"by_status", std::move(statuses)}}},
            {"deliveries", json::object{{"created", sent.created},
                                        {"attempts", sent.attempts},
                                        {"delivered", sent.delivered},
                                        {"failed", sent.failed},
                                        {"dropped", sent.dropped},
                                        {"open", sent.open}}},
            {"switches", switches_as_json(rig_->switches)}};
}

}  // namespace dcs::simulator
