#pragma once
// Run: one reconciliation of one resource, from its first page, or from where an earlier one stopped, to its end.
//
// Promise    a page's rows and the checkpoint behind it commit together; the next page is asked for meanwhile. A record that
//            cannot be stored is kept in sync_failures with its bytes and holds up no other. Complete is only said of a run
//            that has seen the whole listing.
// Windows    a run ends as what it began as: one over a caller's own window never moves the point from which others read.
// Fence      nothing is written once the lease is lost; the run says so and ends.
// Positions  a position that DrChrono refuses is given up once, and the listing is begun anew; pages that lead in a circle end
//            the run.
// Failed     records of sync_failures are asked for again in turns, each the less often the more often it failed. 404 settles
//            one like an absence.
// Removal    only by a flag or a tombstone list, or by absence from a complete whole listing that a GET confirms with 404.
//            When more than a share of the records vanish at once, none is removed and the run says so.
// Dates      where a listing is read by date ranges, no absence follows for what is not dated within them: such records are asked
//            for by their ids, and the run says which dates it has not read.
// Shifting   pages are separate jobs: when the listing has shrunk between two, the earlier one is read again; when fewer records
//            were shown than the listing counts, it is gone through a second time, and a run that still lacks some says so.
// Bulk       several jobs are under way at once; their pages are read and stored in order.
// Memory     two pages as text, and the records of a portion of one, whatever the account.
// Source     design section 2 ("Reconciliation"); fact sheet sections 3, 4, 7.

#include "base/backoff.hpp"
#include "reconcile/checkpoint.hpp"
#include "reconcile/fenced.hpp"
#include "reconcile/jobs_ahead.hpp"
#include "reconcile/staged_page.hpp"
#include "resources/listing.hpp"
#include "store/store.hpp"
#include "upstream/lister.hpp"

#include <functional>
#include <set>
#include <span>
#include <unordered_map>

namespace dcs::reconcile {

struct Policy {
    std::chrono::milliseconds overlap{std::chrono::hours{26}};  // every zone reading of a naive time lies within it
    double most_vanished = 0.1;                                 // share of the live records
    int always_vanish = 20;        // so many may vanish whatever their share; not of reference kinds
    int retried_failures = 50;     // records of sync_failures asked for again by a run
    int absences_at_once = 1'000;  // read from the database together
    int jobs_ahead = 8;            // bulk jobs that DrChrono works on together
    int bulk_page = dcs::bulk_page;
    /// How long a record that failed is left alone.
    Backoff failed_record{std::chrono::minutes{10}, std::chrono::days{7}};
    /// A page that was staged so long ago is asked for again, where the records have no clock.
    std::chrono::milliseconds staged_page{std::chrono::minutes{1}};
    /// A caller's window that nobody went on with for so long is begun anew.
    std::chrono::hours old_window{24 * 7};
};

/// Records of one table that are worth asking for again after `wait`.
struct AskAgain {
    std::string table{};
    std::vector<std::string> keys{};
    std::chrono::milliseconds wait{0};
    bool removal = false;  // they were found to be gone: 404 confirms it
};

/// What the parts of a run need; all outlive it.
struct Parts {
    pg::Pool& pool;
    const store::Store& store;
    upstream::Drchrono& drchrono;
    upstream::Lister& lister;
    Tasks& tasks;
    asio::any_io_executor executor;
    Clock clock;
    std::function<void()> changed;  // something was committed that wants publishing
    /// Queues fetches of records; goes into the transaction that found them to be doubtful. Empty: nobody asks again.
    std::function<pg::Statement(const AskAgain&)> ask_again{};
};

struct Wanted {
    const Listing* listing = nullptr;
    bool full = false;
    std::string since{};   // naive time or date, a window of the caller's own; empty: from the last complete run
    std::string said{};    // since, as the caller wrote it; "24h" means another time with each call
    bool restart = false;  // drops the checkpoint, and that of a caller's window, and begins anew
    bool repair =
        false;  // full: stored records are compared themselves, JSON and columns, not by the hash of what was last seen

