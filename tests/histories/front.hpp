#pragma once
// Front: the door of the simulated DrChrono: notes when each request came and how it was answered, and answers some of
// them in shapes that the simulator has no fault for.

#include "net/server.hpp"
#include "simulator/simulator.hpp"

#include <memory>
#include <string>
#include <vector>

namespace dcs::histories {

struct Asked {
    std::chrono::steady_clock::time_point at;
    Time wall;
    std::string target;  // path and query
    int status = 0;
};

class Front {
public:
    explicit Front(asio::any_io_executor executor);

    std::uint16_t port() const noexcept { return server_.port(); }
    /// Whom it stands before; before the first request.
    void stand_before(simulator::Simulator& simulator) { simulator_ = &simulator; }
    Async<> stop() { return server_.stop(std::chrono::milliseconds{500}); }

    /// The next `count` pages of lists hold what is no record beside the records.
    void misshape(int count) { misshape_ = count; }
    /// The next `count` pages name themselves as the next one.
    void turn_in_circles(int count) { circle_ = count; }

    const std::vector<Asked>& asked() const noexcept { return asked_; }

private:
    Async<net::Response> answer(net::Request request);
    void spoil(const std::string& target, net::Response& response);

    simulator::Simulator* simulator_ = nullptr;
    int misshape_ = 0;
    int circle_ = 0;
    std::vector<Asked> asked_{};
    net::Server server_;
};

}  // namespace dcs::histories
