#include "checker.hpp"

namespace dcs::histories {

std::string unfinished(const World& world) {
    try {
        return world.ask(R"sql(
            select concat_ws(', ',
                (select string_agg(state || ' deliveries: ' || n, ', ') from
                    (select state, count(*) as n from inbox where state in ('pending', 'processing', 'waiting') group by state) s),
                (select 'fetches: ' || string_agg(table_name || ' ' || drchrono_id || ' in ' || round(extract(epoch from next_try_at - now())) || ' s'
                        || coalesce(' after ' || last_error, ''), '; ') from fetches where state <> 'dead'),
                (select 'events: ' || count(*) || coalesce(', last error ' || max(last_error), '') from outbox where published_at is null having count(*) > 0),
                (select 'relinks: ' || count(*) from relinks having count(*) > 0),
                (select 'rewrites: ' || count(*) from rewrites having count(*) > 0)))sql");
    } catch (const std::exception& thrown) {
        return std::string{"the database does not answer: "} + thrown.what();
    }
}

}  // namespace dcs::histories
