// Faults of processes, of the database, of the wires between them, of DrChrono and of Pub/Sub.
#include "player.hpp"

#include "simulator/faults.hpp"

#include <fmt/format.h>

#include <csignal>

namespace dcs::histories {

using namespace std::chrono_literals;

namespace {

std::chrono::milliseconds for_ms(const Step& step, std::int64_t otherwise = 1'000) {
    return std::chrono::milliseconds{step.number("ms", otherwise)};
}

/// What the database may refuse, because it is away.
template <class Act>
bool tried(Act act) {
    try {
        act();
        return true;
    } catch (const std::exception&) {
        return false;
    }
}

}  // namespace

bool Player::kill(const Step& step) {
    const int nth = instance(step);
    if (!world_.fleet->awake(nth) && !world_.fleet->suspended(nth)) return false;
    world_.fleet->kill(nth);
    world_.later(std::chrono::milliseconds{step.number("down_ms", 100)}, [this, nth] { world_.fleet->start(nth); });
    return true;
}

bool Player::kill_at(const Step& step) {
    const int nth = instance(step);
    if (!world_.fleet->awake(nth)) return false;
    world_.fleet->kill(nth);
    world_.fleet->start(nth, fmt::format("{}:{}", step.text("point"), step.number("nth", 1)));
    return true;
}

bool Player::suspend(const Step& step) {
    const int nth = instance(step);
    if (!world_.fleet->awake(nth)) return false;
    world_.fleet->suspend(nth);
    world_.late_requests = true;
    world_.later(for_ms(step), [this, nth] { world_.fleet->resume(nth); });
    return true;
}

bool Player::restart(const Step& step) {
    const int nth = instance(step);
    if (!world_.fleet->awake(nth)) return false;
    world_.fleet->ask_to_stop(nth);
    return true;
}

/// SIGHUP: secrets are read again.
bool Player::reload(const Step& step) {
    world_.fleet->hang_up(instance(step));
    return true;
}

bool Player::database_fault(const Step& step) {
    const auto terminate = [this] {
        world_.as_admin("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{0}'");
    };
    const auto set = [&](const std::string& alteration, const std::string& undo) {
        return tried([&] {
            world_.as_admin(alteration);
            terminate();
            if (undo.empty()) return;
            world_.later(for_ms(step), [this, undo, terminate] {
                tried([&] {
                    world_.as_admin(undo);
                    terminate();
                });
            });
        });
    };
    if (step.act == "pg_terminate") return tried(terminate);
    if (step.act == "pg_readonly")
        return set("alter database {0} set default_transaction_read_only = on",
                   "alter database {0} reset default_transaction_read_only");
    if (step.act == "pg_few")
        return set("alter database {0} connection limit 3", "alter database {0} connection limit -1");
    if (step.act == "pg_default") {
        static const std::map<std::string, std::string, std::less<>> defaults{
            {"serializable", "default_transaction_isolation = 'serializable'"},
            {"repeatable", "default_transaction_isolation = 'repeatable read'"},
            {"datestyle", "datestyle = 'German, DMY'"},
            {"timezone", "timezone = 'Asia/Kathmandu'"},
            {"bytea", "bytea_output = 'escape'"}};
        const auto found = defaults.find(step.text("what"));
        return found != defaults.end() && set("alter database {0} set " + found->second, "");
    }
    if (step.act == "pg_backend_kill")
        return tried([this] {
            const auto pid = world_.as_admin(
                "select pid from pg_stat_activity where datname = '{0}' order by backend_start limit 1");
            if (!pid.empty()) ::kill(std::stoi(pid), SIGKILL);
        });
    return tried([&] {  // pg_crash
        test::TestDatabase::crash_cluster();
        world_.turn(for_ms(step, 0));
        test::TestDatabase::restart_cluster();
    });
}

bool Player::wire(const Step& step) {
    static const std::map<std::string, WireFault, std::less<>> faults{{"cut", WireFault::cut},
                                                                      {"halfopen", WireFault::halfopen},
                                                                      {"delay", WireFault::delay},
                                                                      {"throttle", WireFault::throttle}};
    const auto fault = faults.find(step.text("does"));
    if (fault == faults.end()) return false;
    const auto to = step.text("to");
    auto& wire = to == "postgres" ? world_.to_postgres : to == "pubsub" ? world_.to_pubsub : world_.to_drchrono;
    wire.misbehave(fault->second, static_cast<std::size_t>(step.number("at")));
    world_.late_requests = world_.late_requests || to == "drchrono";
    world_.later(for_ms(step), [&wire] { wire.behave(); });
    return true;
}

bool Player::drchrono(const Step& step) {
    const auto kind = step.text("kind");
    const auto count = static_cast<int>(step.number("count", 1));
    if (kind == "misshaped") {
        world_.front.misshape(count);
        return true;
    }
    if (kind == "circle") {
        world_.front.turn_in_circles(count);
        return true;
    }
    const auto fault = simulator::fault_kind(kind);
    if (!fault) return false;
    simulator::FaultRule rule{*fault};
    rule.count = kind == "revoked" ? 1 : count;
    rule.path = "/api/";
    rule.wait = std::chrono::seconds{step.number("wait", 1)};
    rule.share = 0.6;
    world_.drchrono->fault(std::move(rule));
    return true;
}

bool Player::lag(const Step& step) {
    world_.drchrono->switches().read_lag = std::chrono::milliseconds{step.number("lag_ms", 1'000)};
    world_.later(for_ms(step), [this] { world_.drchrono->switches().read_lag = 0ms; });
    return true;
}

/// The access token has run out: whoever asks next must refresh it.
bool Player::expire(const Step&) {
    return tried([this] { world_.ask("update oauth_tokens set expires_at = now()"); });
}

bool Player::pubsub(const Step& step) {
    static const std::map<std::string, Topic::Refuses, std::less<>> what{{"everything", Topic::Refuses::everything},
                                                                         {"key", Topic::Refuses::key},
                                                                         {"message", Topic::Refuses::message},
                                                                         {"answer", Topic::Refuses::answer}};
    const auto refuses = what.find(step.text("refuses"));
    if (refuses == what.end()) return false;
    world_.topic.refuse(refuses->second, static_cast<int>(step.number("status", 503)));
    world_.later(for_ms(step), [this] { world_.topic.refuse(Topic::Refuses::nothing, 0); });
    return true;
}

}  // namespace dcs::histories
