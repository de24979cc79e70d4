#pragma once
// Permissions: which kinds of records DrChrono refuses to show, so that nobody spends requests on them.
//
// Why        403 is answered where a scope, a right of the user or a feature of the practice is missing (fact sheet 1 and 7):
//            it belongs to an endpoint. Records asked for again and again would eat the whole allowance.
// Rule       a refused list closes its kind. A refused record has the kind's list looked at, at most once an hour: where that
//            is refused, the kind is closed; where it is not, the refusal is the record's own. Twenty different records
//            refused in a row, with no answer of the kind between, close it for single records; lists go on.
// Closed     nothing is sent for the kind but one probe an hour, whoever needs it. The first answer opens it, for all
//            instances, and fetches that waited go on at once.
// Bulk       a refused bulk job says nothing of the kind: the list may still be had page by page. It is never the probe.
// Storage    table forbidden_kinds (migrations/0077_upstream.sql).
// Errors     forbidden with `retry_after`: the kind is closed until then. unavailable: the database is away.

#include "pg/pool.hpp"

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::upstream {

/// What of DrChrono's API a request asks for.
struct Place {
    enum class Form { other, record, list, bulk };
    Form form = Form::other;
    std::string kind{};  // as the table is called: "medications"
    std::string id{};    // of a record
};
/// "https://app.drchrono.com/api/medications/7?verbose=true" is record 7 of medications. What is outside /api/, or the user's
/// own record, is `other`.
Place place_of(std::string_view url);

class Permissions {
public:
    struct Settings {
        std::chrono::milliseconds pause{std::chrono::hours{1}};    // between two probes
        std::chrono::milliseconds soon{std::chrono::minutes{1}};   // after a probe without a word
        std::chrono::milliseconds trust{std::chrono::seconds{5}};  // what was read is read again after this
        int most_refused = 20;
    };
    /// `pool` outlives this.
    explicit Permissions(pg::Pool& pool) : Permissions{pool, Settings{}} {}
    Permissions(pg::Pool& pool, Settings settings) : pool_{pool}, settings_{settings} {}
    Permissions(const Permissions&) = delete;
    Permissions& operator=(const Permissions&) = delete;

    /// Before a request. True: it is the probe of a closed kind.
    Async<Result<bool>> enter(Place place);
    /// DrChrono has shown what was asked for, or has said anything else than that it is not permitted.
    Async<> answered(Place place);
    /// DrChrono has answered 403: what that means for the caller. `check_list`: the kind's list is to be asked for, and
    /// answered() or refused() to be told of it.
    struct Refusal {
        bool check_list = false;
        Error error;
    };
    Async<Refusal> refused(Place place);
    /// A probe, or a look at the list, came to no answer.
    Async<> undecided(Place place);

private:
    Async<Result<>> look();
    Async<Result<pg::Rows>> call(pg::Statement statement);

    pg::Pool& pool_;
    Settings settings_;
    struct Known {
        bool closed = false;
        bool suspected = false;  // some records were refused since the last answer
    };
    std::map<std::string, Known, std::less<>> known_{};
    std::chrono::steady_clock::time_point looked_at_{};
};

/// A kind that is closed now. Times in ISO 8601.
struct ForbiddenKind {
    std::string table;
    std::string since;
    std::string next_probe_at;
    bool items_only = false;  // lists are shown, single records are not
};
Async<Result<std::vector<ForbiddenKind>>> not_permitted(pg::Pool& pool);
pg::Statement select_not_permitted();
std::vector<ForbiddenKind> forbidden_kinds_of(const pg::Rows& rows);  // pre: rows of select_not_permitted()
/// "medications, allergies"
std::string names_of(const std::vector<ForbiddenKind>& kinds);

}  // namespace dcs::upstream
