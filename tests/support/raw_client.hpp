#pragma once
// RawClient: a blocking TCP client that sends exactly the bytes it is given and shows what came back.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace dcs::test {

struct RawAnswer {
    int status = 0;      // 0: the connection ended before a whole answer came
    std::string header;  // status line and fields, as sent
    std::string body;
    /// The value of the first field of that name (case counts), or empty.
    std::string field(std::string_view name) const;
};

class RawClient {
public:
    /// Connects to 127.0.0.1. Every later call gives up after `patience`.
    explicit RawClient(std::uint16_t port, std::chrono::milliseconds patience = std::chrono::seconds{10});
    ~RawClient();
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    /// False: the peer does not take bytes any more.
    bool send(std::string_view bytes);
    /// The next answer; `to_head`: to a HEAD request, without a body.
    RawAnswer answer(bool to_head = false);
    /// send(), answer().
    RawAnswer ask(std::string_view bytes);
    /// True: the peer closed the connection, and sent nothing more before.
    bool is_closed_by_peer();
    void end_sending();
    /// Closes with a reset instead of a goodbye.
    void reset();

private:
    bool receive();

    int socket_ = -1;
    std::string received_;
    bool ended_ = false;
};

}  // namespace dcs::test
