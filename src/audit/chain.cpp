// How the chain of seals is checked. Rows and seals are read as data; digests, order and chain are computed here, so that whoever
// changes the database's functions changes nothing of what is found.
#include "audit/seals.hpp"

#include "base/encoding.hpp"
#include "crypto/crypto.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <set>

namespace dcs::audit {

namespace {

constexpr std::size_t digest_size = 32;
constexpr std::size_t most_findings = 1'000;

/// A row of audit_seals.
struct Seal {
    std::string log;
    std::string kind;
    std::string part;
    std::int64_t after = 0;
    std::int64_t upto = 0;
    std::string seqs;  // separated by commas
    std::string digests;
    std::string previous;
    std::string hash;
    std::string content;  // JSON: what the hash covers besides `previous` and `digests`
    std::int64_t sealed_at = 0;
    bool in_the_future = false;
    bool past_retention = false;  // six years older than `sealed_at`: what was in it may have been dropped then
};

// Functions and operators are named with their schema: a search path of somebody else's choice finds no others.
constexpr std::string_view utc = "select pg_catalog.set_config('TimeZone', 'UTC', true)";
constexpr std::string_view read_seal_sql =
    "select s.log, s.kind, s.part, s.after_seq, s.upto_seq, pg_catalog.array_to_string(s.seqs, ','), s.digests, s.previous, s.hash,"
    " pg_catalog.jsonb_build_array(s.number, s.log, s.kind, s.part, s.after_seq, s.upto_seq, s.newest, s.seqs, s.sealed_at)::text,"
    " (extract(epoch from s.sealed_at) * 1000000)::bigint, s.sealed_at > pg_catalog.clock_timestamp(),"
    " coalesce((select d.sealed_at - interval '2192 days' > s.newest from audit_seals d where d.log = s.log and d.part = s.part"
    "           and d.kind = 'dropped' and d.number > s.number order by d.number limit 1), false) "
    "from audit_seals s where s.number = $1";
// A digest is over the values that are not NULL, so that columns added later change no old one.
constexpr std::string_view read_rows_sql =
    "select {0}::text, (select coalesce(pg_catalog.jsonb_object_agg(key, value), '{{}}')::text"
    " from pg_catalog.jsonb_each(pg_catalog.to_jsonb(r)) where value operator(pg_catalog.<>) 'null'::pg_catalog.jsonb) "
    "from {1} r where {0} > $1 and {0} <= $2 order by {0}";

/// The digests of a seal by the numbers of its rows; nullopt: the seal is not made as seals are.
std::optional<std::map<std::int64_t, std::string>> expected_rows(const Seal& seal) {
    std::map<std::int64_t, std::string> rows;
    std::string_view left{seal.seqs};
    for (std::size_t place = 0; !left.empty(); ++place) {
        const auto comma = std::min(left.find(','), left.size());
        std::int64_t seq = 0;
        const auto [end, failed] = std::from_chars(left.data(), left.data() + comma, seq);
        if (failed != std::errc{} || seal.digests.size() < (place + 1) * digest_size) return std::nullopt;
        rows.emplace(seq, seal.digests.substr(place * digest_size, digest_size));
        left.remove_prefix(std::min(comma + 1, left.size()));
    }
    if (rows.size() * digest_size != seal.digests.size()) return std::nullopt;
    return rows;
}

class Chain {
public:
    Chain(pg::Pool& pool, Verification& result) : pool_{pool}, result_{result} {}

    Async<Result<>> check() {
        auto asking = pg::sql("select distinct part from audit_seals where log = 'change_log' and kind = 'dropped' "
                              "and pg_catalog.to_regclass(part) is null");
        const auto gone = co_await pool_.run(std::move(asking));
        if (!gone) co_return gone.error();
        for (int row = 0; row < gone->size(); ++row) gone_.insert(gone->string(row, 0));
        for (std::int64_t number = 1; number <= result_.seals && result_.findings.size() < most_findings; ++number) {
            auto checking = check_one(number);
            const auto checked = co_await std::move(checking);
            if (!checked) co_return checked.error();
        }
        co_return Result<>{};
    }

private:
    void note(std::string problem, std::string log, std::int64_t seq, std::int64_t number) {
        result_.findings.push_back({std::move(problem), std::move(log), seq, number});
    }

