#pragma once
// Past: so many days of a clinic's traffic that are over, in the service's own tables; and who waits for a lock now.

#include "support/test_database.hpp"

#include <map>
#include <string>

namespace dcs::test {

/// For each delivery of the last `days` days: its row in inbox, its event, its change and its run, at its time; one in a hundred
/// dead, with its tries; a few of the oldest unfinished. Besides, a year of changes that is old enough to go.
void live_through(const TestDatabase& database, int days, int deliveries_a_day);

/// Has the server write down whoever waits for a lock of this database for more than 100 ms; holds for connections made later.
class LockWaits {
public:
    explicit LockWaits(const TestDatabase& database);
    /// How many have since the beginning, by what they waited for: a table's name for its lock as a whole, else "row", "advisory".
    std::map<std::string, int> counts() const;
    int count() const;

private:
    std::string read() const;

    const TestDatabase& database_;
    std::size_t begun_;
};

}  // namespace dcs::test
