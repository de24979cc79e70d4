#pragma once
// Topic: what a subscriber of Pub/Sub's topic got, from a stand-in with the same answers that may refuse.
//
// Order      `received` in the order in which messages were taken; a message that was taken and whose answer was lost is
//            there, and comes again.

#include "base/document.hpp"
#include "support/scripted_server.hpp"

#include <map>
#include <string>
#include <vector>

namespace dcs::histories {

struct Event {
    std::string key;  // the ordering key
    std::string event_id;
    std::string body;
    std::map<std::string, std::string> attributes;
};

class Topic {
public:
    explicit Topic(asio::any_io_executor executor);

    std::uint16_t port() const noexcept { return server_.port(); }

    enum class Refuses { nothing, everything, key, message, answer };
    /// From now on. key: of every third record; message: every fourth; answer: it is taken, and the answer lost.
    /// status 0: the connection is closed.
    void refuse(Refuses what, int status);

    const std::vector<Event>& received() const noexcept { return received_; }

private:
    test::Reply answer(const test::Asked& asked);
    bool refused(const std::vector<Event>& messages) const;

    Refuses refuses_ = Refuses::nothing;
    int status_ = 503;
    std::vector<Event> received_{};
    test::ScriptedServer server_;
};

}  // namespace dcs::histories