    Async<Result<>> check_one(std::int64_t number) {
        std::vector<pg::Statement> statements{{std::string{utc}, {}}, pg::sql(std::string{read_seal_sql}, number)};
        const auto answers = co_await pool_.run(std::move(statements));
        if (!answers) co_return answers.error();
        const auto& rows = answers->back();
        if (rows.empty()) {
            note("seal missing", "", number, number);
            previous_.reset();
            upto_.clear();
            co_return Result<>{};
        }
        const Seal seal{rows.string(0, 0),  rows.string(0, 1), rows.string(0, 2),   rows.integer(0, 3),
                        rows.integer(0, 4), rows.string(0, 5), rows.bytes(0, 6),    rows.bytes(0, 7),
                        rows.bytes(0, 8),   rows.string(0, 9), rows.integer(0, 10), rows.boolean(0, 11),
                        rows.boolean(0, 12)};
        if (!is_in_place(seal)) note("seal altered", seal.log, number, number);
        previous_ = seal.hash;
        sealed_at_ = std::max(sealed_at_, seal.sealed_at);
        if (seal.kind == "dropped") co_return Result<>{};
        upto_[seal.log] = seal.upto;
        // An altered seal proves nothing of its rows, neither good nor bad.
        const auto expected = is_hashed(seal) ? expected_rows(seal) : std::nullopt;
        if (!expected) co_return Result<>{};
        // A partition that retention has dropped is gone as a whole, and was old enough when that was written down.
        if (gone_.contains(seal.part) && seal.log == "change_log" && seal.past_retention) co_return Result<>{};
        auto comparing = compare(seal, *expected, number);
        co_return co_await std::move(comparing);
    }

    static bool is_hashed(const Seal& seal) {
        return crypto::sha256(seal.previous + seal.digests + seal.content) == seal.hash;
    }

    /// By its hash, behind the one before it, behind the rows of the one before it, and not before its time.
    bool is_in_place(const Seal& seal) const {
        const bool chained = !previous_ || seal.previous == *previous_;
        const auto before = upto_.find(seal.log);
        const bool gapless = seal.kind == "dropped" || before == upto_.end() || before->second == seal.after;
        return is_hashed(seal) && expected_rows(seal) && chained && gapless && !seal.in_the_future &&
               seal.sealed_at >= sealed_at_;
    }

    Async<Result<>> compare(const Seal& seal, std::map<std::int64_t, std::string> expected, std::int64_t number) {
        const bool changes = seal.log == "change_log";
        std::vector<pg::Statement> statements{{std::string{utc}, {}},
                                              pg::sql(fmt::format(fmt::runtime(read_rows_sql), changes ? "seq" : "id",
                                                                  changes ? "change_log" : "access_log"),
                                                      seal.after, seal.upto)};
        const auto answers = co_await pool_.run(std::move(statements));
        if (!answers) co_return answers.error();
        const auto& rows = answers->back();
        std::map<std::int64_t, std::string_view> problems;
        for (int row = 0; row < rows.size(); ++row) {
            const auto seq = std::stoll(rows.string(row, 0));
            const auto place = expected.find(seq);
            if (place == expected.end()) problems.emplace(seq, "row inserted");
            else if (place->second != crypto::sha256(rows.string(row, 1))) problems.emplace(seq, "row altered");
            if (place != expected.end()) expected.erase(place);
        }
        for (const auto& [seq, digest] : expected) problems.emplace(seq, "row missing");
        for (const auto& [seq, problem] : problems) note(std::string{problem}, seal.log, seq, number);
        co_return Result<>{};
    }

    pg::Pool& pool_;
    Verification& result_;
    std::set<std::string> gone_{};                // partitions of which retention has said that it dropped them
    std::optional<std::string> previous_{""};     // hash of the seal before; nullopt: that one is missing
    std::int64_t sealed_at_ = 0;                  // of the latest one so far
    std::map<std::string, std::int64_t> upto_{};  // by log: the last row that is sealed so far
};

}  // namespace

Async<Result<Verification>> verify(pg::Pool& pool, std::string anchor) {
    auto asking =
        pg::sql("select coalesce(max(number), 0), coalesce(sum(cardinality(seqs)), 0),"
                " (select count(*) from change_log where seq > coalesce((select upto_seq from audit_seals"
                "   where log = 'change_log' and kind = 'rows' order by number desc limit 1), -9223372036854775808))"
                " + (select count(*) from access_log where id > coalesce((select upto_seq from audit_seals"
                "   where log = 'access_log' and kind = 'rows' order by number desc limit 1), -9223372036854775808)),"
                " coalesce((select encode(hash, 'hex') from audit_seals order by number desc limit 1), ''),"
                " $1 = '' or exists (select from audit_seals where encode(hash, 'hex') = lower($1)) from audit_seals",
                std::move(anchor));
    const auto rows = co_await pool.run(std::move(asking));
    if (!rows) co_return rows.error();
    Verification result{.seals = rows->integer(0, 0),
                        .rows = rows->integer(0, 1),
                        .unsealed = rows->integer(0, 2),
                        .last_hash = rows->string(0, 3),
                        .anchor_found = rows->boolean(0, 4)};
    Chain chain{pool, result};
    auto checking = chain.check();
    const auto checked = co_await std::move(checking);
    if (!checked) co_return checked.error();
    co_return result;
}

}  // namespace dcs::audit