    bool own_window() const noexcept { return !since.empty() && !full; }
};

/// The checkpoint that a run of `wanted` goes on from; nullptr: it begins anew.
const Checkpoint* goes_on_from(const Standing& standing, const Policy& policy, const Wanted& wanted, Time now);
/// The time from which a new run of `wanted` asks for changes; empty: it lists everything.
std::string since_of(const Standing& standing, const Policy& policy, const Wanted& wanted);

struct Report {
    std::string status{};  // completed, partial, failed
    std::string run_id{};
    bool resumed = false;
    audit::Counts counts{};
    int requests = 0;
    std::string error{};                                  // why it is not completed
    std::optional<std::chrono::milliseconds> again_in{};  // when going on makes sense, where that is known
    bool needs_person = false;                            // running again would end the same way
    bool not_permitted = false;  // DrChrono does not permit the kind; the checkpoint is gone on with once it does
    bool progressed = false;     // something of the listing was stored
};

class Run {
public:
    /// `lease` is what makes this the only run of its resource. `goes_on` is asked before each page: false ends the run with
    /// its checkpoint.
    Run(Parts parts, Policy policy, Wanted wanted, pg::Lease lease, std::function<bool()> goes_on);

    /// Error: the database does not answer; everything else is in the report.
    Async<Result<Report>> execute();

private:
    /// Records that were read together, and where the next ones begin.
    struct Portion {
        std::vector<store::State> states{};
        std::vector<pg::Statement> unusable{};  // that keep what could not be read
        std::vector<std::string> refused{};     // the keys of those that have one
        std::optional<std::size_t> next{};      // none: these were the last
    };
    using Portions = std::function<Portion(std::size_t from)>;
    /// What is written and waits for the checkpoint behind it.
    struct Written {
        pg::Transaction transaction;
        std::vector<std::string> keys{};
        std::vector<std::string> refused{};  // shown, and not stored
        bool together = false;               // with what comes behind them
    };
    /// What was stored together: a page of the listing, records that count as shown by it, or others.
    enum class Kind { page, shown, other };
    /// One record as DrChrono answered it by its id: its state, gone (404), or refused.
    struct Answered {
        std::optional<store::State> state{};
        bool gone = false;
        std::chrono::steady_clock::time_point asked{};
        std::optional<Error> refused{};
        std::string bytes{};  // of what was refused
    };

