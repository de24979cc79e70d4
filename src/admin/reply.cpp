#include "admin/reply.hpp"

#include "base/log.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::admin {

namespace {

constexpr std::size_t least_reason = 3;
constexpr std::size_t longest_reason = 500;

/// A refusal by the database of what we may do there is our trouble, not the caller's.
int status_of(Fault fault) {
    switch (fault) {
    case Fault::bad_input: return 400;
    case Fault::not_found: return 404;
    case Fault::conflict: return 409;
    case Fault::rate_limited:
    case Fault::unavailable: return 503;
    case Fault::unauthorized:
    case Fault::forbidden:
    case Fault::rejected:
    case Fault::bug: break;
    }
    return 500;
}

std::string_view sentence_of(int status) {
    switch (status) {
    case 400: return "The database cannot read a value of the request";
    case 404: return "Not found";
    case 409: return "Somebody else holds it; please try again";
    case 503: return "The database is away or too slow; please try again";
    default: return "Internal error";
    }
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace

net::Response json(std::string body, int status) {
    net::Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

net::Response refuse(int status, std::string_view sentence, const net::RequestHead& request, std::string_view more) {
    return json(fmt::format(R"({{"error":{},"request_id":{}{}{}}})", json_quoted(sentence),
                            json_quoted(request.request_id), more.empty() ? "" : ",", more),
                status);
}

net::Response failed(const Error& error, const net::RequestHead& request) {
    const int status = status_of(error.fault);
    if (status >= 500)
        log::warning("a request of the admin page failed", {{"request_id", request.request_id},
                                                            {"status", status},
                                                            {"fault", name_of(error.fault)},
                                                            {"detail", error.detail}});
    return refuse(status, sentence_of(status), request);
}

Result<Document> body_of(const net::Request& request) {
    const auto type = request.headers.get("Content-Type");
    if (type.substr(0, type.find(';')) != "application/json")
        return Error{Fault::bad_input, "The body must be application/json"};
    auto parsed = Document::parse(request.body);
    if (!parsed || !parsed->value.is_object()) return Error{Fault::bad_input, "The body must be a JSON object"};
    return std::move(parsed->value);
}

std::string text_at(const Document& body, std::string_view name) {
    const auto* member = body.find(name);
    return member == nullptr ? std::string{} : std::string{trimmed(member->string().value_or(""))};
}

Result<std::string> reason_of(const Document& body) {
    auto reason = text_at(body, "reason");
    if (reason.size() < least_reason || reason.size() > longest_reason)
        return Error{Fault::bad_input, "Give a reason of 3 to 500 characters"};
    return reason;
}

bool is_uuid(std::string_view text) noexcept {
    if (text.size() != 36) return false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char letter = text[at];
        const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
        const bool hex = (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f');
        if (dash ? letter != '-' : !hex) return false;
    }
    return true;
}

std::string segment_behind(const net::RequestHead& request, std::string_view behind) {
    const std::string_view path{request.path};
    const auto start = path.find(fmt::format("/{}/", behind));
    if (start == std::string_view::npos) return {};
    const auto rest = path.substr(start + behind.size() + 2);
    return std::string{rest.substr(0, rest.find('/'))};
}

std::string_view json_of(bool flag) noexcept { return flag ? "true" : "false"; }

std::string json_or_null(std::string_view text) { return text.empty() ? "null" : json_quoted(text); }

}  // namespace dcs::admin
