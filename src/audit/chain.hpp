#pragma once
// Chain: the seals checked against the rows that they cover, and against what was kept of them elsewhere.
//
// Promise    verify() names the rows that were altered, removed or inserted since they were sealed, the seals that were altered,
//            removed, or made by somebody who does not have the service's key, and what stands between the tables and their
//            readers. It goes on to the end whatever it finds: of each kind it counts all and names the first thousand. It reads
//            rows and seals as data and trusts no function of the database. Rows may be missing only where their whole
//            partition is gone and a seal that a key vouches for says that retention dropped it, six years old.
// Cannot     tell that seals were removed from the end of the chain together with their rows: an anchor does.

#include "audit/seal_key.hpp"
#include "base/async.hpp"
#include "pg/pool.hpp"

#include <map>
#include <string>
#include <vector>

namespace dcs::audit {

struct Finding {
    // "row altered", "row missing", "row inserted", "rows not readable", "seal altered", "seal missing", "seal without key", "retention not signed",
    // "chain taken over", "chain not confirmed", "anchor not in the chain", and those of relations.hpp
    std::string problem;
    std::string
        log;  // change_log or access_log; empty: of the chain; where seal is 0: a relation, with what is strange of it
    std::int64_t seq;   // of the row, or the seal's number
    std::int64_t seal;  // the seal that tells
};

/// What was kept elsewhere: a seal's hash, and its number if that is known (0: it is not).
struct Anchor {
    std::int64_t seal = 0;
    std::string hash{};  // hex
};

struct Verification {
    std::int64_t seals = 0;
    std::int64_t rows = 0;                         // that they cover, with those dropped since
    std::int64_t unsealed = 0;                     // rows behind the last seals
    std::int64_t anchors = 0;                      // how many were compared
    std::string last_hash{};                       // hex; empty: no seal
    bool anchor_found = true;                      // every anchor is in the chain
    std::vector<Finding> findings{};               // the first thousand of each kind
    std::map<std::string, std::int64_t> counts{};  // of each kind, all

    std::int64_t found() const;
};
Async<Result<Verification>> verify(pg::Pool& pool, SealKeys keys, std::vector<Anchor> anchors);

struct KeptAnchors {
    std::vector<Anchor> anchors{};
    std::int64_t other_lines = 0;  // neither empty nor an anchor
};
/// The anchors in a text of lines: a hash each, or JSON with "seal" and "hash" at any depth, as the service logs and keeps them.
KeptAnchors read_anchors(std::string_view lines);

/// Whether this is a seal's hash in hex.
bool is_hash(std::string_view text);

}  // namespace dcs::audit
