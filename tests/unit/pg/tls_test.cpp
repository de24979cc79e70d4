// TLS to the database: what holds where nothing is set, and what an operator is told when the server is refused.
#include "pg/tls.hpp"

#include "app/part_settings.hpp"
#include "pg/address.hpp"
#include "pg/connection.hpp"
#include "support/run.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <array>
#include <thread>

namespace dcs::pg {
namespace {

std::string mode(const std::string& host, const std::string& set = "") {
    app::Settings settings;
    settings.db_host = host;
    settings.db_sslmode = set;
    return app::database_settings(settings).sslmode;
}

TEST(DatabaseTls, IsVerifiedWhereTheWayLeavesTheMachine) {
    for (const auto* host : {"postgres.example.internal", "10.1.2.3", "127.1", "2001:db8::7", "localhost.example",
                             "127.0.0.1.example", "::"})
        EXPECT_EQ(mode(host), "verify-full") << host;
    for (const auto* host : {"", "/var/run/postgresql", "/cloudsql/project:region:instance", "@abstract", "localhost",
                             "127.0.0.1", "127.8.9.10", "::1"})
        EXPECT_EQ(mode(host), "") << host;
}

TEST(DatabaseTls, IsWhatTheOperatorSays) {
    for (const auto* host : {"postgres.example.internal", "/var/run/postgresql", "127.0.0.1"})
        for (const auto* set : {"disable", "require", "verify-ca", "verify-full"}) EXPECT_EQ(mode(host, set), set);
    Settings settings;
    for (const auto& [set, checks] :
         {std::pair{"", false}, {"prefer", false}, {"require", false}, {"verify-ca", true}, {"verify-full", true}}) {
        settings.sslmode = set;
        EXPECT_EQ(checks_certificate(settings), checks) << set;
    }
}

/// In libpq's words.
TEST(DatabaseTls, ARefusedServerIsExplained) {
    const auto tells = [](std::string_view message, std::string_view what) {
        return advice_on_tls(message).find(what) != std::string_view::npos;
    };
    EXPECT_TRUE(tells(R"(root certificate file "/home/service/.postgresql/root.crt" does not exist)", "PGSSLROOTCERT"));
    EXPECT_TRUE(tells("SSL error: certificate verify failed", "PGSSLROOTCERT"));
    EXPECT_TRUE(tells(R"(server certificate for "a" (and 1 other name) does not match host name "b")", "DB_HOST"));
    EXPECT_TRUE(tells("server does not support SSL, but SSL was required", "DB_SSLMODE=disable"));
    EXPECT_EQ(advice_on_tls("connection to server at \"10.1.2.3\", port 5432 failed: Connection refused"), "");
}

/// Says that it speaks TLS, which is when libpq looks for the authorities.
class SaysYes {
public:
    explicit SaysYes(asio::io_context& io) : acceptor_{io, {asio::ip::address_v4::loopback(), 0}} {
        thread_ = std::thread{[this] {
            asio::io_context own;
            asio::ip::tcp::socket socket{own};
            boost::system::error_code failed;
            acceptor_.accept(socket, failed);
            std::array<char, 8> asked{};
            asio::read(socket, asio::buffer(asked), failed);
            asio::write(socket, asio::buffer("S", 1), failed);
            asio::read(socket, asio::buffer(asked), failed);
        }};
    }
    ~SaysYes() { thread_.join(); }
    SaysYes(const SaysYes&) = delete;
    SaysYes& operator=(const SaysYes&) = delete;
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

private:
    asio::ip::tcp::acceptor acceptor_;
    std::thread thread_{};
};

TEST(DatabaseTls, AnAuthorityThatIsNotThereIsToldWithWhatToSet) {
    asio::io_context io;
    const SaysYes server{io};
    Settings settings{.host = "127.0.0.1", .port = server.port()};
    settings.sslmode = sslmode_for("postgres.example.internal", "");
    auto opening = Connection::open(io.get_executor(), settings);
    const auto opened = test::run_async(io, std::move(opening));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().fault, Fault::unavailable);
    EXPECT_NE(opened.error().detail.find("PGSSLROOTCERT"), std::string::npos) << opened.error().detail;
    EXPECT_NE(opened.error().detail.find("DB_SSLMODE=require"), std::string::npos) << opened.error().detail;
}

}  // namespace
}  // namespace dcs::pg
