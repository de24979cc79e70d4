#include "admin/overview.hpp"
#include "admin/reply.hpp"

#include <fmt/format.h>

namespace dcs::admin {

namespace {

using namespace std::chrono_literals;

constexpr int most_streams = 32;
constexpr auto longest_life = 10min;
constexpr auto look = 2s;
constexpr auto heartbeat = 15s;
constexpr auto session_check = 4s;

/// Counts a stream for as long as it lives.
class Place {
public:
    explicit Place(int& count) : count_{count} { ++count_; }
    ~Place() { --count_; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

private:
    int& count_;
};

std::string event(std::string_view name, std::string_view data) {
    return fmt::format("event: {}\ndata: {}\n\n", name, data);
}

net::Response head() {
    net::Response response;
    response.content_type = "text/event-stream";
    auth::add_api_headers(response.headers);
    response.headers.add("X-Accel-Buffering", "no");  // proxies hold back what they could send at once
    response.body = "retry: 3000\n\n";
    return response;
}

}  // namespace

Async<std::optional<net::Response>> stream_overview(Backend& backend, net::Request request, auth::Caller caller,
                                                    net::BodyStream& stream) {
    if (backend.streams >= most_streams)
        co_return refuse(503, "Too many pages watch; please look again later", request);
    const Place place{backend.streams};
    auto beginning = stream.begin(head());
    bool open = co_await std::move(beginning);
    const auto begun = std::chrono::steady_clock::now();
    auto spoken = begun;
    auto checked = begun;
    std::string shown;
    while (open && std::chrono::steady_clock::now() - begun < longest_life) {
        const auto reading = co_await backend.overview->current(backend);
        const auto now = std::chrono::steady_clock::now();
        std::string piece;
        if (reading && reading->rest != shown) {
            shown = reading->rest;
            piece = event("overview", reading->text());
        } else if (now - spoken >= heartbeat) {
            piece = ": still here\n\n";
        }
        if (now - checked >= session_check) {
            checked = now;
            const auto session = co_await backend.sessions.find(caller.session, false);
            if (!session && session.error().fault == Fault::unauthorized) {
                auto saying = stream.send(event("signed-out", "{}"));
                co_await std::move(saying);
                co_return std::nullopt;
            }
        }
        if (!piece.empty()) {
            spoken = now;
            open = co_await stream.send(std::move(piece));
        }
        if (open) open = co_await stream.pause(look);
    }
    co_return std::nullopt;
}

}  // namespace dcs::admin
