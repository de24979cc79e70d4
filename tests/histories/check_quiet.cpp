#include "checker.hpp"

#include <fmt/format.h>

namespace dcs::histories {

std::string unfinished(const World& world) {
    try {
        return world.ask(R"sql(
            select concat_ws(', ',
                (select string_agg(state || ' deliveries: ' || n, ', ') from
                    (select state, count(*) as n from inbox where state in ('pending', 'processing', 'waiting')
                     group by state) s),
                (select 'fetches: ' || string_agg(table_name || ' ' || drchrono_id || ' in '
                        || round(extract(epoch from next_try_at - now())) || ' s' || coalesce(' after ' || last_error, ''), '; ')
                 from fetches where state <> 'dead'),
                (select 'events: ' || count(*) || coalesce(', last error ' || max(last_error), '')
                 from outbox where published_at is null having count(*) > 0),
                (select 'relinks: ' || count(*) from relinks having count(*) > 0),
                (select 'rewrites: ' || count(*) from rewrites having count(*) > 0)))sql");
    } catch (const std::exception& thrown) {
        return std::string{"the database does not answer: "} + thrown.what();
    }
}

void check_in_sync(World& world, Violations& found) {
    for (int nth = 0; nth < world.fleet->size(); ++nth) {
        std::string told;
        const auto fits = [&] {
            const auto answer = world.look_as_person(nth, "/overview");
            const auto page = Document::parse(answer.body);
            const auto* state = page ? page->value.find({"in_sync", "state"}) : nullptr;
            const auto* because = page ? page->value.find({"in_sync", "because"}) : nullptr;
            told = state == nullptr ? fmt::format("status {}", answer.status)
                                    : state->text() + (because ? because->text() : "");
            if (state == nullptr || state->string() == "yes") return state != nullptr;
            // What was refused for good is told until a person has seen to it.
            const bool open =
                world.ask(
                    "select exists (select from inbox where state in ('dead', 'unreadable')) or exists (select from"
                    " fetches where state = 'dead') or exists (select from sync_failures where resolved_at is null)") ==
                "t";
            return open && state->string() == "incomplete";
        };
        if (!world.turn_until(fits, std::chrono::seconds{60}))
            found.push_back({"liveness:in_sync",
                             fmt::format("instance {} does not say that the mirror is in sync: {}", nth, told)});
    }
}

}  // namespace dcs::histories
