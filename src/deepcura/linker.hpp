#pragma once
// Linker: judges notes anew when an appointment or a clinical note that they may belong to has come or changed.
//
// Promise    whatever came in whatever order, in the end each note is linked as the rules say of what is there (link_sql.hpp).
//            The changes are queued by the database in the transaction that makes them (migration 0004): none is missed.
// Cost       one statement for all that is due, however many notes it concerns.
// Threads    the executor's single thread; one linker at a time among the instances, by an advisory lock.

#include "base/async.hpp"
#include "pg/pool.hpp"

#include <functional>

namespace dcs::deepcura {

/// What one round did.
struct Relinked {
    std::int64_t changes_seen = 0;  // rows of table relinks
    std::int64_t linked = 0;
    std::int64_t unlinked = 0;
};
/// One round: at most `most` queued changes, in one transaction of its own.
Async<Result<Relinked>> relink(pg::Pool& pool, int most = 20'000);

class Linker {
public:
    /// `changed`: something was committed that wants publishing.
    Linker(asio::any_io_executor executor, pg::Pool& pool, std::function<void()> changed);

    void start(Tasks& tasks);
    /// Something may have been queued.
    void wake() { wake_.notify(); }
    void stop();

private:
    Async<> loop();

    pg::Pool& pool_;
    std::function<void()> changed_;
    Wake wake_;
    bool stopping_ = false;
};

}  // namespace dcs::deepcura
