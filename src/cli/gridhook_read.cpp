#include "app/settings.hpp"
#include "audit/access_log.hpp"
#include "audit/patients_named.hpp"
#include "base/counted.hpp"
#include "cli/commands.hpp"
#include "cli/person.hpp"
#include "cli/seen_values.hpp"
#include "cli/start_settings.hpp"
#include "cli/values.hpp"
#include "cli/whole_id.hpp"
#include "cli/with_database.hpp"
#include "deepcura/account.hpp"
#include "deepcura/envelope.hpp"
#include "deepcura/probe.hpp"
#include "deepcura/reread.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>

namespace dcs::cli {

namespace {

constexpr std::size_t widest_path = 40;

std::optional<std::string> content_of(const std::string& path) {
    if (path == "-") return std::string{std::istreambuf_iterator<char>{std::cin}, {}};
    std::ifstream file{path, std::ios::binary};
    if (!file) return std::nullopt;
    return std::string{std::istreambuf_iterator<char>{file}, {}};
}

int complain(std::string_view what, int status) {
    fmt::print(stderr, "drchrono-sync: {}\n", what);
    return status;
}

std::string setting_or_nothing(std::string_view name) {
    auto value = app::read_setting(app::environment(), name);
    return value ? std::move(*value) : std::string{};
}

/// The payload within what was captured, and how it was opened.
struct Captured {
    std::string payload;
    std::string how;
};
Result<Captured> open_captured(std::string captured, const deepcura::Source& source) {
    const auto body = deepcura::unwrap_json(captured);
    const auto* value = body ? &body->value : nullptr;
    const bool enveloped = source.encrypted && (!value || deepcura::cipher_text_in(*value));
    if (!enveloped) {
        const auto plain = deepcura::unwrap_object(captured);
        if (!plain) return Error{Fault::bad_input, "what is in the file is " + plain.error().detail + ": no note"};
        return Captured{std::move(captured), "plain JSON"};
    }
    const auto first = captured.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
    const bool meant_as_json = first != std::string::npos && (captured[first] == '{' || captured[first] == '[');
    if (!value && meant_as_json)
        return Error{Fault::bad_input, "what is in the file begins as JSON, but is not JSON: no note"};
    const auto probe = deepcura::probe(captured, setting_or_nothing("DEEPCURA_SHARED_SECRET"),
                                       setting_or_nothing("DEEPCURA_SHARED_SECRET_PREVIOUS"));
    const auto fits = std::ranges::find(probe.trials, deepcura::Fit::fits, &deepcura::Trial::fit);
    if (fits != probe.trials.end())
        return Captured{fits->plain, fmt::format("opened by {} with the {} secret", deepcura::name_of(fits->scheme),
                                                 fits->previous ? "previous" : "current")};
    const auto otherwise = std::ranges::find(probe.trials, deepcura::Fit::opens_otherwise, &deepcura::Trial::fit);
    if (otherwise != probe.trials.end())
        return Error{Fault::bad_input, fmt::format("{} opens it, but what is inside is {}: no note",
                                                   deepcura::name_of(otherwise->scheme), otherwise->inside)};
    const bool may_be_plain = value && value->is_object() && value->find("encrypted_payload") == nullptr;
    if (may_be_plain) return Captured{std::move(captured), "plain JSON"};
    const bool prose = value && value->string() && value->string()->find(' ') != std::string_view::npos;
    if (prose) return Error{Fault::bad_input, "what is in the file is JSON, but a text: no note"};
    return Error{Fault::unauthorized, "it does not open: set DEEPCURA_SHARED_SECRET, or see `gridhook probe`"};
}

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, ", ")); }

std::string became(const deepcura::MemberAccount& member) {
    std::vector<std::string> said;
    if (!member.became.empty()) said.push_back(joined(member.became));
    if (!member.not_taken.empty()) said.push_back("not taken, another member is: " + joined(member.not_taken));
    if (member.envelope) said.emplace_back("envelope: does not make it another note");
    if (said.empty()) said.emplace_back("left over: in gridhook_raw only");
    return fmt::format("{}", fmt::join(said, "; "));
}

