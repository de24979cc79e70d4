#include "app/anchors.hpp"

#include "base/document.hpp"
#include "base/log.hpp"
#include "base/offload.hpp"
#include "net/target.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstring>

namespace dcs::app {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto put_pause = 5min;
constexpr auto put_limit = 20s;

std::string line_of(const audit::Head& head, const std::string& instance) {
    return fmt::format(R"({{"seal":{},"hash":{},"at":{},"instance":{}}})", head.seal, json_quoted(head.hash),
                       json_quoted(head.at), json_quoted(instance));
}

Result<> append(const std::string& path, const std::string& line) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) return Error{Fault::unavailable, std::strerror(errno)};
    const bool good = ::write(file, line.data(), line.size()) == std::ssize(line) && ::fsync(file) == 0;
    Error problem{Fault::unavailable, std::strerror(errno)};
    ::close(file);
    if (!good) return problem;
    return {};
}

/// Google's storage takes the service's own access token.
bool is_google(const std::string& address) {
    const auto target = net::Target::parse(address);
    return target && target->host().ends_with(".googleapis.com") && target->encrypted();
}

outbox::GoogleSettings for_storage(outbox::GoogleSettings settings) {
    settings.scope = "https://www.googleapis.com/auth/devstorage.read_write";
    return settings;
}

}  // namespace

Anchors::Anchors(asio::any_io_executor executor, net::Client& client, outbox::GoogleSettings google,
                 AnchorSettings settings)
    : client_{client},
      google_{std::move(executor), client, system_now, for_storage(std::move(google))},
      settings_{std::move(settings)} {}

std::chrono::seconds Anchors::waiting() const noexcept {
    if (!waits_since_) return 0s;
    return std::chrono::duration_cast<std::chrono::seconds>(steady_clock::now() - *waits_since_);
}

Async<bool> Anchors::keep(audit::Head head) {
    if (!wanted()) co_return true;
    if (!waits_since_) waits_since_ = steady_clock::now();
    auto line = line_of(head, settings_.instance);
    Result<> kept;
    if (settings_.place.starts_with('/')) {
        line += '\n';
        auto writing = offload(threads_, [path = settings_.place, line] { return append(path, line); });
        kept = co_await std::move(writing);
    } else {
        if (last_put_ && steady_clock::now() - *last_put_ < put_pause) co_return false;
        last_put_ = steady_clock::now();
        auto putting = put(head, std::move(line));
        kept = co_await std::move(putting);
    }
    if (kept) waits_since_.reset();
    else
        log::warning("The end of the audit chain is not kept outside yet.",
                     {{"seal", head.seal}, {"detail", kept.error().detail}});
    co_return kept.has_value();
}

Async<Result<>> Anchors::put(const audit::Head& head, std::string line) {
    constexpr std::size_t hash_digits = 16;
    net::Call call{
        .method = "PUT",
        .url = fmt::format("{}/seal-{:012}-{}.json", settings_.place, head.seal, head.hash.substr(0, hash_digits)),
        .body = std::move(line),
        .time_limit = put_limit};
    call.headers.add("Content-Type", "application/json");
    auto authorization = settings_.authorization;
    if (authorization.empty() && is_google(settings_.place)) {
        auto asking = google_.current();
        const auto token = co_await std::move(asking);
        if (!token) co_return token.error();
        authorization = "Bearer " + *token;
    }
    if (!authorization.empty()) call.headers.add("Authorization", std::move(authorization));
    auto sending = client_.send(std::move(call));
    const auto answer = co_await std::move(sending);
    if (!answer) co_return answer.error();
    if (answer->status == 401) google_.refused();
    constexpr int first_success = 200;
    constexpr int first_redirect = 300;
    if (answer->status < first_success || answer->status >= first_redirect)
        co_return Error{Fault::unavailable, fmt::format("the place of AUDIT_ANCHOR answers {}", answer->status)};
    co_return Result<>{};
}

}  // namespace dcs::app
