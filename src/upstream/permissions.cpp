#include "upstream/permissions.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::upstream {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::string interval_of(milliseconds length) { return fmt::format("{} milliseconds", length.count()); }

/// The kind is closed. Columns `at` and the next two: since when, its next probe, and milliseconds until then.
Error closed(const std::string& kind, const pg::Rows& rows, int at) {
    return {Fault::forbidden,
            fmt::format("not permitted: DrChrono has refused {} since {}; the next probe is at {}", kind,
                        rows.string(0, at), rows.string(0, at + 1)),
            std::max(1ms, milliseconds{rows.maybe_integer(0, at + 2).value_or(0)})};
}

constexpr std::string_view closing_columns =
    "to_char(closed_since at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),"
    " to_char(probe_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),"
    " ceil(extract(epoch from probe_at - clock_timestamp()) * 1000)::bigint";

Error own_refusal() { return {Fault::forbidden, "DrChrono refuses this record (403), not its kind"}; }

}  // namespace

Place place_of(std::string_view url) {
    constexpr std::string_view api = "/api/";
    const auto scheme = url.find("://");
    const auto path_at = url.find('/', scheme == url.npos ? 0 : scheme + 3);
    if (path_at == url.npos) return {};
    auto path = url.substr(path_at);
    path = path.substr(0, path.find_first_of("?#"));
    if (!path.starts_with(api)) return {};
    path.remove_prefix(api.size());
    while (path.ends_with('/')) path.remove_suffix(1);
    const auto slash = std::min(path.find('/'), path.size());
    Place place{.kind = std::string{path.substr(0, slash)}};
    if (slash < path.size()) place.id = std::string{path.substr(slash + 1)};
    constexpr std::string_view bulk = "_list";
    if (place.kind.empty() || place.id.find('/') != std::string::npos || place.id == "current") return {};
    if (place.kind.ends_with(bulk)) {
        place.kind.resize(place.kind.size() - bulk.size());
        place.form = Place::Form::bulk;
    } else {
        place.form = place.id.empty() ? Place::Form::list : Place::Form::record;
    }
    return place;
}

pg::Statement select_not_permitted() {
    return {"select table_name, to_char(since at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),"
            " to_char(next_probe_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), items_only "
            "from forbidden_kinds where since is not null order by table_name"};
}

std::vector<ForbiddenKind> forbidden_kinds_of(const pg::Rows& rows) {
    std::vector<ForbiddenKind> kinds;
    for (int row = 0; row < rows.size(); ++row)
        kinds.push_back({rows.string(row, 0), rows.string(row, 1), rows.string(row, 2), rows.boolean(row, 3)});
    return kinds;
}

Async<Result<std::vector<ForbiddenKind>>> not_permitted(pg::Pool& pool) {
    auto statement = select_not_permitted();
    const auto rows = co_await pool.run(std::move(statement));
    if (!rows) co_return rows.error();
    co_return forbidden_kinds_of(*rows);
}

std::string names_of(const std::vector<ForbiddenKind>& kinds) {
    std::string names;
    for (const auto& kind : kinds) names += (names.empty() ? "" : ", ") + kind.table;
    return names;
}

Async<Result<pg::Rows>> Permissions::call(pg::Statement statement) {
    auto rows = co_await pool_.run(std::move(statement));
    if (!rows)
        co_return Error{Fault::unavailable,
                        fmt::format("the permissions: {}: {}", name_of(rows.error().fault), rows.error().detail)};
    co_return rows;
}

/// Reads which kinds have a row, unless that was done a moment ago.
Async<Result<>> Permissions::look() {
    if (looked_at_ != steady_clock::time_point{} && steady_clock::now() - looked_at_ < settings_.trust)
        co_return Result<>{};
    auto asking = call(pg::Statement{"select table_name, since is not null, refused_ids <> '{}' from forbidden_kinds"});
    const auto rows = co_await std::move(asking);
    if (!rows) co_return rows.error();
    known_.clear();
    for (int row = 0; row < rows->size(); ++row)
        known_[rows->string(row, 0)] = {rows->boolean(row, 1), rows->boolean(row, 2)};
    looked_at_ = steady_clock::now();
    co_return Result<>{};
}

Async<Result<bool>> Permissions::enter(Place place) {
    if (place.form == Place::Form::other) co_return false;
    const auto looked = co_await look();
    if (!looked) co_return looked.error();
    const auto known = known_.find(place.kind);
    if (known == known_.end() || !known->second.closed) co_return false;
    auto statement = pg::sql(
        fmt::format("select permitted, probe, {} from enter_kind($1, $2::boolean, $3::boolean, $4::interval)",
                    closing_columns),
        place.kind, place.form != Place::Form::record, place.form != Place::Form::bulk, interval_of(settings_.pause));
    auto asking = call(std::move(statement));
    const auto rows = co_await std::move(asking);
    if (!rows) co_return rows.error();
    if (!rows->boolean(0, 0)) co_return closed(place.kind, *rows, 2);
    co_return rows->boolean(0, 1);
}

Async<> Permissions::answered(Place place) {
    if (place.form == Place::Form::other) co_return;
    const bool record = place.form == Place::Form::record;
    const auto known = known_.find(place.kind);
    if (known == known_.end() || !(known->second.closed || (known->second.suspected && record))) co_return;
    auto statement = pg::sql("select opened from permit_kind($1, $2::boolean)", place.kind, !record);
    auto asking = call(std::move(statement));
    const auto rows = co_await std::move(asking);
    if (!rows) {
        log::warning("an answer of a refused kind could not be noted", {{"detail", rows.error().detail}});
        co_return;
    }
    looked_at_ = {};
    if (rows->boolean(0, 0)) log::info("DrChrono permits a kind of records again", {{"table", place.kind}});
}

Async<Permissions::Refusal> Permissions::refused(Place place) {
    Refusal refusal{.error = own_refusal()};
    if (place.form != Place::Form::record && place.form != Place::Form::list) {
        refusal.error.detail = "DrChrono answered 403";
        co_return refusal;
    }
    const bool record = place.form == Place::Form::record;
    auto statement =
        record ? pg::sql(
                     fmt::format("select check_list, {} from refuse_record($1, $2, $3, $4::interval)", closing_columns),
                     place.kind, place.id, settings_.most_refused, interval_of(settings_.pause))
               : pg::sql(fmt::format("select false, {} from refuse_list($1, $2::interval)", closing_columns),
                         place.kind, interval_of(settings_.pause));
    auto asking = call(std::move(statement));
    const auto rows = co_await std::move(asking);
    if (!rows) {
        log::warning("a refusal could not be noted", {{"detail", rows.error().detail}});
        co_return refusal;
    }
    refusal.check_list = rows->boolean(0, 0);
    const bool is_closed = !rows->null(0, 1);
    const auto before = known_.find(place.kind);
    if (is_closed && (before == known_.end() || !before->second.closed))
        log::error("DrChrono does not permit a kind of records: it is asked for once an hour until it does",
                   {{"table", place.kind}, {"single_records", record}});
    known_[place.kind] = {is_closed, record};
    if (is_closed) refusal.error = closed(place.kind, *rows, 1);
    co_return refusal;
}

Async<> Permissions::undecided(Place place) {
    auto statement = pg::sql("select put_off_probe($1, $2::interval)::text", place.kind, interval_of(settings_.soon));
    auto asking = call(std::move(statement));
    co_await std::move(asking);
}

}  // namespace dcs::upstream
