#pragma once
// Test database: a PostgreSQL database of a test's own, in a cluster of the test process's own.
//
// Place      one private cluster a process, in a fresh temporary directory: started with the first TestDatabase, stopped
//            and removed when the process ends. PostgreSQL's programs must be installed, else every such test fails.
// Contents   a copy of a template to which all embedded migrations were applied; or nothing at all.
// Speed      making and dropping one takes about 60 ms in memory (/dev/shm, where that has room), 150 ms on a disk.

#include "pg/pool.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::test {

class TestDatabase {
public:
    enum class Contents { migrated, empty };
    explicit TestDatabase(Contents contents = Contents::migrated);
    /// Drops it, whoever is still connected.
    ~TestDatabase();
    TestDatabase(const TestDatabase&) = delete;
    TestDatabase& operator=(const TestDatabase&) = delete;

    /// How to connect, as the role that owns it.
    pg::Settings settings() const;

    /// Runs `sql` (several statements are fine) on a connection of its own, blocking, and gives the first column of the last
    /// one's first row; empty: NULL or no row. Throws what the server says when it refuses.
    std::string query(const std::string& sql) const;
    /// The same as the cluster's superuser.
    std::string query_as_superuser(const std::string& sql) const;
    /// All rows of the last statement, NULL as nullopt; as the cluster's superuser.
    std::vector<std::vector<std::optional<std::string>>> rows(const std::string& sql) const;

    /// The whole cluster crashes: an immediate shutdown, which leaves recovery to the next start. Returns when it is gone.
    static void crash_cluster();
    /// Starts it again and waits until it takes connections. pre: crash_cluster(), on the thread that made the first database.
    static void restart_cluster();

private:
    std::string name_;
};

/// A directory that is removed with everything in it; other users may pass it.
class TemporaryDirectory {
public:
    TemporaryDirectory();
    explicit TemporaryDirectory(const std::filesystem::path& place);
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace dcs::test
