#pragma once
// Fleet: the instances of the service: processes of their own, killed, suspended and started again.
//
// Endings    an instance that ends without having been killed or stopped by the driver, after it was once ready, is a
//            violation. One that ends before it was ready (its database was away) is started again, as a supervisor would.

#include "support/child_process.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace dcs::histories {

/// The binary that is tried: HISTORIES_SERVICE, else the one that was built beside this program.
std::string service_binary();

class Fleet {
public:
    using Environment = std::map<std::string, std::string>;
    Fleet(int instances, Environment common);

    int size() const noexcept { return static_cast<int>(instances_.size()); }
    std::uint16_t port(int nth) const { return at(nth).port; }
    std::uint16_t metrics_port(int nth) const { return at(nth).metrics_port; }
    /// Whether it runs and is not suspended.
    bool awake(int nth);
    /// The next one that is awake, in turn; -1: none.
    int next_awake();
    bool suspended(int nth) const { return at(nth).suspended; }

    /// Nothing happens to one that runs. `kill_at`: the fault point at which it kills itself; empty: none.
    void start(int nth, const std::string& kill_at = {});
    void kill(int nth);
    void suspend(int nth);
    void resume(int nth);
    void hang_up(int nth);
    /// SIGTERM, as a deployment does; it is started again once it has ended. Ending otherwise than with 0 is a violation.
    void ask_to_stop(int nth);
    /// SIGTERM; what is still there after `grace` is a violation. Blocks.
    void stop(int nth, std::chrono::milliseconds grace);

    /// Looks who has ended, and starts again who should run.
    void look_after();
    void was_ready(int nth) { at(nth).ready = true; }

    /// What no process may do: ended by itself, or would not end.
    const std::vector<std::string>& violations() const noexcept { return violations_; }
    /// What all of them have written, those that are gone too.
    std::string log() const;
    int kills() const noexcept { return kills_; }

private:
    struct Instance {
        std::uint16_t port = 0;
        std::uint16_t metrics_port = 0;
        std::unique_ptr<test::ChildProcess> process{};
        bool ready = false;  // was, since it was started
        bool suspended = false;
        bool wanted = false;   // should run
        bool may_die = false;  // was started with a fault point
        bool asked_to_stop = false;
        std::chrono::steady_clock::time_point started{};
        std::string log{};
    };
    const Instance& at(int nth) const { return instances_.at(static_cast<std::size_t>(nth)); }
    Instance& at(int nth) { return instances_.at(static_cast<std::size_t>(nth)); }
    void bury(Instance& instance);

    Environment common_;
    std::vector<Instance> instances_;
    std::vector<std::string> violations_{};
    int next_ = 0;
    int kills_ = 0;
};

}  // namespace dcs::histories
