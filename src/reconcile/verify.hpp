#pragma once
// Verify: how far the mirror is from the account, by counts and hashes; writes nothing.
//
// Sample     a listing of up to twenty pages is read whole. Of a longer one a page is compared, which shows records that are not
//            here, some of our records are asked for, one request each, and their number is compared with the listing's count:
//            that may find no difference, and is never called the same. Without a count it cannot be told, and is not.
// Full       the whole listing is read, a page at a time; a record of ours that it does not show is asked for itself where
//            only a few are missing.
// Same       only what was compared and found equal. A difference is what a run would write (store/store.hpp), and also a
//            state that the store would refuse as older and that differs: asked for by its id, it is so still. A record that
//            the listing may rightly hide is none.
// Projected  insurance is compared with what the patients' listing says of it.
// Memory     two pages, and 8 bytes a record.
// Errors     unavailable: no database. What DrChrono refuses is in the drift's `error`.

#include "reconcile/run.hpp"

namespace dcs::reconcile {

struct Difference {
    // Not stored; other members; stored and alive, but gone in the account; other members in a state that counts as older.
    enum class Kind { missing, differs, gone, stale };
    Kind kind;
    std::string key;
    std::vector<std::string> members{};  // names alone; of columns that do not follow from the JSON: "name (column)"
};

struct Drift {
    std::int64_t here = 0;  // live records of ours
    std::optional<std::int64_t>
        there{};  // what the listing counts, where it says so; tombstoned ones may be among them
    std::int64_t compared = 0;
    std::int64_t missing = 0;  // records of the account that are not here: met, or by the count at least
    std::int64_t differs = 0;
    std::int64_t stale = 0;
    std::int64_t gone = 0;
    std::int64_t not_shown = 0;   // ours that the listing does not show, or by its count lacks, and nobody asked for
    std::int64_t unreadable = 0;  // records in the listing without a usable id
    std::vector<Difference> examples{};  // the first twenty
    int requests = 0;
    bool sampled = false;      // not all was compared, as was asked for
    std::string error{};       // why nothing is said of the rest; empty: as much was compared as was asked for
    bool interrupted = false;  // for want of DrChrono or of requests: the same call can say more later

    std::int64_t extra() const { return gone + not_shown; }
    std::int64_t differences() const { return missing + differs + stale + extra() + unreadable; }
    bool none_found() const { return differences() == 0 && error.empty(); }
    bool same() const { return none_found() && !sampled; }
};

struct Extent {
    bool full = false;
    int sample = 10;  // records of a resource
};

/// `goes_on` is asked before each request.
Async<Result<Drift>> verify(Parts parts, const Listing& listing, Extent extent, std::function<bool()> goes_on);

}  // namespace dcs::reconcile
