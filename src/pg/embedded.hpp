#pragma once
// Embedded: a private PostgreSQL cluster for those who have none: made, started and stopped by the service.
//
// Place      <data_dir>/postgres; a Unix socket only (no TCP), in a directory that only the service can enter.
// User       PostgreSQL refuses to run as root: started as root, the cluster belongs to and runs as user `postgres`
//            (or `nobody` where there is none).
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
    /// Blocks until the cluster takes connections (first start with initdb: 1-3 s; later: well under 1 s).
    /// Creates role and database named in `settings`; on return host and port of `settings` say where it is.
    static Result<std::unique_ptr<Embedded>> start(const std::filesystem::path& data_dir, Settings& settings);
    /// stop(), if it was not called.
    ~Embedded();

    /// Fast shutdown, then waits (10 s; past that an immediate one). Nothing happens if we only joined. May come twice.
    void stop();
    bool owned() const noexcept;

private:
    struct Cluster;
    explicit Embedded(std::unique_ptr<Cluster> cluster);
    std::unique_ptr<Cluster> cluster_;
};

}  // namespace dcs::pg