    // run.cpp
    Async<Result<>> begin();
    void restore_jobs();
    std::vector<pg::Statement> drop_unused(const std::vector<std::string>& replaced) const;
    void settle_standing();
    Async<Result<>> finish();
    void forget_shown_counts();
    std::vector<pg::Statement> drop_position();
    Async<Result<>> write_early_end(const Report& report);
    Async<Result<Report>> stop_early(Error error);
    std::string details() const;
    std::optional<Checkpoint>& slot() { return at_.window.empty() ? standing_.checkpoint : standing_.window; }
    pg::Statement write_checkpoint();
    upstream::Priority priority() const;
    // pages.cpp
    upstream::ListQuery query() const;
    Async<Result<>> list_pages();
    Async<Result<std::optional<upstream::Page>>> take_staged_page();
    Ahead<Result<upstream::Page>> ask_ahead(const std::string& position);
    std::string next_position(const upstream::Page& page);
    bool begin_otherwise(const Error& error);
    Result<upstream::Page> pass_over_open_end(const Error& error);
    Async<Result<bool>> is_fault_of_position(const Error& error);
    Async<Result<>> give_up_position(Error error);
    std::string trail_name() const;
    Async<Result<bool>> leads_back(const std::string& here, const std::string& next);
    std::optional<Error> count_empty(const upstream::Page& page);
    bool shows_the_same(const upstream::Page& page);
    Error circle();
    Async<Result<>> check_shown();
    // failed.cpp
    Async<Result<>> retry_failures();
    Async<Result<Answered>> ask_for(std::string key);
    Async<Result<>> settle_failure(std::string key, Answered answered);
    // removals.cpp
    Async<Result<>> list_tombstones();
    Async<Result<>> read_tombstones();
    Async<Result<>> go_on_without_tombstones(Error error);
    /// `time`: naive; empty: unknown.
    struct Deletion {
        std::string key;
        std::string time;
    };
    struct Deletions {
        std::vector<Deletion> of{};
        std::vector<pg::Statement> unusable{};  // keep what names no record
    };
    Deletions deletions_of(const upstream::Page& page) const;
    Async<Result<std::set<std::string>>> contradicted(const std::vector<Deletion>& deletions) const;
    Async<Result<>> ask_for_contradicted(const std::set<std::string>& keys);
    Async<Result<std::vector<store::State>>> tombstones_of(const upstream::Page& page);
    Async<Result<>> confirm_absences();
    std::string of_read_dates() const;
    Async<Result<bool>> too_many_vanished();
    Async<Result<>> settle_absence(std::string key);
    store::State gone(const std::string& key, std::chrono::steady_clock::time_point asked) const;
    // storing.cpp
    Async<Result<>> store_page(const upstream::Page& page);
    Async<Result<>> store_states(std::vector<store::State> states, Kind kind);
    Async<Result<>> store(const Portions& portions, Kind kind);
    Async<Result<std::optional<Written>>> store_together(const Portions& portions);
    Async<Result<Written>> store_apart(const Portions& portions);
    Async<Result<>> store_halving(std::span<const store::State> states);
    Async<Result<std::optional<std::string>>> store_some(std::span<const store::State> some);
    std::vector<pg::Statement> behind(const Written& written, Kind kind);
    pg::Statement keep_failure(const std::string& key, const std::string& reason, std::string raw) const;
    std::vector<pg::Statement> fetches_for(const std::vector<std::string>& keys,
                                           const std::vector<store::Applied>& applied) const;
    Portion portion_of(const upstream::Page& page, std::size_t from);
    bool take_in(Portion& portion, store::State state, std::string_view text);
    store::State state_of(Document item, std::string key) const;

    Parts parts_;
    Policy policy_;
    Wanted wanted_;
    Fenced fenced_;
    std::function<bool()> goes_on_;
    const Resource& resource_;
    Standing standing_{};
    Checkpoint at_{};
    std::shared_ptr<upstream::Meter> meter_ = std::make_shared<upstream::Meter>();
    JobsAhead jobs_;
    bool resumed_ = false;
    bool progressed_ = false;
    std::pair<std::string, std::size_t> last_bulk_page_{};  // its position, and what it showed
    bool begins_bulk_ = false;           // behind the page that is being stored the listing is had anew, in bulk
    bool hopeless_ = false;              // the position leads nowhere: the next run must not go on from it
    bool repeated_ = false;              // the page that was stored last had been shown before
    std::optional<std::string> here_{};  // position of the page that is being stored, where circles are possible
    std::optional<Time> staged_{};       // when that page was asked for, where an earlier process did
    /// What the page that is being stored has shown: {key → hash of the text}.
    std::unordered_map<std::string, std::size_t> shown_here_{};
    std::set<std::string> contradictory_{};  // records that it shows twice, in two ways
    bool contradicted_late_ = false;         // one of them was in a portion that is written already
    bool not_permitted_ = false;             // the kind, when the run stopped
    bool ends_unanswered_ = false;           // the run ends where checkpoint's `unanswered` counts
    int unanswered_ = 0;                     // records in a row that DrChrono had no answer for
    bool tombstones_failed_before_ = false;  // the run that is gone on with ended in their list
    std::string unread_deletions_{};         // why the list of deletions was not read
    std::string warning_{};                  // why a run that has seen everything is still not completed
    bool needs_person_ = false;              // and running again would end the same way
};

}  // namespace dcs::reconcile
