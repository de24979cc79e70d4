#include "deepcura/gridhook.hpp"
#include "app/settings.hpp"
#include "base/counted.hpp"
#include "cli/commands.hpp"
#include "cli/seen_values.hpp"
#include "cli/start_settings.hpp"
#include "cli/values.hpp"
#include "cli/whole_id.hpp"
#include "cli/with_database.hpp"
#include "deepcura/probe.hpp"
#include "deepcura/sources.hpp"
#include "inbox/claims.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>

namespace dcs::cli {

namespace {

std::optional<std::string> content_of(const std::string& path) {
    if (path == "-") return std::string{std::istreambuf_iterator<char>{std::cin}, {}};
    std::ifstream file{path, std::ios::binary};
    if (!file) return std::nullopt;
    return std::string{std::istreambuf_iterator<char>{file}, {}};
}

/// A secret from the environment; says on standard error what is wrong with it.
std::optional<std::string> secret(std::string_view name) {
    auto value = app::read_setting(app::environment(), name);
    if (value) return std::move(*value);
    fmt::print(stderr, "drchrono-sync: {}\n", value.error().detail);
    return std::nullopt;
}

void print_trial(const deepcura::Trial& trial, bool show) {
    fmt::print("  {:<18} {:<9} {}", deepcura::name_of(trial.scheme), trial.previous ? "previous" : "current",
               deepcura::text_of(trial.fit));
    if (trial.fit == deepcura::Fit::fits) fmt::print(": a JSON object of {}", counted(trial.plain.size(), "byte"));
    if (trial.fit == deepcura::Fit::opens_otherwise) fmt::print(" {}", trial.inside);
    fmt::print("\n");
    if (show && trial.fit == deepcura::Fit::fits) fmt::print("{}\n", trial.plain);
}

void print_advice(const deepcura::Probe& probe) {
    const auto with = [&](deepcura::Fit fit) { return std::ranges::find(probe.trials, fit, &deepcura::Trial::fit); };
    if (const auto fits = with(deepcura::Fit::fits); fits != probe.trials.end()) {
        fmt::print("Set DEEPCURA_CIPHER={}.{}\n", deepcura::name_of(fits->scheme),
                   fits->previous ? " It took the previous secret: the sender does not have the current one yet." : "");
    } else if (const auto other = with(deepcura::Fit::opens_otherwise); other != probe.trials.end()) {
        fmt::print(
            "The secret and {} are right; what is inside is {}, not a JSON object: ask Deep Cura what it sends.\n",
            deepcura::name_of(other->scheme), other->inside);
    } else if (const auto near = with(deepcura::Fit::wrong_iv); near != probe.trials.end()) {
        fmt::print("The key of {} is right; the IV comes from somewhere else: ask Deep Cura where.\n",
                   deepcura::name_of(near->scheme));
    } else if (!probe.trials.empty()) {
        fmt::print("Nothing fits: the secret is another one, the body was altered, or the scheme is none of ours.\n");
    }
}

Async<int> put_back(pg::Pool& pool, std::vector<std::string> ids) {
    auto resolving = whole_ids(pool, IdOf::delivery, std::move(ids));
    const auto resolved = co_await std::move(resolving);
    if (!resolved) {
        fmt::print(stderr, "drchrono-sync: {}\n", resolved.error().detail);
        co_return 1;
    }
    ids = *resolved;
    std::vector<pg::Statement> statements;
    for (const auto& source : deepcura::sources()) statements.push_back(inbox::replay(source.name, ids));
    const auto done = co_await pool.run(std::move(statements));
    if (!done) {
        fmt::print(stderr, "drchrono-sync: {}: {}\n", name_of(done.error().fault), done.error().detail);
        co_return 1;
    }
    std::int64_t replayed = 0;
    for (const auto& rows : *done) replayed += rows.affected();
    fmt::print("{} will be tried again by the service\n", counted(replayed, "delivery"));
    const bool refused = !ids.empty() && replayed < std::ssize(ids);
    if (refused) fmt::print(stderr, "drchrono-sync: only dead deliveries of scribes can be tried again\n");
    co_return refused ? 1 : 0;
}

int probe_and_print(const std::string& file, bool show) {
    const auto captured = content_of(file);
    if (!captured) {
        fmt::print(stderr, "drchrono-sync: {} cannot be read\n", file);
        return 2;
    }
    const auto current = secret("DEEPCURA_SHARED_SECRET");
    const auto previous = secret("DEEPCURA_SHARED_SECRET_PREVIOUS");
    if (!current || !previous) return 2;
    if (current->empty() && previous->empty()) {
        fmt::print(stderr, "drchrono-sync: DEEPCURA_SHARED_SECRET is missing: there is no key to try\n");
        return 2;
    }
    const auto probe = deepcura::probe(*captured, *current, *previous);
    const auto opened = std::ranges::find(probe.trials, deepcura::Fit::fits, &deepcura::Trial::fit);
    if (show && opened != probe.trials.end()) {
        const auto gridhook = deepcura::read_opened(opened->plain, {}, deepcura::deepcura_source());
        const auto note = gridhook ? gridhook->note : deepcura::Note{};
        show = write_down_seen("gridhook.probe", opened->plain, {note.patient_id, note.appointment_id});
    }
    fmt::print("{}\n", probe.hint);
    for (const auto& trial : probe.trials) print_trial(trial, show);
    print_advice(probe);
    return opened == probe.trials.end() ? 1 : 0;
}

}  // namespace

int gridhook_probe(const ProbeOptions& options) {
    if (!options.out.empty() && !print_into(options.out)) return 2;
    if (options.show && !may_print_values()) {
        fmt::print(stderr, "{}", shown_where);
        return 2;
    }
    return keep_what_was_printed(options.out, probe_and_print(options.file, options.show));
}

int gridhook_replay(bool dev, const std::vector<std::string>& ids) {
    const auto settings = start_settings(dev);
    if (!settings) return 2;
    return with_database(*settings, [&](pg::Pool& pool) { return put_back(pool, ids); });
}

}  // namespace dcs::cli
