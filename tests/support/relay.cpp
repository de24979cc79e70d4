#include "support/relay.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <array>

namespace dcs::test {

namespace {

using Tcp = asio::ip::tcp;
using Local = asio::local::stream_protocol;
using Closed = boost::system::error_code;

/// Until either side closes; then both are closed.
template <class From, class To>
void pump(std::shared_ptr<From> from, std::shared_ptr<To> to) {
    const auto bytes = std::make_shared<std::array<char, 16 * 1024>>();
    from->async_read_some(asio::buffer(*bytes), [from, to, bytes](Closed ended, std::size_t size) {
        const auto close = [&] {
            Closed ignored;
            from->close(ignored);
            to->close(ignored);
        };
        if (ended) return close();
        asio::async_write(*to, asio::buffer(*bytes, size), [from, to, bytes](Closed failed, std::size_t) {
            Closed ignored;
            if (failed) from->close(ignored);
            else pump(from, to);
        });
    });
}

void accept_next(const std::shared_ptr<Tcp::acceptor>& acceptor, const std::string& to) {
    acceptor->async_accept([acceptor, to](Closed stopped, Tcp::socket accepted) {
        if (stopped) return;
        const auto near = std::make_shared<Tcp::socket>(std::move(accepted));
        const auto far = std::make_shared<Local::socket>(near->get_executor());
        Closed refused;
        far->connect(Local::endpoint{to}, refused);
        if (!refused) {
            pump(near, far);
            pump(far, near);
        }
        accept_next(acceptor, to);
    });
}

}  // namespace

Relay::Relay(asio::any_io_executor executor, std::string to)
    : acceptor_{
          std::make_shared<Tcp::acceptor>(std::move(executor), Tcp::endpoint{asio::ip::address_v4::loopback(), 0})} {
    accept_next(acceptor_, to);
}

}  // namespace dcs::test
