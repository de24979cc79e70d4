#include "plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <random>
#include <sstream>

namespace dcs::histories {

namespace {

using Words = std::initializer_list<std::string_view>;

/// A seed's numbers. No std::uniform_int_distribution: its results are the library's own.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : random_{seed * 0x9E3779B97F4A7C15ULL + 1} {}
    std::int64_t below(std::int64_t limit) {
        return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(limit));
    }
    std::int64_t between(std::int64_t low, std::int64_t high) { return low + below(high - low + 1); }
    bool chance(int percent) { return below(100) < percent; }
    std::string one_of(Words words) {
        return std::string{words.begin()[below(static_cast<std::int64_t>(words.size()))]};
    }
    std::string pick() { return std::to_string(below(1'000'000)); }

private:
    std::mt19937_64 random_;
};

constexpr std::array table{
    // The clinic's day.
    Act{"edit", 40, false},
    Act{"create", 16, false},
    Act{"remove", 4, false},
    Act{"lock", 4, false},
    Act{"unlock", 2, false},
    Act{"move", 2, false},
    Act{"zone", 1, false},
    Act{"advance", 1, false},
    // Its webhooks.
    Act{"hand", 10, false},
    Act{"stale", 4, true},
    Act{"release", 3, false},
    Act{"webhooks", 3, true},
    // The scribe.
    Act{"note", 16, false},
    // Who calls, and persons.
    Act{"run", 4, false},
    Act{"person", 6, false},
    Act{"reload", 1, false},
    // Faults of processes, of the database, of the wires, of the others.
    Act{"kill", 4, true},
    Act{"kill_at", 3, true},
    Act{"suspend", 3, true},
    Act{"restart", 2, true},
    Act{"pg_crash", 1, true},
    Act{"pg_backend_kill", 1, true},
    Act{"pg_terminate", 2, true},
    Act{"pg_readonly", 1, true},
    Act{"pg_few", 1, true},
    Act{"pg_default", 1, true},
    Act{"wire", 6, true},
    Act{"drchrono", 6, true},
    Act{"lag", 2, true},
    Act{"expire", 1, true},
    Act{"pubsub", 4, true},
};

std::string kind_with_events(Dice& dice) {
    return dice.one_of(
        {"patients", "patients", "appointments", "appointments", "medications", "problems", "allergies", "line_items"});
}

using With = std::map<std::string, std::string, std::less<>>;

With clinic_step(std::string_view act, Dice& dice) {
    With with{{"pick", dice.pick()}};
    if (act == "edit") {
        with["kind"] = dice.chance(12) ? dice.one_of({"doctors", "offices", "clinical_notes"}) : kind_with_events(dice);
        if (dice.chance(10)) with["silent"] = "1";
        else if (dice.chance(10)) with["held"] = "1";
        if (dice.chance(5)) with["keeps_clock"] = "1";
        if (dice.chance(15)) with["twice"] = "1";  // within one second: one clock for two states
    } else if (act == "create") {
        with["kind"] = dice.chance(10) ? "clinical_notes" : kind_with_events(dice);
        if (dice.chance(15)) with["held"] = "1";
    } else if (act == "remove") {
        with["kind"] = dice.one_of({"appointments", "line_items", "medications", "problems", "allergies"});
    } else if (act == "zone") {
        with["zone"] = dice.one_of(
            {"America/New_York", "America/Chicago", "America/Phoenix", "America/Los_Angeles", "Nowhere/Land"});
    } else if (act == "move") {
        with["days"] = std::to_string(dice.between(-2, 2));
        with["status"] = dice.one_of({"", "Complete", "Cancelled", "No_Show", "Rescheduled", "Arrived"});
    } else if (act == "advance") {
        with["seconds"] = dice.one_of({"3600", "3600", "7300", "61"});
    } else if (act == "hand") {
        with["kind"] = kind_with_events(dice);
        with["form"] = dice.one_of({"id_only", "object", "object", "twice", "foreign", "unknown", "ping"});
    }
    return with;
}

