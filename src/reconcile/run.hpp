#pragma once
// Run: one reconciliation of one resource, from its first page, or from where an earlier one stopped, to its end.
//
// Promise    a page's rows and the checkpoint behind it commit together; the next page is asked for meanwhile. A record that
//            cannot be stored is kept in sync_failures with its bytes and holds up no other. Complete is only said of a run
//            that has seen the whole listing.
// Removal    only by a flag or a tombstone list, or by absence from a complete whole listing that a GET confirms with 404.
//            When more than a share of the records vanish at once, none is removed and the run says so.
// Shifting   pages are separate jobs: when the listing has shrunk between two, the earlier one is read again; when fewer records
//            were shown than the listing counts, it is gone through a second time, and a run that still lacks some says so.
// Memory     two pages as text, and the records of a portion of one, whatever the account.
// Source     design section 2 ("Reconciliation"); fact sheet sections 3, 4, 7.

#include "reconcile/checkpoint.hpp"
#include "resources/listing.hpp"
#include "store/store.hpp"
#include "upstream/lister.hpp"

#include <functional>

namespace dcs::reconcile {

struct Policy {
    std::chrono::milliseconds overlap{std::chrono::hours{26}};  // every zone reading of a naive time lies within it
    double most_vanished = 0.1;                                 // share of the live records
    int always_vanish = 20;                                     // so many may vanish whatever their share
    int retried_failures = 50;                                  // records of sync_failures asked for again by a run
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
};

struct Wanted {
    const Listing* listing = nullptr;
    bool full = false;
    std::string since{};  // naive time or date; empty: from the last complete run
};

/// Whether a run of `wanted` goes on where an earlier one stopped.
bool goes_on_from(const Standing& standing, const Wanted& wanted);
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
};

class Run {
public:
    /// `goes_on` is asked before each page: false ends the run with its checkpoint.
    Run(Parts parts, Policy policy, Wanted wanted, std::function<bool()> goes_on);

    /// Error: the database does not answer; everything else is in the report.
    Async<Result<Report>> execute();

private:
    /// Records that were read together, and where the next ones begin.
    struct Portion {
        std::vector<store::State> states{};
        std::vector<pg::Statement> unusable{};  // that keep what could not be read
        std::optional<std::size_t> next{};      // none: these were the last
    };
    using Portions = std::function<Portion(std::size_t from)>;
    /// What is written and waits for the checkpoint behind it.
    struct Written {
        pg::Transaction transaction;
        std::vector<std::string> keys{};
        bool together = false;  // with what comes behind them
    };

    Async<Result<>> begin();
    Async<Result<>> retry_failures();
    Async<Result<>> list_pages();
    std::string next_position(const upstream::Page& page);
    Async<Result<>> check_shown();
    bool begin_otherwise(const Error& error);
    Async<Result<>> list_tombstones();
    Async<Result<>> confirm_absences();
    Async<Result<>> finish();
    Async<Report> stop_early(Error error);
    Async<Result<>> store_page(const upstream::Page& page);
    Async<Result<>> store_states(std::vector<store::State> states, bool is_page);
    Async<Result<>> store(const Portions& portions, bool is_page);
    Async<Result<std::optional<Written>>> store_together(const Portions& portions);
    Async<Result<Written>> store_each(const Portions& portions);
    Async<Result<>> store_alone(store::State state);
    Async<Result<>> settle_absence(std::string key);
    Portion portion_of(const upstream::Page& page, std::size_t from) const;
    store::State state_of(Document item, std::string key) const;
    upstream::Priority priority() const;
    upstream::ListQuery query() const;

    Parts parts_;
    Policy policy_;
    Wanted wanted_;
    std::function<bool()> goes_on_;
    const Resource& resource_;
    Standing standing_{};
    Checkpoint at_{};
    upstream::Meter meter_{};
    bool resumed_ = false;
    std::string warning_{};  // why a run that has seen everything is still not completed
};

}  // namespace dcs::reconcile
