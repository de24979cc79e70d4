#pragma once
// Prepare: what must be true of the database before anything works on it: it answers, suits, has this version's schema, and
// knows the practice's time zone.
//
// Promise    waits for a database that is not there yet, or only reads, until it does or `stopping` is set. What cannot become
//            right without somebody's change ends the wait with an Error that says what to change.
// Writes     migrations; the time zones that the server knows; appointments to be written anew because a zone is usable now.

#include "app/settings.hpp"
#include "pg/pool.hpp"

namespace dcs::app {

struct Prepared {
    int schema = 0;                 // number of the newest migration
    std::string practice_timezone;  // PRACTICE_TIMEZONE by the server's name for it; empty: none is set
};

/// rejected: a server, an encoding or a time zone that cannot be used; conflict, forbidden, bug: see pg::migrate.
Async<Result<Prepared>> prepare_database(asio::any_io_executor executor, const Settings& settings,
                                         pg::Settings database, const bool& stopping);

}  // namespace dcs::app
