#pragma once
// Verify: how far the mirror is from the account, by counts and hashes; writes nothing.
//
// Sample     some of our records are asked for, one request each, and their number is compared with the listing's count.
// Full       the whole listing is read, a page at a time; a record of ours that it does not show is asked for itself where
//            only a few are missing.
// Same       as the store judges it (store/store.hpp): a difference is what a run would write. A record that is newer here, or
//            that the listing may rightly hide, is none.
// Memory     two pages, and 8 bytes a record.
// Errors     unavailable: no database. What DrChrono refuses is in the drift's `error`.

#include "reconcile/run.hpp"

namespace dcs::reconcile {

struct Difference {
    enum class Kind { missing, differs, gone };  // not stored; other members; stored and alive, but gone in the account
    Kind kind;
    std::string key;
    std::vector<std::string> members{};  // names alone
};

struct Drift {
    std::int64_t here = 0;  // live records of ours
    std::optional<std::int64_t>
        there{};  // what the listing counts, where it says so; tombstoned ones may be among them
    std::int64_t compared = 0;
    std::int64_t missing = 0;
    std::int64_t differs = 0;
    std::int64_t gone = 0;
    std::int64_t not_shown = 0;          // ours that a whole listing did not show and nobody asked for
    std::vector<Difference> examples{};  // the first twenty
    int requests = 0;
    std::string error{};  // empty: as much was compared as was asked for

    bool same() const { return missing + differs + gone + not_shown == 0 && error.empty(); }
};

struct Extent {
    bool full = false;
    int sample = 10;  // records of a resource
};

/// pre: the listing has a path of its own. `goes_on` is asked before each request.
Async<Result<Drift>> verify(Parts parts, const Listing& listing, Extent extent, std::function<bool()> goes_on);

}  // namespace dcs::reconcile
