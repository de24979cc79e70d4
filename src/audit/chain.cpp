// How the chain of seals is checked. Rows and seals are read as data; digests, order and chain are computed here, so that whoever
// changes the database's functions changes nothing of what is found.
#include "audit/chain.hpp"

#include "audit/append_seal.hpp"
#include "audit/sealed_rows.hpp"
#include "base/clock.hpp"
#include "base/document.hpp"
#include "base/encoding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

namespace dcs::audit {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_findings = 1'000;
constexpr std::int64_t page_rows = 1'000;
constexpr auto clock_tolerance = 1min;  // between this machine's clock and the database's
constexpr std::chrono::microseconds retention_floor = std::chrono::days{2192};

/// A row of audit_seals.
struct Seal {
    std::int64_t number = 0;
    std::string log;
    std::string kind;
    std::string part;
    std::int64_t after = 0;
    std::int64_t upto = 0;
    std::string seqs;  // separated by commas
    std::string digests;
    std::string previous;
    std::string hash;
    std::string content;         // what the hash covers besides `previous` and `digests`
    std::int64_t sealed_at = 0;  // microseconds since 1970, as the next one
    std::int64_t newest = 0;     // 0: it has no rows
    std::string key_id;          // empty: from before there were keys
    std::string mac;
    bool takes_over = false;
};

constexpr std::string_view seal_columns =
    "s.number, s.log, s.kind, s.part, s.after_seq, s.upto_seq, pg_catalog.array_to_string(s.seqs, ','), s.digests, s.previous,"
    " s.hash, {}, (extract(epoch from s.sealed_at) * 1000000)::bigint,"
    " coalesce((extract(epoch from s.newest) * 1000000)::bigint, 0), coalesce(s.key_id, ''), s.mac,"
    " coalesce(s.takes_over, false)";

std::string select_seals(std::string_view which) {
    return fmt::format("select {} from audit_seals s where {} order by s.number",
                       fmt::format(fmt::runtime(seal_columns), seal_content_sql()), which);
}

Seal read_seal(const pg::Rows& rows, int row) {
    return {.number = rows.integer(row, 0),
            .log = rows.string(row, 1),
            .kind = rows.string(row, 2),
            .part = rows.string(row, 3),
            .after = rows.integer(row, 4),
            .upto = rows.integer(row, 5),
            .seqs = rows.string(row, 6),
            .digests = rows.bytes(row, 7),
            .previous = rows.bytes(row, 8),
            .hash = rows.bytes(row, 9),
            .content = rows.string(row, 10),
            .sealed_at = rows.integer(row, 11),
            .newest = rows.integer(row, 12),
            .key_id = rows.string(row, 13),
            .mac = rows.bytes(row, 14),
            .takes_over = rows.boolean(row, 15)};
}

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

bool is_hashed(const Seal& seal) { return seal_hash(seal.previous, seal.digests, seal.content) == seal.hash; }

class Check {
public:
    Check(pg::Pool& pool, const SealKeys& keys, Verification& result) : pool_{pool}, keys_{keys}, result_{result} {}

    Async<Result<>> all() {
        auto reading = read_dropped();
        const auto dropped = co_await std::move(reading);
        if (!dropped) co_return dropped.error();
        for (std::int64_t number = 1; number <= result_.seals && result_.findings.size() < most_findings; ++number) {
            auto checking = check_one(number);
            const auto checked = co_await std::move(checking);
            if (!checked) co_return checked.error();
        }
        // The last seal vouches for all before it: without a key of ours at the end, nothing does.
        if (result_.seals > confirmed_) note("chain not confirmed", "", result_.seals, result_.seals);
        co_return Result<>{};
    }

private:
    void note(std::string problem, std::string log, std::int64_t seq, std::int64_t number) {
        result_.findings.push_back({std::move(problem), std::move(log), seq, number});
    }

    /// The partitions that are gone, with the seals that say that retention dropped them.
    Async<Result<>> read_dropped() {
        auto asking = pg::sql(
            select_seals("s.kind = 'dropped' and s.log = 'change_log' and pg_catalog.to_regclass(s.part) is null"));
        std::vector<pg::Statement> statements{fix_formats(), std::move(asking)};
        const auto answers = co_await pool_.run(std::move(statements));
        if (!answers) co_return answers.error();
        const auto& rows = answers->back();
        for (int row = 0; row < rows.size(); ++row) {
            auto seal = read_seal(rows, row);
            if (is_hashed(seal) && is_confirmed(keys_, seal.key_id, seal.mac, seal.hash).value_or(true))
                dropped_[seal.part].push_back(std::move(seal));
        }
        co_return Result<>{};
    }

