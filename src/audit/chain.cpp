// How the chain of seals is checked. Rows and seals are read as data; digests, order and chain are computed here, so that whoever
// changes the database's functions changes nothing of what is found.
#include "audit/chain.hpp"

#include "audit/append_seal.hpp"
#include "audit/relations.hpp"
#include "audit/sealed_rows.hpp"
#include "base/clock.hpp"
#include "base/document.hpp"
#include "base/encoding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <limits>
#include <map>
#include <set>

namespace dcs::audit {

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t most_of_a_kind = 1'000;  // that are named
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
    std::string key_id;          // empty: none
    std::string mac;
    bool takes_over = false;
};

constexpr std::string_view seal_columns =
    "s.number, s.log, s.kind, s.part, s.after_seq, s.upto_seq, pg_catalog.array_to_string(s.seqs, ','), s.digests, s.previous,"
    " s.hash, {}, (extract(epoch from s.sealed_at) operator(pg_catalog.*) 1000000::numeric)::bigint,"
    " coalesce((extract(epoch from s.newest) operator(pg_catalog.*) 1000000::numeric)::bigint, 0), coalesce(s.key_id, ''), s.mac,"
    " coalesce(s.takes_over, false)";

std::string select_seals(std::string_view which, std::string_view limit = {}) {
    return fmt::format("select {} from audit_seals s where {} order by s.number{}",
                       fmt::format(fmt::runtime(seal_columns), seal_content_sql()), which, limit);
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
    Check(pg::Pool& pool, const SealKeys& keys, std::vector<Anchor> anchors, Verification& result)
        : pool_{pool}, keys_{keys}, result_{result} {
        result_.anchors = static_cast<std::int64_t>(anchors.size());
        for (auto& [seal, hash] : anchors) anchors_.emplace(seal, std::move(hash));
    }

    Async<Result<>> all() {
        auto looking = look_at_relations();
        const auto looked = co_await std::move(looking);
        if (!looked) co_return looked.error();
        auto reading = read_dropped();
        const auto dropped = co_await std::move(reading);
        if (!dropped) co_return dropped.error();
        auto last = std::numeric_limits<std::int64_t>::min();
        for (;;) {
            std::vector<pg::Statement> statements{
                fix_formats(), pg::sql(select_seals("s.number operator(pg_catalog.>) $1::bigint", " limit 1"), last)};
            const auto answers = co_await pool_.run(std::move(statements));
            if (!answers) co_return answers.error();
            if (answers->back().empty()) break;
            const auto seal = read_seal(answers->back(), 0);
            last = seal.number;
            auto checking = check_one(seal);
            const auto checked = co_await std::move(checking);
            if (!checked) co_return checked.error();
        }
        // The last seal vouches for all before it: without a key of ours at the end, nothing does.
        if (result_.seals > 0 && confirmed_ != last) note("chain not confirmed", "", last, last);
        for (const auto& [seal, hash] : anchors_) note("anchor not in the chain", "", seal, seal);
        result_.anchor_found = anchors_.empty();
        co_return Result<>{};
    }

private:
    void note(std::string_view problem, std::string_view log, std::int64_t seq, std::int64_t number,
              std::int64_t times = 1) {
        auto& count = result_.counts[std::string{problem}];
        if (count < most_of_a_kind) result_.findings.push_back({std::string{problem}, std::string{log}, seq, number});
        count += times;
    }

    Async<Result<>> look_at_relations() {
        auto looking = strange_relations(pool_);
        const auto strange = co_await std::move(looking);
        if (!strange) co_return strange.error();
        for (const auto& [problem, where] : *strange) note(problem, where, 0, 0);
        co_return Result<>{};
    }

    /// The partitions that are gone, with the seals that say that retention dropped them, signed by a key of ours or vouched for
    /// by one that came later.
    Async<Result<>> read_dropped() {
        auto asking = pg::sql(select_seals("s.kind operator(pg_catalog.=) 'dropped'::text"));
        std::vector<pg::Statement> statements{fix_formats(), std::move(asking)};
        const auto answers = co_await pool_.run(std::move(statements));
        if (!answers) co_return answers.error();
        for (int row = 0; row < answers->back().size(); ++row) {
            auto seal = read_seal(answers->back(), row);
            auto confirmed = is_hashed(seal) ? is_confirmed(keys_, seal.key_id, seal.mac, seal.hash) : false;
            if (!confirmed && !seal.key_id.empty()) {
                auto asking_later = is_vouched_for(seal.number);
                const auto vouched = co_await std::move(asking_later);
                if (!vouched) co_return vouched.error();
                confirmed = *vouched;
            }
            if (!confirmed.value_or(false)) note("retention not signed", seal.log, seal.number, seal.number);
            else if (seal.log == "change_log") dropped_[seal.part].push_back(std::move(seal));
        }
        std::vector<std::string> parts;
        for (const auto& [part, seals] : dropped_) parts.push_back(part);
        auto looking =
            pg::sql("select p from pg_catalog.unnest($1::text[]) p where pg_catalog.to_regclass(p) is not null",
                    pg::text_array(parts));
        const auto there = co_await pool_.run(std::move(looking));
        if (!there) co_return there.error();
        for (int row = 0; row < there->size(); ++row) dropped_.erase(there->string(row, 0));
        co_return Result<>{};
    }

    /// A seal under a key of ours came after this one, before anybody took the chain over: its maker had the key of this one.
    Async<Result<bool>> is_vouched_for(std::int64_t number) {
        std::vector<std::string> ids;
        for (const auto& key : keys_) ids.push_back(key.id);
        auto asking =
            pg::sql("select s.key_id, s.mac, s.hash from audit_seals s where s.number operator(pg_catalog.>) $1::bigint"
                    " and s.key_id operator(pg_catalog.=) any ($2::text[]) and not exists (select from audit_seals t"
                    "  where t.takes_over and t.number operator(pg_catalog.>) $1::bigint"
                    "  and t.number operator(pg_catalog.<=) s.number) order by s.number limit 1",
                    number, pg::text_array(ids));
        const auto rows = co_await pool_.run(std::move(asking));
        if (!rows) co_return rows.error();
        co_return !rows->empty() &&
            is_confirmed(keys_, rows->string(0, 0), rows->bytes(0, 1), rows->bytes(0, 2)).value_or(false);
    }

    /// Those that are missing before this one are named, a thousand at most, and counted.
    void note_missing(std::int64_t number) {
        if (number <= expected_number_) return;
        const auto missing = number - expected_number_;
        const auto named = std::min(missing, most_of_a_kind);
        for (std::int64_t at = 0; at < named; ++at)
            note("seal missing", "", expected_number_ + at, expected_number_ + at,
                 at + 1 == named ? missing - named + 1 : 1);
        previous_.reset();
        ends_.clear();
    }

    void find_anchors(const Seal& seal) {
        if (anchors_.empty()) return;
        const auto hash = to_hex(seal.hash);
        anchors_.erase({seal.number, hash});
        anchors_.erase({0, hash});
    }

    Async<Result<>> check_one(const Seal& seal) {
        if (seal.number < 1) {
            note("seal altered", seal.log, seal.number, seal.number);
            co_return Result<>{};
        }
        note_missing(seal.number);
        find_anchors(seal);
        const bool in_place = is_in_place(seal);
        const bool sound = is_by_key(seal, in_place) && in_place;
        expected_number_ = std::min(seal.number, std::numeric_limits<std::int64_t>::max() - 1) + 1;
        previous_ = seal.hash;
        if (in_place) sealed_at_ = seal.sealed_at;
        if (seal.kind == "dropped") co_return Result<>{};
        // The next batch begins behind a sound one; behind one that is not, it may also begin where that one began.
        auto& ends = ends_[seal.log];
        if (sound) ends.clear();
        else if (ends.empty()) ends.push_back(seal.after);
        ends.push_back(seal.upto);
        // An altered seal proves nothing of its rows, neither good nor bad.
        auto expected = is_hashed(seal) ? expected_rows(seal) : std::nullopt;
        if (!expected || was_dropped(seal)) co_return Result<>{};
        auto comparing = compare(seal, std::move(*expected));
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
    bool is_by_key(const Seal& seal, bool in_place) {
        if (seal.key_id.empty()) {
            note("seal without key", seal.log, seal.number, seal.number);
            return false;
        }
        const auto confirmed = is_confirmed(keys_, seal.key_id, seal.mac, seal.hash);
        if (confirmed == false) {
            if (in_place) note("seal altered", seal.log, seal.number, seal.number);
            return false;
        }
        if (confirmed) confirmed_ = seal.number;
        // Nothing but a person's word says that what came before is as it was.
        if (seal.takes_over) note("chain taken over", seal.log, seal.number, seal.number);
        return true;
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
        RowPlace place{seal.after};
        const auto miss_before = [&](std::int64_t seq) {
            while (!expected.empty() && expected.begin()->first < seq) {
                note("row missing", seal.log, expected.begin()->first, seal.number);
                expected.erase(expected.begin());
            }
        };
        for (bool complete = false; !complete;) {
            std::vector<pg::Statement> statements{fix_formats(), select_rows(seal.log, place, seal.upto, page_rows)};
            const auto answers = co_await pool_.run(std::move(statements));
            // What is no table of ours is no reason to tell nothing of the rest.
            if (!answers && !retryable(answers.error().fault)) {
                note("rows not readable", seal.log, seal.upto, seal.number);
                co_return Result<>{};
            }
            if (!answers) co_return answers.error();
            const auto page = read_rows(answers->back(), page_rows);
            complete = page.complete;
            for (const auto& row : page.rows) {
                miss_before(row.seq);
                const auto found = expected.find(row.seq);
                if (found == expected.end()) note("row inserted", seal.log, row.seq, seal.number);
                else if (found->second != row.digest) note("row altered", seal.log, row.seq, seal.number);
                if (found != expected.end()) expected.erase(found);
                place = {row.seq, row.at};
            }
        }
        while (!expected.empty()) miss_before(expected.rbegin()->first + 1);
        co_return Result<>{};
    }

    pg::Pool& pool_;
    const SealKeys& keys_;
    std::set<std::pair<std::int64_t, std::string>> anchors_{};  // number, hash: those that are not found yet
    Verification& result_;
    std::int64_t expected_number_ = 1;
    std::map<std::string, std::vector<Seal>> dropped_{};
    std::optional<std::string> previous_{""};                  // hash of the seal before; nullopt: that one is missing
    std::int64_t sealed_at_ = 0;                               // of the latest one so far that is in its place
    std::map<std::string, std::vector<std::int64_t>> ends_{};  // by log: behind which rows its next seal may begin
    std::int64_t confirmed_ = 0;                               // the last seal that one of the keys confirms
};

/// Rows of a log that stand behind its last batch.
std::string unsealed_sql(std::string_view log, std::string_view seq) {
    return fmt::format(
        "(select pg_catalog.count(*) from {0} where {1} operator(pg_catalog.>) coalesce((select upto_seq from audit_seals"
        " where log operator(pg_catalog.=) '{0}'::text and kind operator(pg_catalog.=) 'rows'::text"
        " order by number desc limit 1), '-9223372036854775808'::bigint))",
        log, seq);
}

std::string overview_sql() {
    return fmt::format(
        "select pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.cardinality(seqs)), 0),"
        " {} operator(pg_catalog.+) {}, (select hash from audit_seals order by number desc limit 1) from audit_seals",
        unsealed_sql("change_log", "seq"), unsealed_sql("access_log", "id"));
}

std::string lower_case(std::string_view hash) {
    std::string text{hash};
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
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
        return Anchor{number, lower_case(*hash->string())};
    }
    for (const auto& [name, member] : value.members())
        if (auto found = anchor_in(member, depth + 1)) return found;
    return std::nullopt;
}

}  // namespace

