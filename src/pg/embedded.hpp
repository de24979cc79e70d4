#pragma once
// Embedded: a private PostgreSQL cluster for those who have none: made, started and stopped by the service.
//
// Place      <data_dir>/postgres; a Unix socket only (no TCP), in a directory that only the service can enter.
// User       PostgreSQL refuses to run as root: started as root, the cluster belongs to and runs as user `postgres`
//            (or `nobody` where there is none).
//            Where the directories above are closed to that user, it keeps a capability to pass them; the log says so.
// Log        <data_dir>/postgres/log, one file a weekday, overwritten after a week; without statements or values.
// Ending     the cluster shuts down with the process that started it, also when that is killed.
// Recovery   a postmaster.pid of a dead process, a crashed cluster, a half-made one (initdb killed midway) are repaired;
//            a cluster that another process of ours already runs is joined, and then not stopped by us.
// Errors     rejected: no PostgreSQL binaries, a data_dir that cannot be used, a cluster of another major version:
//            the detail says what to do. unavailable: it did not start in time.

#include "base/error.hpp"
#include "pg/pool.hpp"

#include <filesystem>
#include <memory>

namespace dcs::pg {

class Embedded {
public:
    struct Options {
        bool durable = true;  // false: nothing is flushed to the disk; a machine that crashes loses the cluster
        std::chrono::milliseconds start_limit{60'000};  // also for the recovery after a crash
    };

    /// Blocks until the cluster takes connections (first start with initdb: 1-3 s; later: well under 1 s).
    /// Creates role and database named in `settings`; on return host and port of `settings` say where it is.
    /// pre: the calling thread lives as long as the result: the cluster shuts down when that thread ends.
    static Result<std::unique_ptr<Embedded>> start(const std::filesystem::path& data_dir, Settings& settings,
                                                   Options options);
    static Result<std::unique_ptr<Embedded>> start(const std::filesystem::path& data_dir, Settings& settings) {
        return start(data_dir, settings, Options{});
    }
    /// stop(), if it was not called.
    ~Embedded();

    /// Fast shutdown, then waits (10 s; past that an immediate one). Nothing happens if we only joined. May come twice.
    void stop();
    bool owned() const noexcept;
    /// Whether the cluster that we started has ended without being asked to. True once: then restart() it.
    bool died();
    /// Blocks as start() does; on the same thread. pre: died() was true.
    Result<> restart();

private:
    struct Cluster;
    explicit Embedded(std::unique_ptr<Cluster> cluster);
    std::unique_ptr<Cluster> cluster_;
};

}  // namespace dcs::pg
