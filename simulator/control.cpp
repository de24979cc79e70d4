#include "simulator/control.hpp"

#include "simulator/faults.hpp"
#include "simulator/replies.hpp"
#include "simulator/scribe.hpp"
#include "simulator/selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dcs::simulator {
namespace {

/// A call: the simulator, the query, the body (an empty object when there was none).
struct Order {
    Simulator& simulator;
    const net::Query& query;
    const json::object& body;

    std::string text(std::string_view name) const {
        const auto* value = body.if_contains(name);
        if (value == nullptr || value->is_null()) return {};
        return value->is_string() ? std::string{value->get_string()} : json::serialize(*value);
    }
    double number(std::string_view name, double otherwise) const {
        const auto* value = body.if_contains(name);
        return value != nullptr && value->is_number() ? value->to_number<double>() : otherwise;
    }
    bool flag(std::string_view name) const {
        const auto* value = body.if_contains(name);
        return value != nullptr && value->is_bool() && value->get_bool();
    }
    json::object object(std::string_view name) const {
        const auto* value = body.if_contains(name);
        return value != nullptr && value->is_object() ? value->get_object() : json::object{};
    }
    Announce how() const { return {flag("silent"), flag("held"), flag("keeps_updated_at")}; }
};

net::Response refused(const Error& error) {
    const int status = error.fault == Fault::not_found ? 404 : error.fault == Fault::conflict ? 409 : 400;
    return reply(status, json::object{{"error", error.detail}});
}

net::Response done() { return reply(200, json::object{{"status", "ok"}}); }

net::Response told(const Result<Changed>& changed) {
    if (!changed) return refused(changed.error());
    return reply(200, json::object{{"id", changed->id}, {"delivery_id", changed->delivery_id}});
}

net::Response state(const Order& order) { return reply(200, order.simulator.state()); }

net::Response events(const Order& order) {
    if (!order.text("announce").empty()) {
        const auto sent = order.simulator.announce(order.text("event"), order.text("announce"), order.text("id"));
        return sent ? told(Changed{order.text("id"), *sent}) : refused(sent.error());
    }
    return told(order.simulator.event(order.text("event"), order.text("id"), order.object("fields"), order.how()));
}

net::Response records(const Order& order) {
    const auto action = order.text("action");
    const auto resource = order.text("resource");
    if (action == "create") return told(order.simulator.create(resource, order.object("fields"), order.how()));
    if (action == "change")
        return told(order.simulator.change(resource, order.text("id"), order.object("fields"), order.how()));
    if (action == "remove") return told(order.simulator.remove(resource, order.text("id"), order.how()));
    return refused({Fault::bad_input, "action is create, change or remove"});
}

net::Response item(const Order& order) {
    const auto found =
        order.simulator.item(order.query.get("resource"), order.query.get("id"), is_true(order.query.get("verbose")));
    return found ? reply(200, *found) : refused({Fault::not_found, "no such record"});
}

net::Response ids(const Order& order) {
    json::array all;
    for (const auto& id : order.simulator.ids(order.query.get("resource"))) all.emplace_back(id);
    return reply(200, all);
}

net::Response faults(const Order& order) {
    if (order.flag("clear")) {
        order.simulator.clear_faults();
        return done();
    }
    const auto kind = fault_kind(order.text("kind"));
    if (!kind) return refused({Fault::bad_input, "no such kind of fault"});
    FaultRule rule{*kind, order.text("path"), order.text("method")};
    rule.count = static_cast<int>(order.number("count", 1));
    rule.share = order.number("share", 1);
    rule.wait = seconds{static_cast<std::int64_t>(order.number("wait", 60))};
    rule.location = order.text("location");
    order.simulator.fault(std::move(rule));
    return done();
}

net::Response switches(const Order& order) {
    const auto set = set_switches(order.simulator.switches(), order.body);
    return set ? reply(200, switches_as_json(order.simulator.switches())) : refused(set.error());
}

net::Response limits(const Order& order) {
    auto& known = order.simulator.limits();
    known.per_second = static_cast<int>(order.number("per_second", known.per_second));
    known.per_10min = static_cast<int>(order.number("per_10min", known.per_10min));
    known.per_hour = static_cast<int>(order.number("per_hour", known.per_hour));
    return reply(
        200,
        json::object{{"per_second", known.per_second}, {"per_10min", known.per_10min}, {"per_hour", known.per_hour}});
}

net::Response clock(const Order& order) {
    order.simulator.advance(seconds{static_cast<std::int64_t>(order.number("advance_seconds", 0))});
    return reply(200, json::object{{"now", iso8601(order.simulator.now())}});
}

net::Response deliver(const Order& order) {
    const auto sent = order.simulator.deliver(order.text("delivery_id"));
    return sent ? done() : refused(sent.error());
}

net::Response ping(const Order& order) { return reply(200, json::object{{"delivery_id", order.simulator.ping()}}); }

net::Response webhook(const Order& order) {
    Webhook wanted;
    wanted.callback_url = order.text("callback_url");
    wanted.secret = order.text("secret");
    wanted.handshake = !order.flag("no_handshake");
    wanted.parallel = std::max(1, static_cast<int>(order.number("parallel", 1)));
    if (const auto* names = order.body.if_contains("events"); names != nullptr && names->is_array())
        for (const auto& name : names->get_array())
            if (name.is_string()) wanted.events.emplace_back(name.get_string());
    order.simulator.register_webhook(std::move(wanted));
    return done();
}

std::string_view name_of_state(DeliveryState state) {
    constexpr std::array<std::string_view, 6> names{"held", "waiting", "sending", "delivered", "failed", "dropped"};
    return names[static_cast<std::size_t>(state)];
}

net::Response deliveries(const Order& order) {
    json::array all;
    for (const auto& delivery : order.simulator.deliveries()) {
        json::array attempts;
        for (const auto& attempt : delivery.attempts)
            attempts.push_back(json::object{{"at", iso8601(attempt.at)}, {"status", attempt.status}});
        all.push_back(json::object{{"id", delivery.id},
                                   {"event", delivery.event},
                                   {"resource", delivery.resource},
                                   {"object_id", delivery.object_id},
                                   {"state", name_of_state(delivery.state)},
                                   {"created", iso8601(delivery.created)},
                                   {"attempts", std::move(attempts)}});
    }
    return reply(200, all);
}

net::Response requests(const Order& order) {
    json::array all;
    for (const auto& served : order.simulator.served())
        all.push_back(json::object{
            {"method", served.method}, {"path", served.path}, {"query", served.query}, {"status", served.status}});
    return reply(200, all);
}

// The AI scribe.

net::Response hire_scribe(const Order& order) {
    ScribeOptions wanted;
    wanted.url = order.text("url");
    wanted.secret = order.text("secret");
    if (wanted.url.empty() || wanted.secret.empty()) return refused({Fault::bad_input, "url and secret are needed"});
    wanted.seed = static_cast<std::uint64_t>(std::clamp(order.number("seed", 1), 0.0, 1e15));
    if (const auto name = order.text("scheme"); !name.empty()) {
        const auto scheme = scheme_of(name);
        if (!scheme) return refused({Fault::bad_input, "no such scheme"});
        wanted.scheme = *scheme;
    }
    order.simulator.hire_scribe(std::move(wanted));
    return done();
}

net::Response sent_gridhooks(const Order& order) {
    json::array all;
    if (const auto* scribe = order.simulator.scribe(); scribe != nullptr)
        for (const auto& sent : scribe->log()) all.push_back(as_json(sent));
    return reply(200, all);
}

Result<Play> play_of(const Order& order) {
    if (order.simulator.scribe() == nullptr) return Error{Fault::conflict, "no scribe: POST /control/scribe first"};
    const auto act = scribe_act(order.text("act"));
    if (!act) return Error{Fault::bad_input, "no such act"};
    Play play{*act, order.text("appointment"), order.text("session")};
    play.same_bytes = order.flag("same_bytes");
    if (const auto name = order.text("scheme"); !name.empty()) {
        play.scheme = scheme_of(name);
        if (!play.scheme) return Error{Fault::bad_input, "no such scheme"};
    }
    if (order.text("wire") == "hex") play.wire = WireText::hex;
    if (order.flag("plain_shape")) play.shape = NoteShape{};
    if (const auto name = order.text("damage"); !name.empty()) {
        const auto damage = damage_kind(name);
        if (!damage) return Error{Fault::bad_input, "no such damage"};
        play.damage = *damage;
    }
    return play;
}

net::Response told(const Result<std::vector<Sent>>& sent) {
    if (!sent) return refused(sent.error());
    json::array all;
    for (const auto& one : *sent) {
        auto shown = as_json(one);
        shown["body"] = one.body;
        all.push_back(std::move(shown));
    }
    return reply(200, json::object{{"sent", std::move(all)}});
}

struct Call {
    std::string_view method;
    std::string_view path;
    net::Response (*answer)(const Order&);
};

constexpr std::array calls{
    Call{"GET", "/control/state", state},
    Call{"GET", "/control/deliveries", deliveries},
    Call{"GET", "/control/requests", requests},
    Call{"GET", "/control/item", item},
    Call{"GET", "/control/ids", ids},
    Call{"POST", "/control/events", events},
    Call{"POST", "/control/records", records},
    Call{"POST", "/control/faults", faults},
    Call{"POST", "/control/switches", switches},
    Call{"POST", "/control/limits", limits},
    Call{"POST", "/control/clock", clock},
    Call{"POST", "/control/deliver", deliver},
    Call{"POST", "/control/ping", ping},
    Call{"POST", "/control/webhook", webhook},
    Call{"POST", "/control/scribe", hire_scribe},
    Call{"GET", "/control/gridhooks", sent_gridhooks},
};

}  // namespace

Async<net::Response> control(Simulator& simulator, net::Request request) {
    json::value body = json::object{};
    if (!request.body.empty()) {
        boost::system::error_code malformed;
        body = json::parse(request.body, malformed);
        if (malformed || !body.is_object()) co_return refused({Fault::bad_input, "the body is not a JSON object"});
    }
    if (request.method == "POST" && request.path == "/control/verify") {
        const bool right = co_await simulator.verify_webhook();
        co_return reply(200, json::object{{"verified", right}});
    }
    if (request.method == "POST" && request.path == "/control/gridhooks") {
        const Order order{simulator, request.query, body.get_object()};
        const auto wanted = play_of(order);
        if (!wanted) co_return refused(wanted.error());
        auto playing = simulator.scribe()->play(*wanted);
        const auto sent = co_await std::move(playing);
        co_return told(sent);
    }
    const auto found = std::ranges::find_if(
        calls, [&](const Call& call) { return call.method == request.method && call.path == request.path; });
    if (found == calls.end()) co_return refused({Fault::not_found, "no such control call"});
    co_return found->answer(Order{simulator, request.query, body.get_object()});
}

}  // namespace dcs::simulator
