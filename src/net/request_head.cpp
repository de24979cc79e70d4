#include "net/request_head.hpp"

namespace dcs::net {

namespace {

/// One Content-Length of one number, or one "Transfer-Encoding: chunked" of HTTP/1.1, or neither. The parser itself
/// accepts the same length several times, and takes other codings for "no body".
bool framing_is_plain(const Headers& headers, unsigned version) {
    const auto lengths = headers.count("Content-Length");
    if (lengths > 1 || headers.get("Content-Length").find(',') != std::string_view::npos) return false;
    const auto codings = headers.count("Transfer-Encoding");
    if (codings == 0) return true;
    return codings == 1 && lengths == 0 && version == 11 && same_token(headers.get("Transfer-Encoding"), "chunked");
}

/// "/path?query" out of either form a server is sent: that, or "http://host/path?query". Empty: neither.
std::string_view origin_form(std::string_view target) {
    if (target.find('#') != std::string_view::npos) return {};
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!same_token(target.substr(0, scheme.size()), scheme)) continue;
        const auto slash = target.find('/', scheme.size());
        return slash == std::string_view::npos ? "/" : target.substr(slash);
    }
    return target.starts_with('/') ? target : std::string_view{};
}

}  // namespace

bool settle_head(RequestHead& head, std::string_view target, unsigned version) {
    const auto hosts = head.headers.count("Host");
    if (hosts > 1 || (hosts == 0 && version == 11)) return false;
    if (!framing_is_plain(head.headers, version)) return false;

    target = origin_form(target);
    const auto question = target.find('?');
    auto path = percent_decode(target.substr(0, question));
    if (!path || path->empty() || path->find('\0') != std::string::npos) return false;
    head.path = std::move(*path);
    if (question != std::string_view::npos) head.query = Query::parse(target.substr(question + 1));
    return true;
}

}  // namespace dcs::net
