#pragma once
// Rewriter: writes what many records derive from another one that came or changed, a bounded number of rows at a time.
//
// Promise    a record's write queues in table `rewrites`, in its own transaction, what more than `written_at_once` rows derive
//            from it (record_sql.hpp). Here those rows are written in transactions of their own, each with its change_log and
//            outbox rows, until none holds an old value: also after a crash, and with several instances side by side.
// Writers    each portion is written under the lock that children are written under (store.hpp), taken before it looks: a child
//            that is written meanwhile has the new value already, and a parent that changes again waits for the portion and
//            queues its children anew.
// Errors     a portion that fails is tried again with backoff; the others go on.
// Threads    the executor's single thread.

#include "base/async.hpp"
#include "pg/pool.hpp"

#include <functional>
#include <string>

namespace dcs::store {

/// What one call did.
struct Rewritten {
    bool any = false;          // something was due, and this call was not kept from it by another instance
    std::int64_t written = 0;  // rows that had another value
    bool failed = false;       // a portion was refused; it is tried again later
};
/// One portion: at most `most` rows that derive from one record. `zone`: the practice's.
Async<Result<Rewritten>> rewrite_some(pg::Pool& pool, std::string zone, int most = 500);

class Rewriter {
public:
    /// `changed`: something was committed that wants publishing.
    Rewriter(asio::any_io_executor executor, pg::Pool& pool, std::string practice_timezone,
             std::function<void()> changed);

    void start(Tasks& tasks);
    /// Something may have been queued.
    void wake() { wake_.notify(); }
    void stop();
    /// Works off what is due now, for a program that ends then; until `stopping`.
    Async<> work_off(const bool& stopping);

private:
    Async<> loop();

    pg::Pool& pool_;
    std::string zone_;
    std::function<void()> changed_;
    Wake wake_;
    bool stopping_ = false;
};

}  // namespace dcs::store