    Async<Result<>> check_one(std::int64_t number) {
        std::vector<pg::Statement> statements{fix_formats(), pg::sql(select_seals("s.number = $1"), number)};
        const auto answers = co_await pool_.run(std::move(statements));
        if (!answers) co_return answers.error();
        const auto& rows = answers->back();
        if (rows.empty()) {
            note("seal missing", "", number, number);
            previous_.reset();
            ends_.clear();
            co_return Result<>{};
        }
        const auto seal = read_seal(rows, 0);
        const bool sound = is_in_place(seal) && is_by_key(seal);
        previous_ = seal.hash;
        sealed_at_ = std::max(sealed_at_, seal.sealed_at);
        keyed_ = keyed_ || !seal.key_id.empty();
        if (seal.kind == "dropped") co_return Result<>{};
        // The next batch begins behind a sound one; behind one that is not, it may also begin where that one began.
        auto& ends = ends_[seal.log];
        if (sound) ends.clear();
        else if (ends.empty()) ends.push_back(seal.after);
        ends.push_back(seal.upto);
        // An altered seal proves nothing of its rows, neither good nor bad.
        const auto expected = is_hashed(seal) ? expected_rows(seal) : std::nullopt;
        if (!expected || was_dropped(seal)) co_return Result<>{};
        auto comparing = compare(seal, *expected);
        co_return co_await std::move(comparing);
    }

    /// By its hash, behind the one before it, behind the rows of the one before it, and not before its time.
    bool is_in_place(const Seal& seal) {
        const bool chained = !previous_ || seal.previous == *previous_;
        const auto ends = ends_.find(seal.log);
        const bool gapless = seal.kind == "dropped" || ends == ends_.end() ||
                             std::ranges::find(ends->second, seal.after) != ends->second.end();
        const auto latest =
            std::chrono::duration_cast<std::chrono::microseconds>((system_now() + clock_tolerance).time_since_epoch());
        const bool in_place = is_hashed(seal) && expected_rows(seal) && chained && gapless &&
                              seal.sealed_at <= latest.count() && seal.sealed_at >= sealed_at_;
        if (!in_place) note("seal altered", seal.log, seal.number, seal.number);
        return in_place;
    }

    /// Made by who has a key: each seal itself, or, where the key is not known any more, the ones behind it vouch for it.
    bool is_by_key(const Seal& seal) {
        if (seal.key_id.empty()) {
            ++result_.without_key;
            if (keyed_) note("seal without key", seal.log, seal.number, seal.number);
            return !keyed_;
        }
        const auto confirmed = is_confirmed(keys_, seal.key_id, seal.mac, seal.hash);
        if (confirmed == false) {
            note("seal altered", seal.log, seal.number, seal.number);
            return false;
        }
        if (confirmed) confirmed_ = seal.number;
        // The first keyed seal takes over what was there before keys, and says so.
        const bool first = !keyed_ && seal.number > 1;
        if (previous_ && seal.takes_over != first) note("key replaced", seal.log, seal.number, seal.number);
        return !previous_ || seal.takes_over == first;
    }

    /// Its partition is gone as a whole, and was old enough when that was written down.
    bool was_dropped(const Seal& seal) const {
        const auto found = dropped_.find(seal.part);
        if (seal.log != "change_log" || found == dropped_.end()) return false;
        return std::ranges::any_of(found->second, [&](const Seal& said) {
            return said.number > seal.number && said.sealed_at - retention_floor.count() > seal.newest;
        });
    }

    Async<Result<>> compare(const Seal& seal, std::map<std::int64_t, std::string> expected) {
        std::map<std::int64_t, std::string_view> problems;
        RowPlace place{seal.after};
        for (bool complete = false; !complete;) {
            std::vector<pg::Statement> statements{fix_formats(), select_rows(seal.log, place, seal.upto, page_rows)};
            const auto answers = co_await pool_.run(std::move(statements));
            if (!answers) co_return answers.error();
            const auto page = read_rows(answers->back(), page_rows);
            complete = page.complete;
            for (const auto& row : page.rows) {
                const auto found = expected.find(row.seq);
                if (found == expected.end()) problems.emplace(row.seq, "row inserted");
                else if (found->second != row.digest) problems.emplace(row.seq, "row altered");
                if (found != expected.end()) expected.erase(found);
                place = {row.seq, row.at};
            }
        }
        for (const auto& [seq, digest] : expected) problems.emplace(seq, "row missing");
        for (const auto& [seq, problem] : problems) note(std::string{problem}, seal.log, seq, seal.number);
        co_return Result<>{};
    }

