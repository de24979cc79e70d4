// The audit chain, the backups, and the drill that tried one.
#include "evidence/look.hpp"

#include "audit/chain.hpp"
#include "backup/manifest.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <fmt/format.h>

namespace dcs::evidence {

namespace {

constexpr auto last_seal_text =
    "select number, encode(hash, 'hex'), sealed_at from audit_seals order by number desc limit 1";

constexpr std::size_t shown_findings = 20;

std::string seconds_of(std::int64_t milliseconds) {
    return fmt::format("{:.1f} s", static_cast<double>(milliseconds) / 1000);
}

void fill_chain(Section& section, const audit::Verification& verified) {
    section.points = {{"seals", std::to_string(verified.seals)},
                      {"rows", std::to_string(verified.rows)},
                      {"rows not sealed yet", std::to_string(verified.unsealed)},
                      {"findings", std::to_string(verified.found())},
                      {"hash", verified.last_hash.empty() ? "none" : verified.last_hash}};
    for (const auto& [problem, count] : verified.counts)
        section.points.emplace_back(fmt::format("findings: {}", problem), std::to_string(count));
    for (const auto& finding : verified.findings) {
        if (section.rows.size() >= shown_findings) break;
        section.rows.push_back({finding.problem, finding.log.empty() ? "chain" : finding.log,
                                std::to_string(finding.seq), std::to_string(finding.seal)});
    }
}

}  // namespace

Async<Section> look_at_chain(const Sight& sight, pg::Pool& pool) {
    using namespace asio::experimental::awaitable_operators;
    Section section{
        .key = "chain",
        .title = "The audit chain",
        .source =
            "`audit verify` while the pack was made: each row of change_log and access_log hashed again, each seal "
            "confirmed by the service's key",
        .columns = {"problem", "log", "row", "seal"}};
    auto verifying = audit::verify(pool, app::seal_keys(sight.settings), {});
    auto waiting = sleep_for(chain_limit);
    auto first = std::move(verifying) || std::move(waiting);
    const auto outcome = co_await std::move(first);
    if (outcome.index() != 0) {
        section.missing =
            fmt::format("it takes longer than {} s: run `drchrono-sync audit verify`", chain_limit.count());
        co_return section;
    }
    const auto& verified = std::get<0>(outcome);
    if (!verified) {
        section.missing = "the database refused the question: " + verified.error().detail;
        co_return section;
    }
    fill_chain(section, *verified);
    pg::Statement question{last_seal_text};
    const auto rows = co_await pool.run(std::move(question));
    if (rows && !rows->empty()) {
        section.points.emplace_back("last seal", rows->string(0, 0));
        section.points.emplace_back("sealed at", time_or_never(*rows, 0, 2));
        if (const auto sealed = parse_iso8601(rows->string(0, 2)))
            section.points.emplace_back("age of the last seal", age_of(*sealed, sight.at));
    }
    co_return section;
}

Section look_at_backups(const Sight& sight) {
    const auto directory = app::backup_directory(sight.settings);
    Section section{.key = "backups",
                    .title = "Backups",
                    .source = "the manifests in " + directory.string() + "; backups that others make are not seen",
                    .columns = {"backup", "age", "rows", "bytes", "schema", "took", "manifest"}};
    const auto keys = app::seal_keys(sight.settings);
    for (const auto& place : backup::backups_in(directory)) {
        const auto manifest = backup::manifest_of(place, keys);
        const auto name = place.filename().string();
        if (!manifest) {
            section.rows.push_back({name, "", "", "", "", "", manifest.error().detail});
            continue;
        }
        if (manifest->made_at > sight.at) continue;
        std::int64_t rows = 0;
        for (const auto& [table, count] : manifest->rows) rows += count;
        section.rows.push_back({name, age_of(manifest->made_at, sight.at), std::to_string(rows),
                                std::to_string(manifest->bytes), std::to_string(manifest->schema),
                                seconds_of(manifest->milliseconds), "confirmed by the service's key"});
    }
    if (section.rows.empty()) section.missing = "there is no backup in " + directory.string();
    section.points = {{"backups", std::to_string(section.rows.size())}, {"encrypted by the program", "no"}};
    return section;
}

Async<Section> look_at_drill(const Sight& sight, pg::Pool& pool) {
    Section section{.key = "restore_drill",
                    .title = "Restore drills",
                    .source = "table restore_drills: the last ten",
                    .columns = {"drilled at", "backup", "backup's age then", "took", "rows", "result"}};
    auto question =
        pg::sql("select drilled_at, backup, backup_made_at, milliseconds, rows, ok, failure from restore_drills "
                "where drilled_at <= $1::timestamptz order by id desc limit 10",
                iso8601(sight.at));
    const auto rows = co_await pool.run(std::move(question));
    if (!rows) section.missing = "the database refused the question: " + rows.error().detail;
    else if (rows->empty()) section.missing = "no drill was made: `drchrono-sync restore-drill`";
    if (!section.shown()) co_return section;
    for (int row = 0; row < rows->size(); ++row) {
        const auto drilled = parse_iso8601(rows->string(row, 0));
        const auto made = parse_iso8601(rows->string(row, 2));
        section.rows.push_back({time_or_never(*rows, row, 0), rows->string(row, 1),
                                drilled && made ? age_of(*made, *drilled) : "none", seconds_of(rows->integer(row, 3)),
                                rows->string(row, 4),
                                rows->boolean(row, 5) ? "verified" : "failed: " + rows->string(row, 6)});
    }
    section.points = {{"drilled at", section.rows.front().front()},
                      {"result", rows->boolean(0, 5) ? "verified" : "failed"},
                      {"failure", rows->string(0, 6)}};
    if (const auto drilled = parse_iso8601(rows->string(0, 0)))
        section.points.emplace_back("age of the last drill", age_of(*drilled, sight.at));
    co_return section;
}

}  // namespace dcs::evidence
