#include "pg/embedded.hpp"

#include "base/log.hpp"
#include "pg/cluster_binaries.hpp"
#include "pg/cluster_files.hpp"
#include "pg/cluster_place.hpp"
#include "pg/cluster_roles.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

namespace dcs::pg {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds pause{20};
constexpr milliseconds fast_stop_limit{10'000};
constexpr milliseconds immediate_stop_limit{10'000};
constexpr milliseconds leftover_limit{15'000};  // what a killed postmaster left behind ends within seconds

/// Held by the process that runs the cluster; the kernel frees it when that process is gone, however it ends.
class OwnerLock {
public:
    OwnerLock() = default;
    OwnerLock(const OwnerLock&) = delete;
    OwnerLock& operator=(const OwnerLock&) = delete;
    ~OwnerLock() { release(); }

    Result<bool> try_take(const fs::path& path) {
        if (file_ < 0) file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (file_ < 0)
            return Error{Fault::rejected,
                         fmt::format("{} cannot be opened ({}): the embedded database belongs to another user",
                                     path.string(), std::strerror(errno))};
        return ::flock(file_, LOCK_EX | LOCK_NB) == 0;
    }
    void release() noexcept {
        if (file_ >= 0) ::close(std::exchange(file_, -1));
    }

private:
    int file_ = -1;
};

}  // namespace

struct Embedded::Cluster {
    Cluster(Place the_place, Options the_options) : place{std::move(the_place)}, options{the_options} {}

    Place place;
    Options options;
    OwnerLock lock{};
    pid_t child = -1;

    Result<> start_or_join(const Settings& settings);
    Result<> start_own(steady_clock::time_point until);
    void stop_leftover(steady_clock::time_point until) const;
    Result<bool> start_once(const fs::path& binaries, steady_clock::time_point until);
};

/// Whoever gets the lock starts the cluster; the others wait until it answers, or until the lock is free.
Result<> Embedded::Cluster::start_or_join(const Settings& settings) {
    const auto until = steady_clock::now() + options.start_limit;
    for (;;) {
        const auto owner = lock.try_take(place.lock);
        if (!owner) return owner.error();
        if (*owner) {
            const auto started = start_own(until);
            if (!started) return started.error();
            return create_role_and_database(place.socket, settings);
        }
        if (answers(place.socket)) {
            lock.release();
            return create_role_and_database(place.socket, settings);
        }
        if (steady_clock::now() >= until)
            return Error{Fault::unavailable, "another process holds the embedded database, and it does not answer"};
        std::this_thread::sleep_for(pause);
    }
}

Result<> Embedded::Cluster::start_own(steady_clock::time_point until) {
    stop_leftover(until);
    const auto major = major_version_of(place.data);
    const auto binaries = find_binaries(major);
    if (!binaries) return binaries.error();
    if (!major) {
        const auto made = make_cluster(place, *binaries, options.durable);
        if (!made) return made.error();
    }
    remove_foreign_pid_file(place.data);

    std::error_code ignored;
    const bool killed_before = fs::exists(place.data / "postmaster.pid", ignored);
    const auto give_up = killed_before ? std::min(until, steady_clock::now() + leftover_limit) : steady_clock::now();
    for (;;) {
        const auto started = start_once(*binaries, until);
        if (!started) return started.error();
        if (*started) return {};
        if (steady_clock::now() >= give_up)
            return Error{Fault::unavailable, "the embedded database ended while it started: " + last_start_line(place)};
        std::this_thread::sleep_for(pause * 10);
    }
}

/// A postmaster whose starter is gone is shutting down, or will not when it should: it is never taken over.
void Embedded::Cluster::stop_leftover(steady_clock::time_point until) const {
    bool told = false;
    while (steady_clock::now() < until) {
        const auto leftover = running_postmaster(place.data);
        if (!leftover) return;
        if (!std::exchange(told, true)) {
            log::warning("the embedded database was left running by a process that is gone; it is shut down first",
                         {{"pid", static_cast<std::int64_t>(*leftover)}});
            ::kill(*leftover, SIGINT);
        }
        std::this_thread::sleep_for(pause);
    }
}

/// True: it takes connections. False: it ended by itself.
Result<bool> Embedded::Cluster::start_once(const fs::path& binaries, steady_clock::time_point until) {
    const auto started = start_postmaster(place, binaries, options.durable);
    if (!started) return started.error();
    child = *started;
    for (;;) {
        if (wait_for(child, milliseconds{0})) {
            child = -1;
            return false;
        }
        if (answers(place.socket)) return true;
        if (steady_clock::now() >= until)
            return Error{Fault::unavailable, "the embedded database did not start in time: " + last_start_line(place)};
        std::this_thread::sleep_for(pause);
    }
}

Result<std::unique_ptr<Embedded>> Embedded::start(const fs::path& data_dir, Settings& settings, Options options) {
    auto place = prepare_place(data_dir);
    if (!place) return place.error();
    std::unique_ptr<Embedded> embedded{new Embedded{std::make_unique<Cluster>(*std::move(place), options)}};
    const auto running = embedded->cluster_->start_or_join(settings);
    if (!running) return running.error();
    settings.host = embedded->cluster_->place.socket;
    settings.port = cluster_port;
    return embedded;
}

Embedded::Embedded(std::unique_ptr<Cluster> cluster) : cluster_{std::move(cluster)} {}

Embedded::~Embedded() { stop(); }

void Embedded::stop() {
    const auto child = std::exchange(cluster_->child, -1);
    if (child > 0) {
        ::kill(child, SIGINT);
        bool ended = wait_for(child, fast_stop_limit).has_value();
        if (!ended) {
            log::error("the embedded database did not shut down in time; it is stopped at once and will recover");
            ::kill(child, SIGQUIT);
            ended = wait_for(child, immediate_stop_limit).has_value();
        }
        if (!ended) {
            ::kill(child, SIGKILL);
            ::waitpid(child, nullptr, 0);
        }
    }
    cluster_->lock.release();
}

bool Embedded::died() {
    if (cluster_->child <= 0 || !wait_for(cluster_->child, milliseconds{0})) return false;
    cluster_->child = -1;
    return true;
}

Result<> Embedded::restart() { return cluster_->start_own(steady_clock::now() + cluster_->options.start_limit); }

bool Embedded::owned() const noexcept { return cluster_->child > 0; }

}  // namespace dcs::pg