    pg::Pool& pool_;
    const SealKeys& keys_;
    Verification& result_;
    std::map<std::string, std::vector<Seal>> dropped_{};
    std::optional<std::string> previous_{""};                  // hash of the seal before; nullopt: that one is missing
    std::int64_t sealed_at_ = 0;                               // of the latest one so far
    std::map<std::string, std::vector<std::int64_t>> ends_{};  // by log: behind which rows its next seal may begin
    bool keyed_ = false;                                       // a seal so far has a key
    std::int64_t confirmed_ = 0;                               // the last seal that one of the keys confirms
};

constexpr std::string_view overview_sql =
    "select coalesce(max(number), 0), coalesce(sum(cardinality(seqs)), 0),"
    " (select count(*) from change_log where seq > coalesce((select upto_seq from audit_seals"
    "   where log = 'change_log' and kind = 'rows' order by number desc limit 1), -9223372036854775808))"
    " + (select count(*) from access_log where id > coalesce((select upto_seq from audit_seals"
    "   where log = 'access_log' and kind = 'rows' order by number desc limit 1), -9223372036854775808)),"
    " coalesce((select encode(hash, 'hex') from audit_seals order by number desc limit 1), '') from audit_seals";
constexpr std::string_view absent_anchors_sql =
    "select seal from unnest($1::bigint[], $2::text[]) as kept (seal, hash) where not exists ("
    " select from audit_seals s where s.number = kept.seal and encode(s.hash, 'hex') = kept.hash)"
    " and not (kept.seal = 0 and exists (select from audit_seals s where encode(s.hash, 'hex') = kept.hash)) limit 1000";

/// Names the anchors that the chain does not hold.
Async<Result<>> check_anchors(pg::Pool& pool, const std::vector<Anchor>& anchors, Verification& result) {
    std::vector<std::int64_t> numbers;
    std::vector<std::string> hashes;
    for (const auto& anchor : anchors) {
        numbers.push_back(anchor.seal);
        hashes.push_back(anchor.hash);
    }
    auto asking = pg::sql(std::string{absent_anchors_sql}, pg::bigint_array(numbers), pg::text_array(hashes));
    const auto rows = co_await pool.run(std::move(asking));
    if (!rows) co_return rows.error();
    result.anchor_found = rows->empty();
    for (int row = 0; row < rows->size(); ++row)
        result.findings.push_back({"anchor not in the chain", "", rows->integer(row, 0), rows->integer(row, 0)});
    co_return Result<>{};
}

/// The first anchor in a value, at any depth.
std::optional<Anchor> anchor_in(const Document& value, int depth = 0) {
    constexpr int deepest = 8;
    if (!value.is_object() || depth > deepest) return std::nullopt;
    const auto* seal = value.find("seal");
    const auto* hash = value.find("hash");
    if (seal != nullptr && hash != nullptr && hash->string() && is_hash(*hash->string())) {
        std::int64_t number = 0;
        const auto digits = seal->as_id();
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
        return Anchor{number, std::string{*hash->string()}};
    }
    for (const auto& [name, member] : value.members())
        if (auto found = anchor_in(member, depth + 1)) return found;
    return std::nullopt;
}

}  // namespace

bool is_hash(std::string_view text) {
    constexpr std::size_t digits = 2 * digest_size;
    return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::vector<Anchor> read_anchors(std::string_view lines) {
    std::vector<Anchor> anchors;
    while (!lines.empty()) {
        const auto end = std::min(lines.find('\n'), lines.size());
        auto line = lines.substr(0, end);
        lines.remove_prefix(std::min(end + 1, lines.size()));
        while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
        if (is_hash(line)) {
            anchors.push_back({0, std::string{line}});
            continue;
        }
        const auto begin = line.find('{');  // a log line may have something before its JSON
        if (begin == std::string_view::npos) continue;
        const auto parsed = Document::parse(line.substr(begin));
        if (!parsed) continue;
        if (auto found = anchor_in(parsed->value)) anchors.push_back(std::move(*found));
    }
    return anchors;
}

Async<Result<Verification>> verify(pg::Pool& pool, SealKeys keys, std::vector<Anchor> anchors) {
    pg::Statement asking{std::string{overview_sql}, {}};
    const auto rows = co_await pool.run(std::move(asking));
    if (!rows) co_return rows.error();
    Verification result{.seals = rows->integer(0, 0),
                        .rows = rows->integer(0, 1),
                        .unsealed = rows->integer(0, 2),
                        .last_hash = rows->string(0, 3)};
    Check check{pool, keys, result};
    auto checking = check.all();
    const auto checked = co_await std::move(checking);
    if (!checked) co_return checked.error();
    auto comparing = check_anchors(pool, anchors, result);
    const auto compared = co_await std::move(comparing);
    if (!compared) co_return compared.error();
    co_return result;
}

}  // namespace dcs::audit