With process_step(std::string_view act, Dice& dice) {
    With with{{"instance", std::to_string(dice.below(4))}};
    if (act == "kill_at") {
        with["point"] =
            dice.one_of({"inbox.before_append", "inbox.after_append", "apply.after_taken", "apply.after_claim",
                         "apply.after_store", "apply.before_commit", "apply.after_commit", "fetch.after_answer",
                         "fetch.after_commit", "outbox.published", "filing.before_commit", "filing.after_commit",
                         "reconcile.before_commit", "reconcile.after_commit", "tokens.received"});
        with["nth"] = std::to_string(dice.between(1, 4));
    } else if (act == "suspend") {
        // A lease is 15 s: some longer than one.
        with["ms"] = std::to_string(dice.chance(30) ? dice.between(15'500, 22'000) : dice.between(200, 5'000));
    } else if (act == "kill") {
        with["down_ms"] = std::to_string(dice.between(50, 3'000));
    }
    return with;
}

With database_step(std::string_view act, Dice& dice) {
    With with;
    if (act == "pg_readonly" || act == "pg_few") with["ms"] = std::to_string(dice.between(500, 5'000));
    if (act == "pg_crash") with["ms"] = std::to_string(dice.between(0, 1'500));
    if (act == "pg_default")
        with["what"] = dice.one_of({"serializable", "repeatable", "datestyle", "timezone", "bytea"});
    return with;
}

With other_step(std::string_view act, Dice& dice) {
    With with;
    if (act == "wire") {
        with["to"] = dice.one_of({"postgres", "postgres", "drchrono", "pubsub"});
        with["does"] = dice.one_of({"cut", "cut", "delay", "halfopen", "throttle"});
        with["at"] = dice.one_of({"0", "1", "17", "100", "700", "3000", "20000", std::string_view{"200000"}});
        with["ms"] = std::to_string(dice.between(300, 5'000));
    } else if (act == "drchrono") {
        with["kind"] = dice.one_of({"throttled", "error_500", "error_500", "html", "truncated", "slow", "cut",
                                    "unauthorized", "revoked", "forbidden", "redirect", "bulk_failed", "bulk_canceled",
                                    "bulk_error", "misshaped", "circle"});
        with["count"] = std::to_string(dice.between(1, 6));
        with["wait"] = std::to_string(dice.between(1, 4));
    } else if (act == "lag") {
        with["lag_ms"] = std::to_string(dice.between(500, 9'000));
        with["ms"] = std::to_string(dice.between(2'000, 9'000));
    } else if (act == "pubsub") {
        with["refuses"] = dice.one_of({"everything", "key", "message", "answer"});
        with["status"] = dice.one_of({"503", "429", "500", "400", "404", "0"});
        with["ms"] = std::to_string(dice.between(500, 5'000));
    } else if (act == "webhooks") {
        with["drop"] = dice.one_of({"0", "0", "0.2", "0.5"});
        with["duplicate"] = dice.one_of({"0", "0.3", "0.7"});
        with["shuffle_ms"] = dice.one_of({"0", "400", "3000"});
        with["current"] = dice.one_of({"0", "1"});
    }
    return with;
}

With caller_step(std::string_view act, Dice& dice) {
    With with{{"instance", std::to_string(dice.below(4))}, {"pick", dice.pick()}};
    if (act == "run") {
        with["kind"] = dice.one_of({"all", "all", "patients", "appointments", "clinical-notes", "medications",
                                    "problems", "allergies", "line-items", "doctors", "offices"});
        with["query"] = dice.one_of({"", "", "mode=full", "since=2h", "restart=true", "mode=full&restart=true"});
    } else if (act == "person") {
        with["does"] = dice.one_of({"link", "link", "unlink", "unlinkable", "hand_back", "retry", "retry_all", "run"});
    } else if (act == "note") {
        with["does"] =
            dice.one_of({"file", "file", "file", "repeat", "repeat_bytes", "edit", "edit", "without_appointment",
                         "without_appointment", "wrong_patient", "two_in_one_day", "anonymous", "early", "corrupted"});
    }
    return with;
}

With parameters(std::string_view act, Dice& dice) {
    constexpr std::array clinic{"edit", "create",  "remove", "lock",  "unlock", "move",
                                "zone", "advance", "hand",   "stale", "release"};
    constexpr std::array processes{"kill", "kill_at", "suspend", "restart", "reload"};
    constexpr std::array callers{"run", "person", "note"};
    if (std::ranges::find(clinic, act) != clinic.end()) return clinic_step(act, dice);
    if (std::ranges::find(processes, act) != processes.end()) return process_step(act, dice);
    if (std::ranges::find(callers, act) != callers.end()) return caller_step(act, dice);
    return act.starts_with("pg_") ? database_step(act, dice) : other_step(act, dice);
}

std::string_view drawn_act(Dice& dice, bool with_faults) {
    int sum = 0;
    for (const auto& act : table) sum += with_faults || !act.fault ? act.weight : 0;
    auto at = dice.below(sum);
    for (const auto& act : table) {
        if (act.fault && !with_faults) continue;
        if ((at -= act.weight) < 0) return act.name;
    }
    return table.front().name;
}

bool read_number(std::string_view text, std::int64_t& number) {
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failed == std::errc{} && end == text.data() + text.size();
}

bool read_head(std::istringstream& words, Plan& plan) {
    std::string word;
    while (words >> word) {
        const auto split = word.find('=');
        std::int64_t number = 0;
        if (split == std::string::npos || !read_number(std::string_view{word}.substr(split + 1), number)) return false;
        const auto name = word.substr(0, split);
        if (name == "seed") plan.seed = static_cast<std::uint64_t>(number);
        else if (name == "instances") plan.instances = static_cast<int>(std::clamp<std::int64_t>(number, 1, 8));
        else if (name == "patients") plan.patients = static_cast<int>(std::clamp<std::int64_t>(number, 1, 1'000));
        else if (name == "per_10min") plan.per_10min = static_cast<int>(number);
        else return false;
    }
    return true;
}

bool read_step(std::istringstream& words, std::string_view pause, Step& step) {
    std::int64_t wait = 0;
    if (!pause.starts_with('+') || !read_number(pause.substr(1), wait) || !(words >> step.act)) return false;
    step.pause = std::chrono::milliseconds{wait};
    if (std::ranges::find(table, step.act, &Act::name) == table.end()) return false;
    std::string word;
    while (words >> word) {
        const auto split = word.find('=');
        if (split == std::string::npos) return false;
        step.with[word.substr(0, split)] = word.substr(split + 1);
    }
    return true;
}

}  // namespace

std::string Step::text(std::string_view name) const {
    const auto found = with.find(name);
    return found == with.end() ? std::string{} : found->second;
}

std::int64_t Step::number(std::string_view name, std::int64_t otherwise) const {
    const auto found = with.find(name);
    std::int64_t value = 0;
    return found != with.end() && read_number(found->second, value) ? value : otherwise;
}

std::span<const Act> acts() noexcept { return table; }

Plan make_plan(const PlanOptions& options) {
    Dice dice{options.seed};
    Plan plan{.seed = options.seed};
    const auto instances = static_cast<int>(dice.between(2, 4));
    plan.instances = options.instances > 0 ? options.instances : instances;
    plan.patients = static_cast<int>(dice.between(3, 8));
    plan.per_10min = dice.chance(20) ? static_cast<int>(dice.between(120, 400)) : 0;
    const auto mean = std::chrono::milliseconds{options.duration}.count() / std::max(options.steps, 1);
    for (int at = 0; at < options.steps; ++at) {
        Step step;
        // Steps come in bursts: half of them at once behind the one before.
        step.pause = std::chrono::milliseconds{dice.chance(50) ? 0 : dice.between(0, 4 * mean)};
        step.act = drawn_act(dice, at > 2);
        step.with = parameters(step.act, dice);
        std::erase_if(step.with, [](const auto& one) { return one.second.empty(); });
        plan.steps.push_back(std::move(step));
    }
    return plan;
}

std::string text_of(const Step& step) {
    auto line = fmt::format("+{} {}", step.pause.count(), step.act);
    for (const auto& [name, value] : step.with) line += fmt::format(" {}={}", name, value);
    return line;
}

std::string text_of(const Plan& plan) {
    auto text = fmt::format("history seed={} instances={} patients={} per_10min={}\n", plan.seed, plan.instances,
                            plan.patients, plan.per_10min);
    for (const auto& step : plan.steps) text += text_of(step) + '\n';
    return text;
}

Result<Plan> parse_plan(std::string_view text) {
    Plan plan;
    std::istringstream lines{std::string{text}};
    std::string line;
    while (std::getline(lines, line)) {
        std::istringstream words{line};
        std::string first;
        if (!(words >> first) || first.starts_with('#')) continue;
        Step step;
        const bool head = first == "history";
        if (head ? !read_head(words, plan) : !read_step(words, first, step))
            return Error{Fault::bad_input, "not a line of a plan: " + line};
        if (!head) plan.steps.push_back(std::move(step));
    }
    return plan;
}

std::string coverage_name(const Step& step) {
    for (const auto* which : {"does", "refuses", "what", "form", "point"})
        if (const auto value = step.text(which); !value.empty())
            return step.act + ':' + (step.act == "wire" ? step.text("to") + ':' : "") + value;
    return step.act == "drchrono" ? "drchrono:" + step.text("kind") : step.act;
}

}  // namespace dcs::histories
