#include "support/raw_client.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>

namespace dcs::test {

std::string RawAnswer::field(std::string_view name) const {
    const auto at = header.find("\r\n" + std::string{name} + ": ");
    if (at == std::string::npos) return {};
    const auto begin = at + 2 + name.size() + 2;
    return header.substr(begin, header.find("\r\n", begin) - begin);
}

RawClient::RawClient(std::uint16_t port, std::chrono::milliseconds patience)
    : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    timeval limit{};
    limit.tv_sec = patience.count() / 1000;
    limit.tv_usec = patience.count() % 1000 * 1000;
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(socket_);
        throw std::runtime_error{"cannot connect"};
    }
}

RawClient::~RawClient() {
    if (socket_ >= 0) ::close(socket_);
}

bool RawClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool RawClient::receive() {
    std::array<char, 65'536> bytes{};
    const auto count = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (count <= 0) {
        ended_ = count == 0 || errno == ECONNRESET;
        return false;
    }
    received_.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
}

RawAnswer RawClient::answer(bool to_head) {
    while (received_.find("\r\n\r\n") == std::string::npos)
        if (!receive()) return {};
    RawAnswer answer;
    answer.header = received_.substr(0, received_.find("\r\n\r\n") + 2);
    received_.erase(0, answer.header.size() + 2);
    const auto length = answer.field("Content-Length");
    const std::size_t size = length.empty() || to_head ? 0 : std::stoul(length);
    while (received_.size() < size)
        if (!receive()) return {};
    const bool until_close = length.empty() && !to_head && !answer.field("Content-Type").empty();
    while (until_close && receive()) {
    }
    answer.body = received_.substr(0, until_close ? received_.size() : size);
    received_.erase(0, answer.body.size());
    answer.status = std::atoi(answer.header.substr(answer.header.find(' ') + 1, 3).c_str());
    return answer;
}

RawAnswer RawClient::ask(std::string_view bytes) {
    send(bytes);
    return answer();
}

bool RawClient::is_closed_by_peer() {
    if (!received_.empty()) return false;
    return !receive() && ended_;
}

void RawClient::end_sending() { ::shutdown(socket_, SHUT_WR); }

void RawClient::reset() {
    const linger hard{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    ::close(socket_);
    socket_ = -1;
}

}  // namespace dcs::test
