// Signals that come while the service starts.
#include "support/running_service.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

namespace dcs {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class Starting : public test::WithService {
protected:
    /// A secret's file that is a pipe: the service waits in reading it, before it listens.
    void start_with_pipe() {
        ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
        port = test::free_port();
        test::ChildProcess::Options options;
        options.argv = {SERVICE_BINARY, "serve"};
        options.environment = environment(port);
        options.environment["DRCHRONO_WEBHOOK_SECRET"] = "";
        options.environment["DRCHRONO_WEBHOOK_SECRET_FILE"] = pipe;
        service = std::make_unique<test::ChildProcess>(std::move(options));
        const auto opened = [&] { return (writer = ::open(pipe.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)) >= 0; };
        ASSERT_TRUE(test::turn_until(io, opened)) << "it does not read its secret: " << service->output();
    }
    /// What the pipe holds back; from then on it is a file as others are.
    void go_on() {
        std::ofstream{place.path() / "file"} << secret;
        fs::rename(place.path() / "file", pipe);
        EXPECT_EQ(::write(writer, secret, std::string_view{secret}.size()), std::ssize(std::string_view{secret}));
        ::close(writer);
    }

    test::TemporaryDirectory place{};
    fs::path pipe = place.path() / "secret";
    int writer = -1;
};

TEST_F(Starting, AHangUpEndsNothing) {
    start_with_pipe();
    service->signal(SIGHUP);
    test::turn_until(io, [&] { return !running(); }, 300ms);
    ASSERT_TRUE(running()) << "it ended with " << service->wait(1s).value_or(0);
    go_on();
    EXPECT_TRUE(test::turn_until(io, [&] { return get("/ready").status == 200; }));
    EXPECT_EQ(stop(), 0);
}

}  // namespace
}  // namespace dcs