std::int64_t Verification::found() const {
    std::int64_t all = 0;
    for (const auto& [problem, count] : counts) all += count;
    return all;
}

bool is_hash(std::string_view text) {
    constexpr std::size_t digits = 2 * digest_size;
    return text.size() == digits && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

KeptAnchors read_anchors(std::string_view lines) {
    KeptAnchors kept;
    while (!lines.empty()) {
        const auto end = std::min(lines.find('\n'), lines.size());
        auto line = lines.substr(0, end);
        lines.remove_prefix(std::min(end + 1, lines.size()));
        while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
        if (line.empty()) continue;
        if (is_hash(line)) {
            kept.anchors.push_back({0, lower_case(line)});
            continue;
        }
        const auto begin = line.find('{');  // a log line may have something before its JSON
        const auto parsed = Document::parse(line.substr(std::min(begin, line.size())));
        auto found = parsed ? anchor_in(parsed->value) : std::nullopt;
        if (found) kept.anchors.push_back(std::move(*found));
        else ++kept.other_lines;
    }
    return kept;
}

Async<Result<Verification>> verify(pg::Pool& pool, SealKeys keys, std::vector<Anchor> anchors) {
    pg::Statement asking{overview_sql(), {}};
    const auto rows = co_await pool.run(std::move(asking));
    if (!rows) co_return rows.error();
    Verification result{.seals = rows->integer(0, 0),
                        .rows = rows->integer(0, 1),
                        .unsealed = rows->integer(0, 2),
                        .last_hash = to_hex(rows->bytes(0, 3))};
    Check check{pool, keys, std::move(anchors), result};
    auto checking = check.all();
    const auto checked = co_await std::move(checking);
    if (!checked) co_return checked.error();
    co_return result;
}

}  // namespace dcs::audit