std::string text_of(const Document& value) {
    const auto text = value.string();
    return text ? std::string{*text} : value.text();
}

void print_account(const deepcura::Account& account, bool show) {
    std::size_t width = 0;
    for (const auto& member : account.members) width = std::max(width, std::min(member.path.size(), widest_path));
    for (const auto& member : account.members) {
        fmt::print("  {:<{}}  {}\n", member.path, width, became(member));
        if (show) fmt::print("  {:<{}}    {}\n", "", width, text_of(*member.value));
    }
    if (!account.complete) fmt::print("  further members are not told of\n");
    const auto left = std::ranges::count_if(account.members, [](const auto& each) {
        return each.became.empty() && each.not_taken.empty() && !each.envelope;
    });
    fmt::print("{}, {} left over; flags: {}\n", counted(account.members.size(), "member"), left,
               account.flags.empty() ? "none" : joined(account.flags));
    if (!show) return;
    for (const auto& [column, value] : account.columns) fmt::print("  {} = {}\n", column, value.value_or(""));
}

/// Reads notes anew, one after the other.
class Rereading {
public:
    Rereading(pg::Pool& pool, const app::Settings& settings, const RereadOptions& options)
        : pool_{pool},
          options_{options},
          settings_{settings.practice_timezone, settings.omit_fields, person(), options.apply} {}

    Async<int> run() {
        auto resolving = whole_ids(pool_, IdOf::note, options_.ids);
        auto resolved = co_await std::move(resolving);
        if (!resolved) co_return complain(resolved.error().detail, 1);
        auto ids = std::move(*resolved);
        std::string after;
        const bool all = ids.empty();
        for (;;) {
            if (all) {
                auto asking = deepcura::notes_to_reread(pool_, after, page);
                auto next = co_await std::move(asking);
                if (!next) co_return complain(next.error().detail, 1);
                ids = std::move(*next);
            }
            for (const auto& id : ids) {
                auto reading = one(id);
                const auto read = co_await std::move(reading);
                if (!read) co_return complain(read.error().detail, 1);
            }
            if (!all || ids.empty()) break;
            after = ids.back();
        }
        fmt::print(
            "{} read: {} {}, {} unchanged, {} not read\n", counted(read_, "note"), changed_,
            options_.apply ? verb_for(changed_, "stored as a new version", "stored as new versions") : "would change",
            read_ - changed_ - failed_, failed_);
        if (changed_ > 0 && !options_.apply) fmt::print("Nothing was stored: --apply stores them as new versions.\n");
        co_return failed_ > 0 && !all ? 1 : 0;
    }

private:
    static constexpr int page = 100;

    Async<Result<>> one(std::string id) {
        ++read_;
        auto reading = deepcura::reread(pool_, id, settings_);
        const auto read = co_await std::move(reading);
        if (!read) co_return read.error();
        switch (read->outcome) {
        case deepcura::RereadOutcome::unchanged: co_return Result<>{};
        case deepcura::RereadOutcome::replaced: skip(id, "a later version has replaced it"); co_return Result<>{};
        case deepcura::RereadOutcome::not_kept: skip(id, "its payload is not kept any more"); co_return Result<>{};
        case deepcura::RereadOutcome::unreadable: skip(id, "its payload does not open"); co_return Result<>{};
        case deepcura::RereadOutcome::unknown: skip(id, "there is no such note"); co_return Result<>{};
        case deepcura::RereadOutcome::changed: break;
        }
        ++changed_;
        if (options_.show) {
            auto logging = log_access(id, *read);
            const auto logged = co_await std::move(logging);
            if (!logged) co_return logged.error();
        }
        std::vector<std::string> columns;
        for (const auto& change : read->changes) columns.push_back(change.column);
        fmt::print("{}{}: {}\n", id, read->new_id.empty() ? "" : " -> " + read->new_id, joined(columns));
        if (options_.show)
            for (const auto& change : read->changes)
                fmt::print("    {}\n      was {}\n      is  {}\n", change.column, change.before, change.after);
        co_return Result<>{};
    }

    void skip(const std::string& id, std::string_view why) {
        ++failed_;
        fmt::print("{}: {}\n", id, why);
    }

