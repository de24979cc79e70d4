// Whole reconciliations from a simulated DrChrono without limits, in a process of its own.
//
// Rows       line items: a kind that brings no records of another kind along, so that both sides write the same rows.
// Ratio      a full run through Run (first insert, all changed, all unchanged) against the same records, read beforehand, by one
//            INSERT … ON CONFLICT a page of 1,000 with the same columns, indexes, audit and outbox triggers.
// Changed    the mirror is altered instead of the account: the run sees a difference in every record.

#include "bench.hpp"

#include "base/encoding.hpp"
#include "crypto/crypto.hpp"
#include "reconcile/run.hpp"
#include "resources/mapping.hpp"
#include "simulator/options.hpp"
#include "upstream/tokens.hpp"

#include <fmt/format.h>

namespace dcs::bench {

namespace {

using namespace std::chrono_literals;
constexpr std::string_view measured = "line_items";

/// What a run needs, over a database of its own.
class Mirror {
public:
    Mirror(asio::io_context& io, const std::string& upstream)
        : io_{io},
          pool_{io.get_executor(), database.settings()},
          tokens_{io.get_executor(), pool_, client_, budget_, system_now, token_settings(upstream)},
          drchrono_{client_, tokens_, budget_, system_now, {.base_url = upstream}} {}
    ~Mirror() {
        test::run_async(io_, tasks_.join(10s));
        test::run_async(io_, pool_.close(1s));
    }

    reconcile::Report run(std::string_view table) {
        auto taking = pg::take_lease(pool_, "bench", "bench", 60min);
        reconcile::Run run{{pool_, store_, drchrono_, lister_, tasks_, io_.get_executor(), system_now, [] {}},
                           {},
                           {.listing = find_listing(table), .full = true},
                           test::run_async(io_, std::move(taking)).value().value(),
                           [] { return true; }};
        return test::run_async(io_, run.execute(), 60min).value();
    }
    std::vector<std::vector<Document>> pages() {
        std::vector<std::vector<Document>> all;
        std::string position;
        do {
            upstream::ListQuery list{.path = std::string{find_listing(measured)->bulk_path},
                                     .query = listing_query(*find_listing(measured), {}),
                                     .page_size = bulk_page,
                                     .bulk = true};
            auto asking = lister_.page(std::move(list), position, upstream::Priority::backfill);
            auto page = test::run_async(io_, std::move(asking)).value();
            position = page.next;
            all.emplace_back();
            for (std::size_t at = 0; at < page.items.size(); ++at)
                all.back().push_back(Document::parse(page.items[at]).value().value);
        } while (!position.empty());
        return all;
    }
    pg::Pool& pool() { return pool_; }

    test::TestDatabase database{};

private:
    static upstream::TokenSettings token_settings(const std::string& upstream) {
        const simulator::Options defaults;
        upstream::TokenSettings made{
            .base_url = upstream, .client_id = defaults.client_id, .client_secret = defaults.client_secret};
        made.access_token = defaults.access_token;
        made.refresh_token = defaults.refresh_token;
        made.sealing_secret = "sealing";
        return made;
    }

    asio::io_context& io_;
    pg::Pool pool_;
    net::Client client_{io_.get_executor(), "bench"};
    upstream::LocalBudget budget_{system_now, {0, 0, 0}, 1s};
    upstream::Tokens tokens_;
    upstream::Drchrono drchrono_;
    store::Store store_{store::Options{"America/New_York", {}}};
    upstream::Lister lister_{drchrono_, {.first_look = 1ms, .shortest_look = 1ms, .longest_pause = 5ms}};
    Tasks tasks_{io_.get_executor(), [](const std::string&, const std::string&) {}};
};

/// A page by one statement.
pg::Statement page_statement(const std::vector<Document>& items) {
    const auto& resource = *find_resource(measured);
    const auto count = resource.columns.size();
    std::vector<pg::ArrayBuilder> arrays(count + 3);
    for (const auto& item : items) {
        const auto mapped = map_columns(resource, item);
        for (std::size_t at = 0; at < count; ++at) arrays[at].add(mapped.values[at]);
        arrays[count].add(key_of(resource, item));
        arrays[count + 1].add(item.text());
        arrays[count + 2].add(to_hex(crypto::sha256(item.canonical())));
    }
    std::string names = "drchrono_id, drchrono_raw, hash_full, origin";
    std::string values = "u.k::bigint, u.r::jsonb, decode(u.h, 'hex'), 'api'";
    std::string sets = "drchrono_raw = excluded.drchrono_raw, hash_full = excluded.hash_full";
    std::string columns;
    std::string places;
    for (std::size_t at = 0; at < count; ++at) {
        const auto& column = resource.columns[at];
        names += fmt::format(", {}", column.name);
        values += fmt::format(", u.c{}::{}", at, sql_name(column.type));
        sets += fmt::format(", {0} = excluded.{0}", column.name);
        columns += fmt::format("c{}, ", at);
        places += fmt::format("${}::text[], ", at + 1);
    }
    pg::Statement statement{
        fmt::format("insert into {} as t ({}) select {} from unnest({}${}::text[], ${}::text[], ${}::text[]) as u "
                    "({}k, r, h) on conflict (drchrono_id) do update set {} "
                    "where t.hash_full is distinct from excluded.hash_full",
                    measured, names, values, places, count + 1, count + 2, count + 3, columns, sets),
        {}};
    for (auto& array : arrays) statement.params.emplace_back(std::move(array).take());
    return statement;
}

Async<> by_statements(pg::Pool& pool, const std::vector<std::vector<Document>>& pages) {
    for (const auto& page : pages) {
        auto statement = page_statement(page);
        const auto done = co_await pool.run(std::move(statement));
        if (!done) throw std::runtime_error{done.error().detail};
    }
}

template <class Work>
double timed(int rows, Work work) {
    const auto begun = steady_clock::now();
    work();
    return rate(rows, steady_clock::now() - begun);
}

/// Every record differs from the account's now, in JSON and hash.
void alter(const test::TestDatabase& database) {
    database.query("update line_items set drchrono_raw = jsonb_set(drchrono_raw, '{billing_status}', '\"Altered\"'), "
                   "hash_full = null, hash_brief = null");
    database.query("vacuum analyze line_items");
}

}  // namespace

void measure_runs(int patients) {
    asio::io_context io{1};
    const Upstream upstream{io, patients};
    Mirror ours{io, upstream.url()};
    Mirror theirs{io, upstream.url()};
    const auto pages = theirs.pages();
    int rows = 0;
    for (const auto& page : pages) rows += static_cast<int>(page.size());
    for (const auto* what : {"run: first insert", "run: all changed", "run: all unchanged"}) {
        if (std::string_view{what} == "run: all changed")
            for (auto* mirror : {&ours, &theirs}) alter(mirror->database);
        const auto limit = timed(rows, [&] { test::run_async(io, by_statements(theirs.pool(), pages), 60min); });
        const auto reached = timed(rows, [&] { ours.run(measured); });
        report(what, reached, limit);
    }
}

}  // namespace dcs::bench
