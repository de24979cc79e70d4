#include "net/wire.hpp"

#include "base/log.hpp"

#include <boost/beast/http/status.hpp>

#include <array>
#include <ctime>

namespace dcs::net {

namespace {

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7). The process stays in the C locale.
std::string http_date() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::array<char, 40> text{};
    const auto size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {text.data(), size};
}

void append_field(std::string& text, std::string_view name, std::string_view value) {
    constexpr std::string_view breaks{"\r\n\0", 3};
    if (name.find_first_of(breaks) != std::string_view::npos || value.find_first_of(breaks) != std::string_view::npos) {
        log::error("A response header holds a line break and is left out");
        return;
    }
    text.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

bool has_body(int status) noexcept { return status >= 200 && status != 204 && status != 304; }

std::string header_text(const Response& response, std::string_view request_id, Ending ending) {
    namespace http = boost::beast::http;
    const auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(response.status)));
    std::string text = "HTTP/1.1 " + std::to_string(response.status) + " ";
    text.append(reason.data(), reason.size()).append("\r\n");
    append_field(text, "Date", http_date());
    append_field(text, "X-Request-Id", request_id);
    if (has_body(response.status)) {
        const bool announced = ending != Ending::marks_end;
        if (!response.body.empty() || !announced) append_field(text, "Content-Type", response.content_type);
        if (announced) append_field(text, "Content-Length", std::to_string(response.body.size()));
    }
    for (const auto& [name, value] : response.headers) append_field(text, name, value);
    append_field(text, "Connection", ending == Ending::stays_open ? "keep-alive" : "close");
    return text += "\r\n";
}

}  // namespace dcs::net
