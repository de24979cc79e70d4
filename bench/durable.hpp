#pragma once
// Durable: a PostgreSQL cluster of the bench's own that keeps what it has said (fsync, checksums, 512 MB of buffers), and how
// much processor time a process and all that it started have used.

#include "pg/embedded.hpp"
#include "support/test_database.hpp"

#include <chrono>
#include <string>

namespace dcs::bench {

class Durable {
public:
    /// On a disk: the directory for temporary files.
    Durable();

    const pg::Settings& settings() const noexcept { return settings_; }
    /// As TestDatabase::query, in database `name` (empty: the service's).
    std::string query(const std::string& sql, const std::string& name = {}) const;
    /// As the cluster's superuser, whom psql and pgbench are.
    pg::Settings superuser(const std::string& name) const;
    /// The postmaster's process id.
    int process() const;
    /// With BENCH_STATEMENTS in the environment: begins to count what each statement takes (pg_stat_statements, which itself costs
    /// some percent), and prints the dearest of them, in microseconds of `each`.
    void count_statements() const;
    void print_statements(int each) const;

private:
    test::TemporaryDirectory directory_{};
    pg::Settings settings_{};
    std::unique_ptr<pg::Embedded> embedded_{};
};

/// Processor time of that process and of all that descend from it, those that have ended included.
std::chrono::duration<double> processor_time(int process);
/// Resident memory of the process, in MB of 1,048,576 bytes.
double resident_megabytes(int process);

}  // namespace dcs::bench