    /// Whose note is shown, before it is: whom the note shows, whom the new version does, and whom what changes names.
    Async<Result<>> log_access(std::string id, const deepcura::Reread& read) {
        auto question = pg::sql(
            "select distinct p::text from deepcura_notes n, "
            "lateral (select patients_of_note(n.id) union select patients_of_note(nullif($2, '')::uuid)) as u (p) "
            "where n.id = $1::uuid",
            id, read.new_id);
        const auto rows = co_await pool_.run(std::move(question));
        if (!rows) co_return rows.error();
        std::set<std::string> patients;
        for (int row = 0; row < rows->size(); ++row) patients.insert(rows->string(row, 0));
        for (const auto& change : read.changes) {
            const auto member =
                "{" + json_quoted(change.column == "drchrono_patient_id" ? "patient" : change.column) + ":";
            for (const auto* value : {&change.before, &change.after})
                for (auto& number : audit::patients_named_in(member + *value + "}")) patients.insert(std::move(number));
        }
        std::vector<audit::Target> targets;
        for (const auto& patient : patients) targets.push_back({id, {}, patient});
        if (targets.empty()) targets.push_back({id, {}, {}});
        audit::Access access{
            .actor = person(), .role = "cli", .action = "gridhook.reread", .table_name = "deepcura_notes"};
        auto statement = audit::insert_accesses(access, targets);
        const auto logged = co_await pool_.run(std::move(statement));
        if (!logged) co_return logged.error();
        co_return Result<>{};
    }

    pg::Pool& pool_;
    const RereadOptions& options_;
    deepcura::RereadSettings settings_;
    std::int64_t read_ = 0;
    std::int64_t changed_ = 0;
    std::int64_t failed_ = 0;
};

Async<int> reread_all(pg::Pool& pool, const app::Settings& settings, const RereadOptions& options) {
    Rereading rereading{pool, settings, options};
    auto running = rereading.run();
    co_return co_await std::move(running);
}

int read_and_print(const ReadOptions& options, bool show) {
    const auto* source = deepcura::find_source(options.source);
    if (source == nullptr) return complain("there is no source " + options.source, 2);
    auto captured = content_of(options.file);
    if (!captured) return complain(options.file + " cannot be read", 2);
    const auto opened = open_captured(std::move(*captured), *source);
    if (!opened) return complain(opened.error().detail, 1);
    const auto settings = app::read_settings(app::environment(), true);
    if (!settings) return complain(settings.error().detail, 2);
    const auto gridhook = deepcura::read_opened(opened->payload, settings->omit_fields, *source);
    const auto payload = gridhook ? Document::parse(gridhook->raw) : Result<Document::Parsed>{gridhook.error()};
    if (!payload || !payload->value.is_object()) return complain("the payload is no JSON object", 1);
    fmt::print("{}: {}, {}\n", source->name, opened->how, counted(opened->payload.size(), "byte"));
    if (gridhook->omitted) fmt::print("left out, as OMIT_FIELDS says: members that are never stored\n");
    const auto& note = gridhook->note;
    const bool shown = show && write_down_seen("gridhook.read", gridhook->raw, {note.patient_id, note.appointment_id});
    print_account(deepcura::account_of(payload->value, *source), shown);
    return 0;
}

}  // namespace

int gridhook_read(const ReadOptions& options) {
    if (!options.out.empty() && !print_into(options.out)) return 2;
    const bool show = options.show || !options.out.empty() || may_print_values();
    if (show && !may_print_values()) {
        fmt::print(stderr, "{}", shown_where);
        return 2;
    }
    return keep_what_was_printed(options.out, read_and_print(options, show));
}

int gridhook_reread(bool dev, const RereadOptions& options) {
    const auto settings = start_settings(dev);
    if (!settings || (!options.out.empty() && !print_into(options.out))) return 2;
    if (options.show && !may_print_values()) {
        fmt::print(stderr, "{}", shown_where);
        return 2;
    }
    const int status = with_database(*settings, [&](pg::Pool& pool) { return reread_all(pool, *settings, options); });
    return keep_what_was_printed(options.out, status);
}

}  // namespace dcs::cli
